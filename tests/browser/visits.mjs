// What the visitors do, and the numbers that must come of it.

import { existsSync } from 'node:fs';
import { chromium, devices } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

/** A browser for which every name is this machine: it reaches nobody else. */
export function launch(userAgent) {
  // For the whole browser: what a page sends while it is left belongs to no page that could make an exception.
  const args = ['--host-resolver-rules=MAP * 127.0.0.1', '--ignore-certificate-errors', '--no-sandbox',
    '--disable-background-networking'];
  // Also for the whole browser: otherwise such requests say that it is headless, and are dropped as a crawler's.
  if (userAgent) args.push(`--user-agent=${userAgent}`);
  return chromium.launch({ executablePath: CHROMIUM, args });
}

// Everybody comes from one address here, so it is the browser that makes three visitors of them.
const agent = (version) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
const DESKTOP = { viewport: { width: 1440, height: 900 }, userAgent: agent(140) };
const OTHER_DESKTOP = { viewport: { width: 1280, height: 800 }, userAgent: agent(141) };
const PHONE = devices['Pixel 7'];

/** Waits until everything that was asked of `outis` is answered and nothing new comes. */
function settled(page, outis) {
  const open = new Set();
  page.on('request', (request) => request.url().startsWith(outis) && open.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request));
  // Of a request that outlives its page the browser never says that it ended.
  page.on('framenavigated', () => open.clear());
  return async (quiet_ms = 700, most_ms = 20_000) => {
    const end = Date.now() + most_ms;
    for (let since = Date.now(); Date.now() - since < quiet_ms && Date.now() < end; ) {
      if (open.size > 0) since = Date.now();
      await page.waitForTimeout(50);
    }
  };
}

async function visitor(device, outis, act) {
  const browser = await launch(device.userAgent);
  const context = await browser.newContext({ ...device, acceptDownloads: true });
  const page = await context.newPage();
  const sent = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().startsWith(outis)) sent.push(request.postData() ?? '');
  });
  const rest = settled(page, outis);
  await act(page, rest);
  await rest();
  await page.goto('about:blank');
  await page.waitForTimeout(500);
  await browser.close();
  return sent;
}

/** Three visitors of one site; returns the bodies that were sent. */
export async function visitSite(origin, outis) {
  const reader = await visitor(DESKTOP, outis, async (page, rest) => {
    await page.goto(`${origin}/?utm_source=newsletter&utm_medium=email&secret=query-canary`);
    await rest();
    await page.mouse.wheel(0, 1500);
    await page.click('#articles');
    await rest();
    await page.click('#like');
    await page.click('#route');
    await rest();
    await page.click('#report');
    await rest();
    await page.click('#partner', { modifiers: ['ControlOrMeta'] });
  });
  const searcher = await visitor(PHONE, outis, async (page) => {
    await page.goto(`${origin}/articles`, { referer: 'https://www.google.com/search?q=query-canary' });
  });
  const buyer = await visitor(OTHER_DESKTOP, outis, async (page, rest) => {
    await page.goto(`${origin}/contact`);
    await rest();
    await page.fill('#message', 'typed-canary');
    await page.click('#send');
    await page.waitForURL('**/thanks**');
    await rest();
    await page.click('#buy');
  });
  return [...reader, ...searcher, ...buyer];
}

/** What the Stats API must say of a site; `features` are what its tracker can do beyond page views and events. */
export function expected({ links = true, files, forms, items }) {
  const events = {
    pageview: 6, Signup: 1, like: 1,
    ...(links && { 'Outbound Link: Click': 1 }),
    ...(files && { 'File Download': 1 }),
    ...(forms && { 'Form: Submission': 1 }),
  };
  const sum = Object.values(events).reduce((a, b) => a + b);
  return {
    totals: { visitors: 3, visits: 3, pageviews: 6, views_per_visit: 2, bounce_rate: 33, events: sum },
    events,
    items,
    breakdowns: {
      'event:page': [
        ['/', 1, 1], ['/articles', 2, 2], ['/articles/jazz', 1, 1], ['/contact', 1, 1], ['/thanks', 1, 1],
      ],
      'visit:entry_page': [['/', 1], ['/articles', 1], ['/contact', 1]],
      'visit:exit_page': [['/articles', 1], ['/articles/jazz', 1], ['/thanks', 1]],
      'visit:source': [['Google', 1], ['newsletter', 1], ['Direct / None', 1]],
      'visit:utm_medium': [['email', 1]],
      'visit:device': [['Desktop', 2], ['Mobile', 1]],
    },
  };
}
