// Lists of suggestions in a real browser against a real server: on a page of a site, as a message, and as an editor decides.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { call } from './ask.mjs';
import { EMAIL, PASSWORD, start } from './server.mjs';
import { launch } from './visits.mjs';

const SITE = 'library.example';
const EMPTY = 'empty.example';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const PATIENCE_MS = 60_000;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString();
const ITEMS = [
  ['odyssey', 'The Odyssey', ['epic', 'sea'], 40],
  ['iliad', 'The Iliad', ['epic', 'war'], 30],
  ['aeneid', 'The Aeneid', ['epic', 'sea'], 20],
  ['argonautica', 'The Voyage of Argo', ['epic', 'sea'], 10],
  ['georgics', 'The Georgics', ['farming'], 5],
  ['elements', 'The Elements', ['geometry'], 1],
].map(([id, title, tags, ago]) => ({ id, title, tags, url: `/items/${id}`, kind: 'book', published: day(ago) }));

let browser;
let server;
let secret;
let site;
let component;
before(async () => {
  server = await start([SITE, EMPTY], 'stats.example', 'stats,sites,people,items');
  secret = JSON.parse((await ask('PUT', '/api/v1/identity', { site: SITE })).body).secret;
  for (const item of ITEMS) assert.equal((await ask('POST', `/api/v1/items?site=${SITE}`, item)).status, 200);
  component = await bundled();
  site = await pages();
  // What says that it is headless is dropped as a crawler.
  browser = await launch(AGENT);
});
after(async () => {
  await browser?.close();
  await site?.close();
  await server?.stop();
});

/** Asks as the application's backend. */
async function ask(method, path, body) {
  return call(server, method, path, { body, headers: { authorization: `Bearer ${server.token}` } });
}

const read = async (path) => JSON.parse((await ask('GET', path)).body);
const ids = (list) => list.items.map(({ id }) => id);

/** An identity token, as the application's backend signs it. */
function token(sub) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const message = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, aud: SITE, exp: Math.floor(Date.now() / 1000) + 600 })}`;
  return `${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`;
}

/** A member who agreed to recommendations, follows the sea and likes the Iliad. */
async function joins(who) {
  const said = async (method, path, body) => {
    const { status } = await ask(method, `/api/v1/people/${who}/${path}?site=${SITE}`, body);
    assert.equal(status, 204, path);
  };
  await said('PUT', 'interests', { tags: ['sea'], interests: [] });
  await said('PUT', 'consent', { purpose: 'personalisation', given: true, version: 1 });
  await said('PUT', 'likes/iliad');
}

/** A page's own script with the React component of the package, as an application builds it. */
async function bundled() {
  const client = new URL('../../clients/web/package.json', import.meta.url);
  const { build } = createRequire(client)('esbuild');
  const contents = `
    import { createRoot } from 'react-dom/client';
    import { Suggestions } from 'outis-tracker/react';
    const at = document.querySelector('#own');
    createRoot(at).render(<Suggestions endpoint="${server.origin}" list="for-you" heading="For you" token={async () => at.dataset.token} />);`;
  const { outputFiles } = await build({
    stdin: { contents, loader: 'jsx', resolveDir: fileURLToPath(new URL('.', client)) },
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0].text;
}

/** The site's pages, by host: `/?BODY` is a page with this body, which allows no script and style but its own. */
async function pages() {
  const web = createServer((request, response) => {
    const body = decodeURIComponent(new URL(request.url, 'http://any').search.slice(1));
    const [host] = request.headers.host.split(':');
    if (request.url === '/own.js') return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(component);
    const policy = `default-src 'none'; script-src 'self' ${server.origin}; connect-src ${server.origin}; img-src data:; style-src 'none'; require-trusted-types-for 'script'`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'set-cookie': 'session=canary' });
    response.end(`<!doctype html><html lang="en"><title>A library</title><link rel="icon" href="data:,">
      <script defer src="${server.origin}/js/outis.js" data-site="${host}" data-automation></script>
      <script defer src="${server.origin}/js/outis-suggest.js" data-site="${host}"></script><main><h1>A library</h1>${body}</main>`);
  });
  await new Promise((listening) => web.listen(0, '127.0.0.1', listening));
  const { port } = web.address();
  return {
    at: (body, host = SITE) => `http://${host}:${port}/?${encodeURIComponent(body)}`,
    close: () => new Promise((closed) => (web.closeAllConnections(), web.close(closed))),
  };
}

/** A visitor on a page with this body, and everything that must not happen. */
async function open(body, host, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    const { cookie, referer } = request.headers();
    if (request.url().startsWith(server.origin) && (cookie || referer?.includes('?'))) wrong.push(`told on: ${request.url()}`);
  });
  await page.goto(site.at(body, host));
  return { page, context, wrong };
}

const rows = (page, name) => page.getByRole('region', { name }).getByRole('listitem');
const titles = async (page, name) => rows(page, name).evaluateAll((all) => all.map((row) => row.querySelector('a, b').textContent));
const list = (name, more = '') => `<div data-outis-suggest="${name}" data-heading="${name}" ${more}></div>`;

describe('a visitor who is nobody', () => {
  test('sees what is new, what goes with an item, and what stands in for what is wanted', async () => {
    const { page, context, wrong } = await open(list('latest', 'data-limit="3"') + list('similar', 'data-item="odyssey"') + list('trending'));
    await rows(page, 'latest').nth(2).waitFor();
    assert.deepEqual(await titles(page, 'latest'), ['The Elements', 'The Georgics', 'The Voyage of Argo']);
    assert.ok((await rows(page, 'latest').first().innerText()).endsWith('new'));
    await rows(page, 'similar').first().getByText('like The Odyssey').waitFor();
    assert.deepEqual((await titles(page, 'similar')).sort(), ['The Aeneid', 'The Iliad', 'The Voyage of Argo']);
    // Nothing was released of what people act on, so the server says what took its place, and every item why it is there.
    const told = await read(`/api/v1/trending?site=${SITE}`);
    assert.match(told.computed.fallback, /nothing is more acted on than usual: the latest items took their place/);
    await rows(page, 'trending').first().waitFor();
    assert.equal(await page.getByRole('button').count(), 0, 'nobody is asked what they do not want');
    assert.equal(await page.getByRole('link', { name: 'The Elements' }).first().getAttribute('href'), new URL('/items/elements', page.url()).href);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('is told where there is nothing, and where nothing can be had', async () => {
    const { page, context, wrong } = await open(list('trending') + list('for-you', 'data-token="of.no.body"') + list('latest', 'data-filter="tag:none"'), EMPTY);
    await page.locator('[data-outis-suggest=trending][data-state=empty]').waitFor();
    await page.locator('[data-outis-suggest=latest][data-state=empty]').waitFor();
    assert.equal(await page.getByText('There is nothing to suggest yet.').count(), 2);
    assert.match((await read(`/api/v1/trending?site=${EMPTY}`)).computed.fallback, /catalogue has no items/);
    await page.locator('[data-outis-suggest=for-you][data-state=failed]').waitFor();
    await page.getByText('Suggestions cannot be shown just now.').waitFor();
    assert.deepEqual(wrong.filter((one) => !one.includes('401')), []);
    await context.close();
  });
});

describe('a member', () => {
  const mine = (who) => list('for-you', `data-token="${token(who)}"`);

  test('sees a list of their own with reasons, and what they do not want stays away', async () => {
    await joins('anna');
    const { page, context, wrong } = await open(mine('anna'));
    await rows(page, 'for-you').first().getByText('because you follow sea').waitFor();
    const before = await titles(page, 'for-you');
    assert.deepEqual(new Set(before.slice(0, 3)), new Set(['The Odyssey', 'The Aeneid', 'The Voyage of Argo']));
    assert.ok(!before.includes('The Iliad'), 'what is liked is known already');
    const unwanted = page.getByRole('button', { name: 'Not interested: The Aeneid' });
    await unwanted.focus();
    await page.keyboard.press('Enter');
    await page.getByText('You will not see this any more.').waitFor();
    await page.reload();
    await rows(page, 'for-you').first().waitFor();
    assert.deepEqual(await titles(page, 'for-you'), before.filter((title) => title !== 'The Aeneid'));
    const held = await read(`/api/v1/people/anna/hidden?site=${SITE}`);
    assert.deepEqual(held, { items: ['aeneid'] });
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('sees the same in the markup of a page that React makes', async () => {
    await joins('dora');
    const { page, context, wrong } = await open(`<div id="own" data-token="${token('dora')}"></div><script defer src="/own.js"></script>`);
    await rows(page, 'For you').first().getByText('because you follow sea').waitFor();
    const told = ids(await read(`/api/v1/people/dora/recommendations?site=${SITE}&limit=6`));
    const shown = await page.getByRole('region', { name: 'For you' }).getByRole('link').evaluateAll((all) => all.map((link) => link.pathname));
    assert.deepEqual(shown, told.map((id) => `/items/${id}`));
    await page.getByRole('button', { name: 'Not interested: The Aeneid' }).click();
    await page.getByText('You will not see this any more.').waitFor();
    assert.deepEqual(await read(`/api/v1/people/dora/hidden?site=${SITE}`), { items: ['aeneid'] });
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('who has not agreed gets what is the same for everybody', async () => {
    const told = await call(server, 'GET', '/api/v1/people/me/recommendations', { headers: { authorization: `Bearer ${token('zoe')}` } });
    assert.match(JSON.parse(told.body).computed.fallback, /has not agreed to personalisation: the latest items took their place/);
    const { page, context, wrong } = await open(mine('zoe'));
    await rows(page, 'for-you').nth(5).waitFor();
    assert.equal((await titles(page, 'for-you'))[0], 'The Elements');
    assert.equal(await page.getByText('because').count(), 0);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  for (const colorScheme of ['light', 'dark']) {
    test(`can use it whoever they are (${colorScheme}, 320 px)`, async () => {
      await joins('bert');
      const { page, context, wrong } = await open(mine('bert'), SITE, { colorScheme, viewport: { width: 320, height: 700 }, bypassCSP: true });
      await rows(page, 'for-you').first().waitFor();
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, 'too wide');
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run('main', { resultTypes: ['violations'] }));
      assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), []);
      assert.deepEqual(wrong, []);
      await context.close();
    });
  }
});

describe('a message', () => {
  const HIDE = 'https://library.example/not-interested?item={item}';
  const digest = (input, ...more) => server.run(input, 'digest', SITE, '--hide-url', HIDE, '--token', server.token, ...more);

  test('holds the member\'s own list, in words and as a page, and loads nothing', async () => {
    await joins('carl');
    assert.equal((await ask('PUT', `/api/v1/people/carl/hidden/aeneid?site=${SITE}`)).status, 204);
    const told = ids(await read(`/api/v1/people/carl/recommendations?site=${SITE}&limit=10`));
    const text = digest('carl\n', '--format', 'text');
    assert.match(text, /^\* The (Odyssey|Voyage of Argo) \(because you follow sea/m);
    const linked = [...text.matchAll(/^ {2}https:\/\/library\.example\/items\/(\w+)$/gm)].map(([, id]) => id);
    assert.deepEqual(linked, told, 'the same items in the same order');
    assert.ok(!linked.includes('aeneid') && !text.includes('carl'), text);
    for (const id of linked) assert.ok(text.includes(HIDE.replace('{item}', id)));
    const html = digest('carl', '--format', 'html', '--language', 'de', '--title', 'Neu & gut', '--limit', '2');
    const page = await (await browser.newContext()).newPage();
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.setContent(html, { waitUntil: 'networkidle' });
    assert.deepEqual(asked, [], 'nothing is loaded by reading it');
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Neu & gut');
    assert.equal(await page.getByRole('link').count(), 4);
    assert.equal(await page.getByRole('link', { name: /^Interessiert mich nicht:/ }).count(), 2);
    await page.getByText('weil Sie sea folgen').first().waitFor();
    await page.context().close();
  });

  test('is written of a list that was asked for before, and says when there is none', async () => {
    const batch = await ask('POST', `/api/v1/recommendations/batch?site=${SITE}`, { members: ['carl'], limit: 3 });
    const [{ items, computed }] = JSON.parse(batch.body).lists;
    assert.equal(digest(JSON.stringify({ items, computed }), '--list', '--format', 'text').match(/^\* /gm).length, 3);
    const none = await ask('POST', `/api/v1/recommendations?site=${EMPTY}`, {});
    assert.match(digest(none.body, '--list', '--format', 'text'), /There is nothing to suggest yet\./);
    assert.throws(() => digest('nobody-of-this-name', '--format', 'text'), (error) => !String(error.stderr).includes('nobody-of-this-name'));
  });
});

test('what is shown and clicked is counted for its variant, with nobody\'s help', async () => {
  const { page, context } = await open(list('latest'));
  await rows(page, 'latest').first().waitFor();
  await page.getByRole('link', { name: 'The Georgics' }).click();
  await page.waitForURL('**/items/georgics');
  const asked = { site_id: SITE, date_range: 'day', metrics: ['visitors'], dimensions: ['event:name', 'event:props:variant'] };
  let found = '';
  for (let tries = 0; tries < 300 && !/recommendation clicked/.test(found); tries++) {
    found = (await ask('POST', '/api/v2/query', asked)).body;
    await new Promise((later) => setTimeout(later, 200));
  }
  const counted = JSON.parse(found).results.map(({ dimensions }) => dimensions.join(' · '));
  for (const event of ['shown', 'clicked']) assert.ok(counted.includes(`recommendation ${event} · latest.control`), found);
  await context.close();
});

test('an editor declares a placement with rules and variants, and lists follow', async (t) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(`${server.origin}/sign-in`);
  if (await page.getByText('built without the dashboard').count()) return t.skip('this program was built without the dashboard');
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  await page.goto(`${server.origin}/${SITE}/recommendations`);
  await page.getByRole('button', { name: 'Declare a placement' }).click();
  const form = page.getByRole('form', { name: 'New placement' });
  await form.getByLabel('Name').first().fill('home');
  await form.getByRole('combobox', { name: 'Item' }).fill('georgcs');
  await form.getByRole('option', { name: /The Georgics/ }).click();
  await form.getByRole('button', { name: 'Add rule' }).click();
  await form.getByRole('button', { name: 'Compare two variants' }).click();
  await form.getByRole('button', { name: 'Save placement' }).click();
  await page.locator('.placements > li', { hasText: 'home' }).getByText('Pin The Georgics at place 1').waitFor();
  const { placements } = await read(`/api/v1/placements?site=${SITE}`);
  assert.deepEqual(placements.map(({ name, rules }) => ({ name, rules })), [{ name: 'home', rules: [{ pin: { item: 'georgics', rank: 0 } }] }]);
  assert.equal(placements[0].variants.length, 2);
  const told = await read(`/api/v1/latest?site=${SITE}&placement=home`);
  assert.deepEqual([told.items[0].id, told.items[0].reasons[0].kind], ['georgics', 'editorial']);
  await context.close();
});
