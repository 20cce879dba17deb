// Every feature of the tracker, in a real browser against a recording server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { devices } from 'playwright-core';
import { called, html, launch, names, record } from './support.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Runs `use` with a page of its own. */
async function visit(pages, use, { device, init } = {}) {
  const server = await record(pages);
  const context = await browser.newContext(device ? devices[device] : { viewport: { width: 1280, height: 800 } });
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  try {
    await use(page, server);
  } finally {
    await context.close();
    await server.close();
  }
}

const leave = (page) => page.goto('about:blank');
const first = (events, name) => events.find((event) => event.name === name);

describe('page views', () => {
  test('a page view says where, what kind of display, and nothing else', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await server.until(called('pageview'));
      const [request] = server.requests;
      assert.equal(request.path, '/api/v1/events');
      assert.match(request.headers['content-type'], /^text\/plain/);
      assert.equal(request.headers.cookie, undefined);
      assert.equal(request.headers.referer, undefined);
      const { events: [event], ...envelope } = request.json;
      assert.deepEqual(envelope, {
        site: 'shop.example', screen: [1280, 1280], viewport: [1280, 1280], density: 1, touch: false,
      });
      assert.deepEqual(Object.keys(event).sort(), ['ago_ms', 'id', 'name', 'url']);
      assert.equal(event.url, `${server.origin()}/a`);
      assert.ok(event.ago_ms >= 0 && event.ago_ms < 5000);
      assert.match(event.id, /^\d{3,30}$/);
    }));

  test('of the query only campaigns and names of click ids are sent, of the referrer only the host', () =>
    visit({ '/a': html(''), '/from': '<a href="http://shop.example/">x</a>' }, async (page, server) => {
      const query = 'utm_source=a%26b&utm_medium=mail&ref=x&token=canary&GCLID=canary&fbclid=canary&email=canary#canary';
      await page.goto(`${server.origin()}/a?${query}`, { referer: `${server.origin('other.example')}/from?q=canary` });
      const [event] = await server.until(called('pageview'));
      assert.equal(
        event.url,
        `${server.origin()}/a?utm_source=a%26b&utm_medium=mail&ref=x&GCLID&fbclid`,
      );
      assert.equal(event.referrer, server.origin('other.example'));
      assert.ok(!server.requests[0].body.includes('canary'));
    }));

  test('a referrer of the site itself is not sent', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`, { referer: `${server.origin()}/b` });
      const [event] = await server.until(called('pageview'));
      assert.equal(event.referrer, undefined);
    }));

  test('routes: pushState, replaceState and back, each new path once', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a?utm_source=x`, { referer: 'http://other.example/' });
      await page.evaluate(() => {
        history.pushState({}, '', '/b?q=1');
        history.pushState({}, '', '/b?q=2');
        history.replaceState({}, '', '/c');
        history.replaceState({ scroll: 1 }, '');
        location.hash = 'part';
      });
      await page.goBack();
      await page.goBack();
      await leave(page);
      const events = await server.until((all) => all.filter((event) => event.name === 'pageview').length >= 4);
      const views = events.filter((event) => event.name === 'pageview');
      assert.deepEqual(views.map((view) => new URL(view.url).pathname), ['/a', '/b', '/c', '/b']);
      assert.deepEqual(views.map((view) => Boolean(view.referrer)), [true, false, false, false]);
      assert.equal(new Set(events.map((event) => event.id)).size, events.length);
    }));

  test('the part after # is a route if the option says so', () =>
    visit({ '/app': html('', 'data-automation data-hash') }, async (page, server) => {
      await page.goto(`${server.origin()}/app#/one`);
      await page.evaluate(() => (location.hash = '/two?q=canary'));
      const events = await server.until((all) => all.some((event) => event.url.endsWith('/app#/two')));
      const views = events.filter((event) => event.name === 'pageview');
      assert.deepEqual(views.map((view) => view.url.split('/app')[1]), ['#/one', '#/two']);
      assert.ok(events.every((event) => event.hash === true));
    }));

  test('page views told by the application', () =>
    visit({ '/a': html('', 'data-automation data-manual') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.evaluate(() => {
        history.pushState({}, '', '/ignored');
        window.outis('pageview', { url: '/told?x=canary', properties: { kind: 'book' } });
      });
      const events = await server.until(called('pageview'));
      assert.deepEqual(names(events), ['pageview']);
      assert.equal(events[0].url, `${server.origin()}/told`);
      assert.deepEqual(events[0].properties, { kind: 'book' });
    }));

  test('a page that comes back from the back/forward cache is seen again', () =>
    visit({ '/a': html(''), '/b': '<!doctype html>' }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await server.until(called('pageview'));
      await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
      await server.until((all) => all.filter((event) => event.name === 'pageview').length === 2);
    }));

  test('a page that was not found says so after its page view', () =>
    visit({ '*': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/missing`);
      const events = await server.until(called('404'));
      assert.deepEqual(names(events), ['pageview', '404']);
      assert.equal(events[1].interactive, false);
    }));

  test('not found can be told by the page, or not at all', () =>
    visit({
      '/soft': html('', 'data-automation data-not-found'),
      '*': html('', 'data-automation data-not-found="off"'),
    }, async (page, server) => {
      await page.goto(`${server.origin()}/soft`);
      await server.until(called('404'));
      await page.goto(`${server.origin()}/missing`);
      await server.until((all) => all.some((event) => event.url.endsWith('/missing')));
      await leave(page);
      assert.equal(names(server.events()).filter((name) => name === '404').length, 1);
    }));
});

describe('engagement', () => {
  const tall = html('<div style="height:4000px"></div>');

  test('time and depth are told when the page is left', () =>
    visit({ '/a': tall }, async (page, server) => {
      await page.clock.install();
      await page.goto(`${server.origin()}/a`);
      await page.clock.runFor(4000);
      await page.mouse.wheel(0, 1600);
      await page.waitForFunction(() => scrollY === 1600);
      await page.clock.runFor(3000);
      await leave(page);
      const { scroll, engaged_ms, url, interactive } = first(await server.until(called('engagement')), 'engagement');
      assert.ok(scroll >= 58 && scroll <= 61, String(scroll));
      assert.ok(engaged_ms >= 7000 && engaged_ms < 9000, String(engaged_ms));
      assert.equal(url, `${server.origin()}/a`);
      assert.equal(interactive, undefined);
    }));

  test('a route keeps its own engagement, and depth is told only when it grew', () =>
    visit({ '/a': tall }, async (page, server) => {
      await page.clock.install();
      await page.goto(`${server.origin()}/a`);
      await page.clock.runFor(5000);
      await page.evaluate(() => history.pushState({}, '', '/b'));
      await page.clock.runFor(1000);
      await page.evaluate(() => dispatchEvent(new Event('blur')));
      await page.clock.runFor(1000);
      await page.evaluate(() => dispatchEvent(new Event('blur')));
      await leave(page);
      const events = await server.until((all) => names(all).filter((name) => name === 'engagement').length === 2);
      const told = events.filter((event) => event.name === 'engagement');
      assert.deepEqual(told.map((event) => new URL(event.url).pathname), ['/a', '/b']);
      assert.ok(told[0].engaged_ms >= 5000 && told[0].engaged_ms < 7000);
      assert.ok(told[1].engaged_ms >= 1000 && told[1].engaged_ms < 3000);
    }));

  test('time in the background does not count', () =>
    visit({ '/a': tall }, async (page, server) => {
      await page.clock.install();
      await page.goto(`${server.origin()}/a`);
      await page.clock.runFor(4000);
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      });
      await server.until(called('engagement'));
      await page.clock.runFor(60_000);
      await page.evaluate(() => {
        delete document.hidden;
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      });
      await page.clock.runFor(3500);
      await leave(page);
      const events = await server.until((all) => names(all).filter((name) => name === 'engagement').length === 2);
      const sum = events.reduce((so_far, event) => so_far + (event.engaged_ms ?? 0), 0);
      assert.ok(sum >= 7500 && sum < 10_000, String(sum));
    }));
});

describe('actions', () => {
  const links = html(`
    <a id="out" href="http://user:canary@other.example/path?token=canary#canary">shown-canary</a>
    <a id="own" href="/b">x</a> <a id="www" href="http://www.shop.example/x">x</a>
    <a id="mail" href="mailto:canary@example.org">x</a> <a id="tel" href="tel:+15550100">x</a>
    <a id="file" href="/files/report.PDF?user=canary">x</a> <a id="named" download href="/files/data">x</a>
    <script>addEventListener('click', (event) => event.preventDefault())</script>`);

  test('outbound links and downloads, without query; mail and telephone never', () =>
    visit({ '/a': links }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      for (const id of ['out', 'own', 'mail', 'tel', 'file', 'named']) await page.click(`#${id}`);
      await page.click('#out', { button: 'middle' });
      await page.click('#own', { button: 'right' });
      await leave(page);
      const events = await server.until((all) => names(all).includes('engagement'));
      const told = events.filter((event) => !/pageview|engagement/.test(event.name));
      assert.deepEqual(told.map((event) => [event.name, event.properties.url]), [
        ['Outbound Link: Click', 'http://other.example/path'],
        ['File Download', `${server.origin()}/files/report.PDF`],
        ['File Download', `${server.origin()}/files/data`],
        ['Outbound Link: Click', 'http://other.example/path'],
      ]);
      assert.ok(!JSON.stringify(server.requests.map((request) => request.body)).includes('canary'));
    }));

  test('links, downloads and forms can be left out, and endings be chosen', () =>
    visit({
      '/a': links.replace('data-automation', 'data-automation data-outbound="off" data-downloads="iso, csv"'),
      '/b': links.replace('data-automation', 'data-automation data-outbound="off" data-downloads="off"'),
    }, async (page, server) => {
      for (const path of ['/a', '/b']) {
        await page.goto(server.origin() + path);
        for (const id of ['out', 'file', 'named']) await page.click(`#${id}`);
        await leave(page);
        await server.until((all) => all.some((event) => event.name === 'engagement' && event.url.endsWith(path)));
      }
      const told = server.events().filter((event) => !/pageview|engagement/.test(event.name));
      assert.deepEqual(told.map((event) => event.properties.url), [`${server.origin()}/files/data`]);
    }));

  test('a form tells that it was sent, and nothing of what is in it', () =>
    visit({
      '/a': html(`<form action="/sent" id="id-canary"><input id="text" name="name-canary" required>
        <textarea id="area"></textarea><select><option>option-canary</select><input type="hidden" value="hidden-canary">
        <button id="send">label-canary</button></form>
        <form id="quiet" data-outis-event="Search" data-outis-property-area="all" onsubmit="return false">
        <input name="q" id="q"><button>x</button></form>`),
      '/sent': html(''),
    }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.click('#send'); // refused by the browser: the field is empty
      await page.type('#q', 'typed-canary');
      await page.press('#q', 'Enter');
      await page.type('#text', 'typed-canary');
      await page.type('#area', 'typed-canary');
      await page.click('#send');
      await server.until((all) => all.some((event) => event.url.endsWith('/sent')));
      await leave(page);
      const told = server.events().filter((event) => !/pageview|engagement/.test(event.name));
      assert.deepEqual(told.map((event) => [event.name, event.properties]), [
        ['Search', { area: 'all' }], ['Form: Submission', undefined],
      ]);
      assert.ok(server.requests.every((request) => !request.body.includes('canary')));
    }));

  test('items: clickthroughs, likes and bookmarks by data attributes, also in shadow roots', () =>
    visit({
      '/a': html(`
        <article data-outis-item="isbn:1" data-outis-tags="jazz, music">
          <a id="through" href="#">shown-canary</a>
          <button id="like" data-outis-action="like"><b>shown-canary</b></button>
          <button id="mark" data-outis-action="bookmark" data-outis-property-place="list">x</button>
        </article><div id="host" data-outis-item="isbn:2"></div>
        <script>document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML =
          '<button id="inner" data-outis-action="like">x</button>'</script>`),
      '/b': html('<button id="like" data-outis-action="like">x</button><a id="l" href="#">x</a>')
        .replace('<body>', '<body data-outis-item="isbn:3" data-outis-tags="art">'),
    }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      for (const target of ['#through', '#like b', '#mark', '#inner']) await page.click(target);
      await page.goto(`${server.origin()}/b`);
      await page.click('#like');
      await page.click('#l');
      await leave(page);
      const events = await server.until((all) => all.some((event) => event.name === 'engagement' && event.item === 'isbn:3'));
      const told = events.filter((event) => event.name !== 'engagement');
      assert.deepEqual(told.map(({ name, item, tags, properties }) => [name, item, tags, properties]), [
        ['pageview', undefined, undefined, undefined],
        ['click', 'isbn:1', ['jazz', 'music'], undefined],
        ['like', 'isbn:1', ['jazz', 'music'], undefined],
        ['bookmark', 'isbn:1', ['jazz', 'music'], { place: 'list' }],
        ['like', 'isbn:2', undefined, undefined],
        ['pageview', 'isbn:3', ['art'], undefined],
        ['like', 'isbn:3', ['art'], undefined],
      ]);
      assert.ok(server.requests.every((request) => !request.body.includes('canary')));
    }));

  test('events and revenue by data attributes', () =>
    visit({
      '/a': html(`<button data-outis-event="Purchase" data-outis-property-plan="pro" data-outis-amount="12.50"
        data-outis-currency="EUR">x</button>`),
    }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.click('button');
      const event = first(await server.until(called('Purchase')), 'Purchase');
      assert.deepEqual(event.revenue, { amount: '12.50', currency: 'EUR' });
      assert.deepEqual(event.properties, { plan: 'pro' });
    }));
});

describe("events of the page's own", () => {
  test('also before the script is there, with properties of the script', () =>
    visit({
      '/a': html(
        `<script>window.outis ??= (...call) => (outis.q ??= []).push(call);
         outis('Early', { properties: { n: 1, yes: true, none: null, list: [1], text: 'x' }, interactive: false })</script>`,
        'data-automation data-property-group="b" data-site="other.example"',
      ),
    }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.evaluate(() => window.outis('Late', { revenue: { amount: 3, currency: 'USD' }, item: 'i', tags: ['t'] }));
      const events = await server.until(called('Late'));
      assert.deepEqual(names(events), ['pageview', 'Early', 'Late']);
      const [, early, late] = events;
      assert.deepEqual([early.properties, early.interactive], [{ group: 'b', n: 1, yes: true, text: 'x' }, false]);
      assert.deepEqual([late.properties, late.revenue, late.item, late.tags], [
        { group: 'b' }, { amount: 3, currency: 'USD' }, 'i', ['t'],
      ]);
      assert.equal(server.requests[0].json.site, 'other.example');
    }));

  test('the module: init once, track, transform', () =>
    visit({
      '/a': `<!doctype html><script type="module">
        import { init, track } from '/js/index.mjs';
        const transform = (event) => event.name === 'Secret' ? null : { ...event, url: event.url.replace(/[^/]\\d$/, ':id') };
        init({ automation: true, site: 'example.org', transform });
        init({ automation: true, site: 'twice.example' });
        track('Secret');
        track('Signup', { properties: { plan: 'pro' } });
      </script>`,
      '/orders/77': '',
    }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await server.until(called('Signup'));
      await page.evaluate(() => history.pushState({}, '', '/orders/77'));
      await server.until((all) => all.some((event) => event.url.endsWith('/orders/:id')));
      assert.ok(!names(server.events()).includes('Secret'));
      assert.ok(server.requests.every((request) => request.json.site === 'example.org'));
    }));

  test('what is too long or of the wrong kind is cut to what the server takes', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.evaluate(() => {
        const long = 'ä'.repeat(5000);
        window.outis(long, { properties: { [long]: long }, item: long, tags: Array(40).fill(long) });
      });
      const event = (await server.until((all) => all.length >= 2))[1];
      const bytes = (text) => Buffer.byteLength(text);
      const [[key, value]] = Object.entries(event.properties);
      assert.ok([...event.name].length <= 120 && bytes(key) <= 300 && bytes(value) <= 2000);
      assert.ok(bytes(event.item) <= 300 && event.tags.length <= 16 && event.tags.every((tag) => bytes(tag) <= 300));
    }));
});

describe('who is not counted', () => {
  const silent = async (page, server) => {
    await page.waitForTimeout(800);
    await leave(page);
    await page.waitForTimeout(200);
    assert.equal(server.requests.length, 0);
  };

  test('this machine, unless told', () =>
    visit({ '/a': html(''), '/b': html('', 'data-automation data-local') }, async (page, server) => {
      const said = page.waitForEvent('console');
      await page.goto(`${server.origin('localhost')}/a`);
      assert.match((await said).text(), /nothing is counted here, see the option "local"/);
      await silent(page, server);
      await page.goto(`${server.origin('localhost')}/b`);
      await server.until(called('pageview'));
    }));

  test('steered browsers, unless told', () => visit({ '/a': html('', '') }, async (page, server) => {
    await page.goto(`${server.origin()}/a`);
    await silent(page, server);
  }));

  const gpc = () => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true });

  test('with data-gpc="off", browsers with Global Privacy Control', () =>
    visit({ '/a': html('', 'data-automation data-gpc="off"') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await silent(page, server);
    }, { init: gpc }));

  test('without that option the server decides', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await server.until(called('pageview'));
    }, { init: gpc }));
});

describe('sending', () => {
  test('events of a moment go together, and what waits goes out when the page is left', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.evaluate(() => ['x', 'y', 'z'].forEach((name) => window.outis(name)));
      await server.until(called('z'));
      assert.equal(server.requests.length, 1);
      await page.evaluate(() => window.outis('last'));
      await leave(page);
      await server.until(called('last'), 2);
    }));

  test('a busy server is left alone as long as it says, and gets the same events again', () =>
    visit({ '/a': html('') }, async (page, server) => {
      server.answers.push({ status: 503, headers: { 'retry-after': '3' } });
      await page.goto(`${server.origin()}/a`);
      await server.until(called('pageview'));
      await page.evaluate(() => window.outis('next'));
      await server.until(called('next'));
      const [one, two] = server.requests;
      assert.ok(two.at - one.at >= 3000, `${two.at - one.at} ms`);
      assert.deepEqual(names(two.json.events), ['pageview', 'next']);
      assert.equal(two.json.events[0].id, one.json.events[0].id);
      assert.ok(two.json.events[0].ago_ms >= 3000);
    }));

  test('what waits is bounded, and so are the tries', () =>
    visit({ '/a': html('') }, async (page, server) => {
      for (let i = 0; i < 6; i++) server.answers.push({ status: 429 });
      await page.clock.install();
      await page.goto(`${server.origin()}/a`);
      await page.clock.runFor(600);
      await server.until(called('pageview'));
      await page.evaluate(() => {
        for (let i = 0; i < 500; i++) window.outis(`e${i}`);
      });
      for (let tries = 2; tries <= 8; tries++) {
        await page.waitForTimeout(50);
        await page.clock.runFor(90_000);
      }
      await page.waitForTimeout(100);
      const ids = server.requests.flatMap((request) => request.json.events.map((event) => event.id));
      assert.ok(new Set(ids).size <= 150, String(new Set(ids).size));
      const firstSent = server.requests[0].json.events[0].id;
      assert.ok(ids.filter((id) => id === firstSent).length <= 6);
      assert.ok(server.requests.every((request) => request.json.events.length <= 50));
    }));

  test('an event that the server cannot read does not cost the others', () =>
    visit({ '/a': html('') }, async (page, server) => {
      server.answers.push({ status: 400 });
      await page.goto(`${server.origin()}/a`);
      await page.evaluate(() => window.outis('other'));
      await server.until((all) => all.length === 4);
      assert.deepEqual(server.requests.map((request) => names(request.json.events)), [
        ['pageview', 'other'], ['pageview'], ['other'],
      ]);
    }));

  test('without requests that outlive a page a beacon is used', () =>
    visit({ '/a': html('') }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.evaluate(() => window.outis('last'));
      await leave(page);
      await server.until(called('last'), 2);
      assert.match(server.requests[0].headers['content-type'], /^text\/plain/);
    }, { init: () => delete Request.prototype.keepalive }));
});

describe('the core script', () => {
  test('counts page views, routes and engagement', () =>
    visit({ '/a': html('<div style="height:4000px"></div><a id="out" href="http://other.example/">x</a>', 'data-automation', 'outis.core.js') },
      async (page, server) => {
        await page.clock.install();
        await page.goto(`${server.origin()}/a?x=canary&utm_source=s`);
        await page.clock.runFor(5000);
        await page.evaluate(() => history.pushState({}, '', '/b'));
        await page.clock.runFor(1000);
        await leave(page);
        const events = await server.until((all) => all.some((event) => event.name === 'engagement' && event.url.endsWith('/b')));
        assert.deepEqual(events.map((event) => [event.name, event.url.slice(server.origin().length)]), [
          ['pageview', '/a?utm_source=s'], ['engagement', '/a?utm_source=s'], ['pageview', '/b'], ['engagement', '/b'],
        ]);
        assert.ok(events[1].engaged_ms >= 5000 && events[1].scroll === 20, JSON.stringify(events[1]));
      }));
});

describe('a phone', () => {
  test('tells its class and is served as well', () =>
    visit({
      '/a': html(`<meta name="viewport" content="width=device-width"><div style="height:4000px"></div>
        <article data-outis-item="isbn:1"><button data-outis-action="like">x</button></article>`),
    }, async (page, server) => {
      await page.goto(`${server.origin()}/a`);
      await page.tap('button');
      await server.until(called('like'));
      await leave(page);
      const events = await server.until(called('engagement'));
      const { screen, viewport, density, touch } = server.requests[0].json;
      assert.deepEqual([screen, viewport, density, touch], [[375, 375], [375, 375], 3, true]);
      assert.ok(first(events, 'engagement').scroll > 10);
    }, { device: 'Pixel 7' }));
});
