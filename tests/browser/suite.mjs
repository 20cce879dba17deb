// Real trackers in a real browser against a real server: exact numbers by the interface and on the dashboard.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { devices } from 'playwright-core';
import { call, query, totals } from './ask.mjs';
import { EMAIL, PASSWORD, start } from './server.mjs';
import { SITES, serve } from './site.mjs';
import { expected, launch, visitSite } from './visits.mjs';

const FEATURES = {
  'plausible.example': { files: true, forms: true },
  'old.example': {},
  'outis.example': { files: true, forms: true, items: true },
};
/** Long enough for a machine ten times slower than usual. */
const PATIENCE_MS = 60_000;
const SHOTS = process.env.SHOTS_DIR ?? join(tmpdir(), 'outis-shots');

let browser;
let server;
let pages;
before(async () => {
  server = await start(Object.keys(SITES));
  pages = await serve(server.origin);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await pages?.close();
  await server?.stop();
});

const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();

for (const [site, { tracker }] of Object.entries(SITES)) {
  describe(`${tracker} on ${site}`, () => {
    const { totals: sums, events, breakdowns } = expected(FEATURES[site]);
    let sent;
    before(async () => {
      if (tracker === 'outis') {
        const { status } = await call(server, 'GET', '/js/outis.js');
        assert.equal(status, 200, 'this program was built without the tracker: run scripts/build-web first');
      }
      sent = await visitSite(pages.origin(site), server.origin);
    });

    test('totals', async () => {
      assert.deepEqual(await totals(server, site, Object.keys(sums), sums.events), sums);
    });

    test('events by name', async () => {
      const rows = await query(server, site, ['events'], ['event:name']);
      const counted = rows.filter(([name]) => name !== 'engagement');
      assert.deepEqual(Object.fromEntries(counted), events);
    });

    for (const [dimension, rows] of Object.entries(breakdowns)) {
      test(dimension, async () => {
        const metrics = dimension === 'event:page' ? ['visitors', 'pageviews'] : ['visitors'];
        const found = await query(server, site, metrics, [dimension]);
        const set = dimension === 'visit:utm_medium' ? found.filter(([value]) => value !== '(not set)') : found;
        assert.deepEqual(sorted(set), sorted(rows));
      });
    }

    test('a property', async () => {
      const rows = await query(server, site, ['visitors', 'events'], ['event:props:plan'], {
        filters: [['is', 'event:name', ['Signup']]],
      });
      assert.deepEqual(rows, [['pro', 1, 1]]);
    });

    test('engagement, where the tracker tells it', async () => {
      if (tracker === 'plausible-tracker') return;
      const rows = await query(server, site, ['time_on_page', 'scroll_depth'], ['event:page']);
      const [, seconds, depth] = rows.find(([page]) => page === '/');
      assert.ok(seconds >= 1 && seconds < 120, String(seconds));
      assert.ok(depth > 30 && depth < 100, String(depth));
    });

    if (tracker === 'outis') {
      test('items and revenue go where they belong', async () => {
        const events = sent.flatMap((one) => JSON.parse(one).events);
        assert.deepEqual(events.find((event) => event.name === 'like').item, 'odyssey');
        assert.deepEqual(events.find((event) => event.name === 'Signup').revenue, { amount: '12.50', currency: 'EUR' });
      });

      test('nothing that was typed, shown or in a query left the browser', () => {
        assert.ok(sent.length > 0 && sent.every((body) => !body.includes('canary')));
      });
    }
  });
}

test('the journal, the logs and the answers know no canary', async () => {
  for (const site of Object.keys(SITES)) {
    const rows = await query(server, site, ['visitors'], ['event:page']);
    assert.ok(!JSON.stringify(rows).includes('canary'));
  }
  assert.ok(!server.logs().includes('canary'));
});

describe('the dashboard', () => {
  let context;
  let hasDashboard = true;
  const strangers = [];

  /** A signed-in browser that notes each request to anybody else. */
  async function signIn(device) {
    const opened = await browser.newContext({ ...device, reducedMotion: 'reduce' });
    opened.setDefaultTimeout(PATIENCE_MS);
    opened.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (/^(http|ws)/.test(protocol) && origin !== server.origin) strangers.push(request.url());
    });
    const page = await opened.newPage();
    await page.goto(`${server.origin}/sign-in`);
    hasDashboard = (await page.getByText('built without the dashboard').count()) === 0;
    if (!hasDashboard) return { context: opened, page };
    await page.getByLabel('E-mail').fill(EMAIL);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    return { context: opened, page };
  }

  /** The page is there, and nothing more is asked for. */
  async function still(page) {
    await page.locator('main:not([aria-busy])').first().waitFor();
    await page.waitForLoadState('networkidle');
  }

  before(() => mkdirSync(SHOTS, { recursive: true }));
  after(() => context?.close());

  for (const [name, device] of [['desktop', { viewport: { width: 1440, height: 1000 } }], ['phone', devices['Pixel 7']]]) {
    test(`shows the same numbers (${name})`, async (t) => {
      const { context: opened, page } = await signIn(device);
      if (!hasDashboard) {
        await opened.close();
        return t.skip('this program was built without the dashboard');
      }
      for (const [site, features] of Object.entries(FEATURES)) {
        const { totals: sums } = expected(features);
        await page.goto(`${server.origin}/${site}?period=today`);
        await still(page);
        await page.locator('.tile-value:not(:has(.ghost))').first().waitFor();
        const tiles = await page.getByLabel('Numbers').getByRole('link').evaluateAll((links) =>
          links.map((link) => link.textContent.replace(/\s+/g, ' ')));
        const said = { People: sums.visitors, Visits: sums.visits, 'Page views': sums.pageviews,
          'Views per visit': '2.00', 'Bounce rate': `${sums.bounce_rate}%` };
        for (const [name, value] of Object.entries(said)) {
          assert.ok(tiles.some((tile) => `${tile} `.startsWith(`${name} ${value} `)), `${name} ${value} in ${tiles}`);
        }
        for (const name of ['/articles', '/contact', '/thanks']) {
          await page.getByRole('link', { name: new RegExp(`^${name} `) }).first().waitFor();
        }
        const text = await page.locator('body').innerText();
        assert.ok(!text.includes('canary'));
        await page.screenshot({ path: join(SHOTS, `${site}-${name}.png`), fullPage: true });
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels too wide`);
      await opened.close();
    });
  }

  test('no page asks anybody else for anything', async (t) => {
    const signed = await signIn({ viewport: { width: 1440, height: 1000 } });
    context = signed.context;
    if (!hasDashboard) return t.skip('this program was built without the dashboard');
    const { page } = signed;
    const [seen, open] = [new Set(), ['/', '/new', '/outis.example', '/outis.example/collection', '/no-such.example']];
    while (open.length > 0 && seen.size < 60) {
      const path = open.shift();
      if (seen.has(path)) continue;
      seen.add(path);
      await page.goto(server.origin + path);
      await still(page);
      const links = await page.locator('a[href]').evaluateAll((all) => all.map((a) => a.href));
      for (const link of links) {
        const url = new URL(link);
        const next = url.pathname + url.search;
        // Each kind of page once: narrowed views are many.
        const kind = url.pathname + [...url.searchParams.keys()].sort().join();
        if (url.origin === server.origin && !url.pathname.startsWith('/api') && !seen.has(kind)) {
          seen.add(kind);
          open.push(next);
        }
      }
    }
    assert.deepEqual(strangers, []);
    const cookies = await context.cookies();
    assert.ok(cookies.every((cookie) => cookie.secure && cookie.httpOnly), JSON.stringify(cookies.map((c) => c.name)));
  });
});
