// Lists on a page: the script and the React component against a server that answers like the real one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { launch } from './support.mjs';

const dist = new URL('../dist/', import.meta.url);
const POLICY = "default-src 'none'; script-src 'self'; connect-src *; style-src 'none'; require-trusted-types-for 'script'";
const item = (id, rank, reasons, more = {}) => ({
  id,
  title: `The ${id}`,
  url: `/items/${id}`,
  tags: ['jazz'],
  kind: 'article',
  reasons,
  recommendation_id: `3.0.${rank}`,
  ...more,
});
const ITEMS = [
  item('odyssey', 0, [{ kind: 'tag_followed', tag: 'jazz' }, { kind: 'liked', item: 'iliad', title: 'The Iliad' }, { kind: 'popular' }]),
  item('<img src=x onerror=alert(1)>', 1, [{ kind: 'unheard_of' }], { title: '<b>bold</b>', url: 'javascript:alert(1)' }),
  item('aeneid', 2, [{ kind: 'new' }]),
];
const LIST = { items: ITEMS, computed: { placement: 'home', variant: 'usual', logic: 'for_you', model: 1, tier: 'linear' } };

/** A page with its scripts on one origin, the interface on another: both on this machine. */
async function house(page, component = '') {
  const state = { calls: [], list: LIST, status: 200 };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://any');
    if (url.pathname.startsWith('/api/')) {
      const open = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization', 'access-control-allow-methods': 'GET, PUT, DELETE' };
      if (request.method === 'OPTIONS') return response.writeHead(204, open).end();
      const { authorization, cookie, referer } = request.headers;
      state.calls.push({ call: `${request.method} ${url.pathname}${url.search}`, authorization, cookie, referer });
      const status = state.closed && !authorization ? 401 : state.status;
      response.writeHead(request.method === 'GET' ? status : 204, { ...open, 'content-type': 'application/json' });
      return response.end(request.method === 'GET' ? JSON.stringify(state.list) : undefined);
    }
    if (url.pathname.startsWith('/js/')) {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      return response.end(url.pathname === '/js/page.js' ? component : readFileSync(new URL(url.pathname.slice(4), dist)));
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY, 'set-cookie': 'session=canary' });
    return response.end(page);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  return { state, url: `http://library.example:${port}/`, close: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))) };
}

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function visit(place) {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const wrong = [];
  tab.on('pageerror', (error) => wrong.push(error.message));
  tab.on('console', (message) => /Content Security Policy|TrustedHTML/.test(message.text()) && wrong.push(message.text()));
  tab.on('dialog', (dialog) => wrong.push(`dialog ${dialog.message()}`));
  await tab.addInitScript(() => {
    window.told = [];
    window.outis = (...call) => window.told.push(call);
    // Links are looked at, not followed.
    addEventListener('click', (event) => event.composedPath().some((node) => node.tagName === 'A') && event.preventDefault());
  });
  await tab.goto(place.url);
  return { tab, context, wrong };
}

const page = (body, more = '') => `<!doctype html><html lang="en"><title>Library</title>${more}<body><main>${body}</main>`;
const SCRIPT = '<script defer src="/js/outis-suggest.js" data-site="library.example"></script>';

test('a list is shown with reasons, links and nothing of what it could smuggle in', async () => {
  const place = await house(page('<div data-outis-suggest="trending" data-limit="3" data-heading="In demand"></div>', SCRIPT));
  const { tab, context, wrong } = await visit(place);
  const rows = tab.getByRole('region', { name: 'In demand' }).getByRole('listitem');
  await rows.nth(2).waitFor();
  assert.deepEqual(await rows.allInnerTexts(), [
    'The odyssey\n\nbecause you follow jazz, because you liked The Iliad',
    '<b>bold</b>',
    'The aeneid\n\nnew',
  ]);
  assert.equal(await tab.getByRole('link').count(), 2, 'an address that runs is no link');
  assert.equal(await tab.getByRole('button').count(), 0, 'who is nobody is not asked');
  assert.deepEqual(place.state.calls, [
    { call: 'GET /api/v1/trending?limit=3&site=library.example', authorization: undefined, cookie: undefined, referer: undefined },
  ]);
  await tab.getByRole('link', { name: 'The aeneid' }).click();
  assert.deepEqual(await tab.evaluate(() => JSON.parse(JSON.stringify(window.told))), [
    ['recommendation shown', { properties: { variant: 'home.usual' }, interactive: false }],
    ['recommendation clicked', { properties: { variant: 'home.usual', rank: '2' }, item: 'aeneid', interactive: true }],
  ]);
  assert.deepEqual(wrong, []);
  assert.equal(await tab.evaluate(() => localStorage.length + sessionStorage.length), 0);
  await context.close();
  await place.close();
});

test('where lists are not open to everybody a token is shown, and only there', async () => {
  const body = '<div data-outis-suggest="trending" data-token="a.b.c" data-heading="In demand"></div><div data-outis-suggest="latest"></div>';
  const place = await house(page(body, SCRIPT));
  place.state.closed = true;
  const { tab, context, wrong } = await visit(place);
  await tab.getByRole('region', { name: 'In demand' }).getByRole('listitem').nth(2).waitFor();
  const asked = (list) => place.state.calls.filter(({ call }) => call.includes(list)).map(({ authorization }) => authorization);
  assert.deepEqual(asked('trending'), [undefined, 'Bearer a.b.c']);
  assert.deepEqual(asked('latest'), [undefined]);
  assert.deepEqual(wrong, []);
  await context.close();
  await place.close();
});

test('what is not wanted goes by keyboard, and comes back', async () => {
  const place = await house(page('<div id="mine" data-outis-suggest="for-you" data-token="a.b.c" data-placement="home"></div>', SCRIPT));
  const { tab, context, wrong } = await visit(place);
  const unwanted = tab.getByRole('button', { name: 'Not interested: The odyssey' });
  await unwanted.focus();
  await tab.keyboard.press('Enter');
  await tab.getByRole('button', { name: 'Undo: The odyssey' }).and(tab.locator(':focus')).waitFor();
  await tab.keyboard.press('Enter');
  await unwanted.and(tab.locator(':focus')).waitFor();
  const calls = place.state.calls.map(({ call, authorization }) => [call, authorization]);
  assert.deepEqual(calls, [
    ['GET /api/v1/people/me/recommendations?limit=6&placement=home', 'Bearer a.b.c'],
    ['PUT /api/v1/people/me/hidden/odyssey', 'Bearer a.b.c'],
    ['DELETE /api/v1/people/me/hidden/odyssey', 'Bearer a.b.c'],
  ]);
  assert.equal(await tab.locator('#mine').getAttribute('data-token'), null, 'the token is not left in the page');
  assert.deepEqual(wrong, []);
  await context.close();
  await place.close();
});

test('what is missing is said in its place', async () => {
  const place = await house(page('<div id="a" data-outis-suggest="for-you"></div><div id="b" data-outis-suggest="similar"></div><div id="c" data-outis-suggest="latest"></div>', SCRIPT));
  place.state.list = { items: [], computed: {} };
  const { tab, context } = await visit(place);
  await tab.locator('#a[data-state=failed]').waitFor();
  await tab.locator('#b[data-state=failed]').waitFor();
  await tab.locator('#c[data-state=empty]').waitFor();
  await tab.getByText('There is nothing to suggest yet.').waitFor();
  assert.equal(place.state.calls.length, 1, 'what cannot be answered is not asked');
  await context.close();
  await place.close();
});

test('colours and measures come from the page', async () => {
  const place = await house(page('<div data-outis-suggest="latest"></div>', SCRIPT));
  const { tab, context } = await visit(place);
  await tab.getByRole('listitem').first().waitFor();
  await tab.evaluate(() => document.documentElement.style.setProperty('--outis-link', 'rgb(1, 2, 3)'));
  assert.equal(await tab.getByRole('link').first().evaluate((link) => getComputedStyle(link).color), 'rgb(1, 2, 3)');
  await context.close();
  await place.close();
});

test('the React component shows, hides and tells the same', async () => {
  const source = `
    import { createRoot } from 'react-dom/client';
    import { Suggestions } from '../dist/react.mjs';
    const token = () => Promise.resolve('a.b.c');
    createRoot(document.querySelector('main')).render(
      <Suggestions list="for-you" heading="Für Sie" language="de" token={token} className="mine">
        {(item) => <span>{item.title}!</span>}
      </Suggestions>,
    );`;
  const built = await build({
    stdin: { contents: source, loader: 'jsx', resolveDir: new URL('.', import.meta.url).pathname },
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const place = await house(page('', '<script defer src="/js/page.js"></script>'), built.outputFiles[0].text);
  const { tab, context, wrong } = await visit(place);
  const rows = tab.getByRole('region', { name: 'Für Sie' }).getByRole('listitem');
  await rows.first().getByText('weil Sie jazz folgen, weil Ihnen The Iliad gefällt').waitFor();
  assert.equal(await rows.first().getByRole('link').innerText(), 'The odyssey!');
  assert.equal(await tab.getByRole('link').count(), 2);
  await rows.first().getByRole('button').click();
  await tab.getByRole('button', { name: 'Rückgängig: The odyssey' }).and(tab.locator(':focus')).click();
  await tab.getByRole('button', { name: 'Interessiert mich nicht: The odyssey' }).and(tab.locator(':focus')).waitFor();
  await tab.getByRole('link', { name: 'The aeneid!' }).click();
  assert.deepEqual(place.state.calls.map(({ call }) => call), [
    'GET /api/v1/people/me/recommendations?limit=6',
    'PUT /api/v1/people/me/hidden/odyssey',
    'DELETE /api/v1/people/me/hidden/odyssey',
  ]);
  const told = await tab.evaluate(() => window.told.map(([name, { item }]) => [name, item ?? 'none']));
  assert.deepEqual(told, [['recommendation shown', 'none'], ['recommendation clicked', 'aeneid']]);
  assert.deepEqual(wrong, []);
  await context.close();
  await place.close();
});
