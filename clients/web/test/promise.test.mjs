// What the tracker never does: store, recognise a device, look at what is typed or shown.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { devices } from 'playwright-core';
import { called, html, launch, record } from './support.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Notes each use of what could store something or tell one device from another. Runs in the page. */
function watchUses() {
  const uses = (window.uses = []);
  const note = (name) => uses.push(name);
  const watchAll = (what, object, keys = Object.getOwnPropertyNames(object ?? {})) => {
    for (const key of keys) {
      const found = object && Object.getOwnPropertyDescriptor(object, key);
      if (!found?.configurable || key === 'constructor') continue;
      const wrapped = { ...found };
      for (const part of ['get', 'set', 'value']) {
        const is = found[part];
        if (typeof is !== 'function') continue;
        wrapped[part] = function (...given) {
          note(`${what}.${key}`);
          return new.target ? Reflect.construct(is, given) : is.apply(this, given);
        };
      }
      Object.defineProperty(object, key, wrapped);
    }
  };
  watchAll('Document', Document.prototype, ['cookie', 'fonts', 'title', 'textContent']);
  watchAll('Storage', Storage.prototype);
  watchAll('window', window, [
    'localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore', 'name', 'AudioContext', 'OfflineAudioContext',
    'OffscreenCanvas', 'RTCPeerConnection', 'speechSynthesis', 'SharedWorker', 'Worker', 'BroadcastChannel',
  ]);
  for (const name of ['IDBFactory', 'CacheStorage', 'CookieStore', 'StorageManager', 'ServiceWorkerContainer']) {
    watchAll(name, window[name]?.prototype);
  }
  watchAll('HTMLCanvasElement', HTMLCanvasElement.prototype);
  watchAll('History', History.prototype, ['state']);
  watchAll('Intl', Intl.DateTimeFormat.prototype, ['resolvedOptions']);
  watchAll('Date', Date.prototype, ['getTimezoneOffset']);
  watchAll('Screen', Screen.prototype, ['height', 'availWidth', 'availHeight', 'colorDepth', 'pixelDepth', 'orientation']);
  const { webdriver, sendBeacon, globalPrivacyControl, ...rest } = Object.getOwnPropertyDescriptors(Navigator.prototype);
  watchAll('Navigator', Navigator.prototype, Object.keys(rest));
  watchAll('HTMLInputElement', HTMLInputElement.prototype, ['value', 'checked', 'files']);
  watchAll('HTMLTextAreaElement', HTMLTextAreaElement.prototype, ['value']);
  watchAll('HTMLSelectElement', HTMLSelectElement.prototype, ['value', 'selectedOptions', 'options']);
  watchAll('Node', Node.prototype, ['textContent', 'nodeValue']);
  watchAll('HTMLElement', HTMLElement.prototype, ['innerText', 'outerText']);
  watchAll('Element', Element.prototype, ['innerHTML', 'outerHTML']);
  watchAll('HTMLFormElement', HTMLFormElement.prototype, ['elements']);
  watchAll('window', window, ['FormData', 'getSelection', 'MutationObserver']);
  for (const type of ['keydown', 'keyup', 'keypress', 'input', 'change', 'mousemove', 'pointermove', 'paste', 'copy']) {
    const listen = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (name, ...rest) {
      if (name === type) note(`listens to ${type}`);
      return listen.call(this, name, ...rest);
    };
  }
}

const page = html(`<div style="height:3000px"></div>
  <form onsubmit="return false"><input id="text" name="field-canary" value="value-canary"><textarea id="area"></textarea>
  <button id="send">label-canary</button></form>
  <article data-outis-item="isbn:1"><a id="through" href="#x">shown-canary</a>
  <button id="like" data-outis-action="like">shown-canary</button></article>
  <a id="out" href="http://other.example/x?canary">shown-canary</a>`);

for (const device of [undefined, 'iPhone 15', 'Pixel 7']) {
  for (const script of ['outis.js', 'outis.core.js']) {
    test(`${script} stores nothing, tells no device apart, reads no text (${device ?? 'desktop'})`, async () => {
      const server = await record({ '/a': page.replace('outis.js', script) });
      const context = await browser.newContext(device ? devices[device] : {});
      await context.addInitScript(watchUses);
      const shown = await context.newPage();
      await shown.goto(`${server.origin()}/a?q=query-canary#hash-canary`);
      await server.until(called('pageview'));
      await shown.keyboard.press('Tab');
      await shown.focus('#text');
      await shown.keyboard.type('typed-canary');
      await shown.focus('#area');
      await shown.keyboard.type('typed-canary');
      for (const id of ['send', 'through', 'like']) await shown.click(`#${id}`);
      await shown.click('#out', { button: 'middle' });
      await shown.evaluate(() => history.pushState({}, '', '/b?q=query-canary'));
      await server.until((all) => all.some((event) => event.url.endsWith('/b')));
      assert.deepEqual(await shown.evaluate(() => window.uses), []);
      assert.deepEqual(await context.cookies(), []);
      assert.deepEqual((await context.storageState()).origins, []);
      await shown.goto('about:blank');
      await server.until((all) => all.some((event) => event.name === 'engagement' && event.url.endsWith('/b')));
      assert.ok(server.requests.every((request) => !request.body.includes('canary')));
      assert.ok(server.requests.every((request) => !/canary/.test(JSON.stringify(request.headers))));
      await context.close();
      await server.close();
    });
  }
}
