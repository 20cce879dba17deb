// A real `outis serve` on a directory of its own, over TLS with the certificate it makes itself.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const EMAIL = 'owner@example.org';
export const PASSWORD = 'correct horse battery staple';

/** The program to test: `OUTIS_BIN`, else the newest usual build. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const usual = ['quick', 'debug', 'release'].map((profile) => join(target, profile, 'outis'));
  const found = process.env.OUTIS_BIN ?? usual.find(existsSync);
  if (!found) throw new Error('no outis: build it first, or name it with OUTIS_BIN');
  return found;
}

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

function isReady(port) {
  return new Promise((answer) => {
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', timeout: 1000 }, (response) => {
      response.resume();
      answer(response.statusCode === 200);
    });
    asked.on('error', () => answer(false));
    asked.end();
  });
}

/** Registers the sites with floor and admission 1, makes a token and an account, and starts the server. */
export async function start(sites, host = 'stats.example', scope = 'stats') {
  const bin = binary();
  const dir = mkdtempSync(join(tmpdir(), 'outis-browser-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  // Whatever else is set for Outis here is meant for another one.
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('OUTIS_'));
  const env = {
    ...Object.fromEntries(others),
    OUTIS_DATA_DIR: join(dir, 'data'),
    OUTIS_LISTEN: `127.0.0.1:${port}`,
    OUTIS_ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    OUTIS_TLS: 'on',
    OUTIS_PUBLIC_URL: `https://${host}:${port}`,
    OUTIS_FLUSH_SECONDS: '1',
  };
  const run = (input, ...given) => execFileSync(bin, given, { env, cwd: dir, input, encoding: 'utf8' }).trim();
  for (const site of sites) run('', 'site', 'add', site, '--timezone', 'UTC', '--floor', '1', '--admission', '1');
  run(PASSWORD, 'setup', '--email', EMAIL, '--password-stdin');
  const token = run('', 'token', 'create', '--scope', scope).split('\n').at(-1).trim();
  const said = [];
  const child = spawn(bin, ['serve'], { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => said.push(piece));
  const logs = () => Buffer.concat(said).toString();
  let exit;
  const ended = new Promise((resolve) => child.on('exit', (code) => resolve((exit = code ?? 'signal'))));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for (let tries = 0; !(await isReady(adminPort)); tries++) {
    if (exit !== undefined || tries === 300) {
      await stop();
      throw new Error(`outis serve is not ready (exit ${exit}):\n${logs()}`);
    }
    await new Promise((later) => setTimeout(later, 100));
  }
  return { origin: `https://${host}:${port}`, port, token, logs, run, stop };
}
