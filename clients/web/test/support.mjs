// A page and a recording server for the tests, and the browser they run in.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const dist = new URL('../dist/', import.meta.url);
const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

/** A browser for which every name is this machine, so that it reaches nobody else. */
export function launch() {
  const args = ['--host-resolver-rules=MAP * 127.0.0.1', '--no-sandbox', '--disable-background-networking'];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** A server that hands out `pages` by path and keeps what is sent to it. */
export async function record(pages = {}) {
  const requests = [];
  // What the next requests are answered with; 202 when there is nothing.
  const answers = [];
  let waiting = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://any');
    if (request.method === 'POST') {
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces).toString();
        requests.push({ path: url.pathname, headers: request.headers, body, json: parse(body), at: Date.now() });
        const { status = 202, headers = {} } = answers.shift() ?? {};
        const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' };
        response.writeHead(status, { ...open, ...headers }).end('{}');
        waiting = waiting.filter((check) => !check());
      });
      return;
    }
    if (url.pathname.startsWith('/js/')) {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      response.end(readFileSync(new URL(url.pathname.slice(4), dist)));
      return;
    }
    const page = pages[url.pathname];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(page ?? pages['*'] ?? '<!doctype html>');
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  const events = () => requests.flatMap((request) => request.json?.events ?? []);
  return {
    port,
    requests,
    answers,
    events,
    origin: (host = 'shop.example') => `http://${host}:${port}`,
    /** Everything sent once `enough(events)` holds. */
    until(enough, seconds = 8) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          reject(new Error(`still waiting; so far ${JSON.stringify(events().map((event) => event.name))}`));
        }, seconds * 1000);
        const check = () => {
          if (!enough(events())) return false;
          clearTimeout(late);
          resolve(events());
          return true;
        };
        if (!check()) waiting.push(check);
      });
    },
    close: () => new Promise((closed) => {
      server.closeAllConnections();
      server.close(closed);
    }),
  };
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A page with the tracker. */
export function html(body, attributes = 'data-automation', script = 'outis.js') {
  return `<!doctype html><meta charset="utf-8"><title>shown-title-canary</title>
<script defer src="/js/${script}" ${attributes}></script><body>${body}`;
}

export const names = (events) => events.map((event) => event.name);
export const called = (name) => (events) => events.some((event) => event.name === name);
