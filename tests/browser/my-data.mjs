// A member's own page in a real browser against a real server: opened from the application, used, and left.

import assert from 'node:assert/strict';
import { createHmac, verify, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { call } from './ask.mjs';
import { start } from './server.mjs';
import { launch } from './visits.mjs';

const SITE = 'library.example';
const PATIENCE_MS = 60_000;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
let server;
let secret;
let application;
before(async () => {
  server = await start([SITE], 'stats.example', 'stats,sites,people');
  const headers = { authorization: `Bearer ${server.token}` };
  const answer = await call(server, 'PUT', '/api/v1/identity', { body: { site: SITE }, headers });
  secret = JSON.parse(answer.body).secret;
  application = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await application?.close();
  await server?.stop();
});

/** An identity token, as the application's backend signs it. */
function token(sub) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub, aud: SITE, exp: Math.floor(Date.now() / 1000) + 600, tags: ['maths'] };
  const message = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`;
}

/** The application's own pages: a link, and a form that works without script. */
async function serve() {
  const web = createServer((request, response) => {
    const who = token(new URL(request.url, 'http://any').searchParams.get('who') ?? 'anna');
    const page = `<!doctype html><html lang="en"><title>A library</title><link rel="icon" href="data:,">
      <a href="${server.origin}/my-data#token=${who}">What is known about me</a>
      <form method="post" action="${server.origin}/my-data"><input type="hidden" name="token" value="${who}">
      <button>What is known about me, without script</button></form>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  });
  await new Promise((listening) => web.listen(0, '127.0.0.1', listening));
  const at = (who) => `http://${SITE}:${web.address().port}/?who=${who}`;
  return { at, close: () => new Promise((closed) => (web.closeAllConnections(), web.close(closed))) };
}

async function enters(who) {
  const events = [{ name: 'pageview', url: `https://${SITE}/opening-hours` }];
  const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
  const body = { site: SITE, token: token(who), events };
  assert.equal((await call(server, 'POST', '/api/v1/events', { body, headers })).status, 202);
  const like = { headers: { authorization: `Bearer ${token(who)}` } };
  assert.equal((await call(server, 'PUT', '/api/v1/people/me/likes/odyssey', like)).status, 204);
}

/** A browser that came from the application, with everything written down that must not happen. */
async function open(who, options = {}) {
  const context = await browser.newContext({ viewport: { width: options.width ?? 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const wrong = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.hostname === 'stats.example' && url.search !== '') wrong.push(`a query: ${url.search}`);
    const known = ['stats.example', SITE];
    if (/^(http|ws)/.test(url.protocol) && !known.includes(url.hostname)) wrong.push(`asked ${url.hostname}`);
  });
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.goto(application.at(who));
  if (options.javaScriptEnabled === false) await page.getByRole('button').click();
  else await page.getByRole('link').click();
  await page.getByRole('heading', { level: 1 }).filter({ hasText: 'Your data at' }).waitFor();
  return { page, context, wrong };
}

const keeps = async ({ page, context }) => [
  await page.evaluate(() => localStorage.length + sessionStorage.length),
  (await context.cookies()).length,
];

describe('a member\'s own page', () => {
  test('is opened by a link whose token leaves the address at once', async () => {
    await enters('anna');
    const opened = await open('anna');
    const { page, wrong, context } = opened;
    assert.equal(page.url(), `${server.origin}/my-data`);
    const text = await page.locator('body').innerText();
    for (const part of ['anna', 'odyssey', 'maths', '/opening-hours', 'What this page cannot show']) {
      assert.ok(text.includes(part), `${part} in ${text}`);
    }
    assert.deepEqual(await keeps(opened), [0, 0]);
    await page.goBack();
    assert.ok(!page.url().includes('token='), 'no address of the way here has it');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 320]) {
      test(`can be used by everybody (${colorScheme}, ${width} px)`, async () => {
        await enters('anna');
        const { page, context, wrong } = await open('anna', { colorScheme, width });
        const pages = ['seen', 'code', 'refused', 'closed'];
        for (const name of pages) {
          if (name === 'code') await page.getByRole('button', { name: 'Make a code for support' }).click();
          if (name === 'refused') {
            await page.evaluate(() => document.querySelector('[name=token]').setAttribute('value', 'old'));
            await page.getByRole('button').first().click();
          }
          if (name === 'closed') await page.goto(`${server.origin}/my-data`);
          await page.waitForLoadState('load');
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
          assert.deepEqual(violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0].html}`), []);
        }
        const expected = wrong.filter((one) => !one.includes('401'));
        assert.deepEqual(expected, []);
        await context.close();
      });
    }
  }

  test('changes a choice and is left for good by keyboard alone', async () => {
    await enters('zoe');
    const { page, context, wrong } = await open('zoe');
    const press = async (name) => {
      for (let n = 0; n < 60; n++) {
        await page.keyboard.press('Tab');
        const now = await page.evaluate(() => {
          const { activeElement: at } = document;
          return { name: at.getAttribute('aria-label') ?? (at.textContent || at.name), outline: getComputedStyle(at).outlineStyle };
        });
        assert.notEqual(now.outline, 'none', `no visible focus on ${now.name}`);
        if (now.name === name) return;
      }
      assert.fail(`${name} was not reached`);
    };
    await press('I object: recognition');
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Your choice is kept' }).waitFor();
    await page.getByText('You object.', { exact: true }).waitFor();
    await press('confirm');
    await page.keyboard.press('Space');
    await press('Forget me for good');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'You are forgotten' }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Keep the receipt' }).click();
    const receipt = JSON.parse(await readFile(await (await download).path(), 'utf8'));
    assert.equal(receipt.receipt.mode, 'fold');
    assert.ok(!JSON.stringify(receipt).includes('zoe'));
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('works without script, and downloads everything', async () => {
    await enters('bert');
    const { page, context, wrong } = await open('bert', { javaScriptEnabled: false });
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /JSON/ }).click();
    const file = JSON.parse(await readFile(await (await download).path(), 'utf8'));
    assert.equal(file.held.id, 'bert');
    assert.deepEqual(file.held.likes, ['odyssey']);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('and nobody\'s name is in the log', () => {
    const logs = server.logs();
    assert.ok(!/anna|zoe|bert|eyJ/.test(logs), logs);
  });
});

test('another system\'s request is answered with a signature that anybody can check', async () => {
  const certificate = new X509Certificate((await call(server, 'GET', '/opendsr/certificate.pem')).body);
  const key = certificate.publicKey;
  const headers = { authorization: `Bearer ${server.token}` };
  const id = 'c7551968-d5d6-44b2-9831-815ac9017798';
  const identity = { identity_type: 'controller_customer_id', identity_value: 'anna', identity_format: 'raw' };
  const body = {
    regulation: 'gdpr',
    subject_request_id: id,
    subject_request_type: 'erasure',
    submitted_time: '2026-11-29T15:00:00Z',
    subject_identities: [identity],
  };
  const asked = `/opendsr/v2/requests`;
  for (const answer of [
    await call(server, 'GET', '/opendsr/discovery'),
    await call(server, 'POST', `${asked}?site=${SITE}`, { body, headers }),
    await call(server, 'GET', `${asked}/${id}?site=${SITE}`, { headers }),
  ]) {
    assert.ok(answer.status < 300, answer.body);
    assert.equal(answer.headers['x-opendsr-processor-domain'], 'stats.example');
    const signature = Buffer.from(answer.headers['x-opendsr-signature'], 'base64');
    assert.ok(verify('sha256', Buffer.from(answer.body), key, signature));
    assert.ok(!verify('sha256', Buffer.from(`${answer.body} `), key, signature));
  }
});
