// The site that visitors come to: the same pages for each tracker, by the name of the host.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Hosts and how their pages are counted. `says` calls the tracker's own function for an event. */
export const SITES = {
  'plausible.example': {
    tracker: '@plausible-analytics/tracker',
    module: (outis) => `
      import { init, track } from '@plausible-analytics/tracker';
      init({ domain: 'plausible.example', endpoint: '${outis}/api/event', outboundLinks: true, fileDownloads: true,
        formSubmissions: true });
      window.says = (name, { properties, revenue } = {}) => track(name, { props: properties, revenue });`,
  },
  'old.example': {
    tracker: 'plausible-tracker',
    module: (outis) => `
      import Plausible from 'plausible-tracker';
      const { enableAutoPageviews, enableAutoOutboundTracking, trackEvent } =
        Plausible({ domain: 'old.example', apiHost: '${outis}' });
      enableAutoPageviews();
      enableAutoOutboundTracking();
      window.says = (name, { properties } = {}) => trackEvent(name, { props: properties });`,
  },
  'outis.example': {
    tracker: 'outis',
    script: (outis) => `<script defer src="${outis}/js/outis.js" data-site="outis.example" data-automation></script>
      <script>window.says = (...call) => outis(...call)</script>`,
  },
};

// Plausible's trackers leave steered browsers out, but for those that test Plausible itself.
const page = (head, body) => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>A small library</title>
<link rel="icon" href="data:,"><script>window.__plausible = true</script>${head}
<nav><a id="home" href="/">Home</a> <a id="articles" href="/articles">Articles</a> <a id="contact" href="/contact">Contact</a></nav>
${body}`;

const BODIES = {
  '/': '<h1>A small library</h1><div style="height:3000px"></div>',
  '/articles': `<h1>Articles</h1>
    <button id="route" onclick="history.pushState({}, '', '/articles/jazz')">Jazz</button>
    <article data-outis-item="odyssey" data-outis-tags="music, jazz">
      <button id="like" data-outis-action="like" onclick="if (!window.outis) says('like', { properties: { item: 'odyssey' } })">Like</button>
    </article>
    <a id="report" href="/files/report.pdf">Report</a>
    <a id="partner" href="http://partner.example:PORT/landing?token=secret-canary">Partner</a>`,
  '/contact': `<h1>Contact</h1><form action="/thanks"><input id="message" name="message" required><button id="send">Send</button></form>`,
  '/thanks': `<h1>Thanks</h1><button id="buy" onclick="says('Signup', { properties: { plan: 'pro' },
    revenue: { amount: '12.50', currency: 'EUR' } })">Sign up</button>`,
};

async function bundle(module) {
  const stdin = { contents: module, resolveDir: here };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', write: false, logLevel: 'error' });
  return outputFiles[0].text;
}

/** Serves the sites; their trackers send to `outis`. */
export async function serve(outis) {
  const bundles = {};
  for (const [host, { module }] of Object.entries(SITES)) if (module) bundles[host] = await bundle(module(outis));
  const server = createServer((request, response) => {
    const host = request.headers.host.split(':')[0];
    const { pathname } = new URL(request.url, 'http://any');
    const site = SITES[host];
    if (pathname === '/tracker.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(bundles[host]);
    } else if (pathname.startsWith('/files/')) {
      response.writeHead(200, { 'content-type': 'application/pdf', 'content-disposition': 'attachment' }).end('%PDF-');
    } else if (!site || !BODIES[pathname]) {
      response.writeHead(site ? 404 : 200, { 'content-type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    } else {
      const head = site.script ? site.script(outis) : '<script src="/tracker.js"></script>';
      const body = BODIES[pathname].replaceAll('PORT', server.address().port);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(head, body));
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  return {
    origin: (host) => `http://${host}:${port}`,
    close: () => new Promise((closed) => {
      server.closeAllConnections();
      server.close(closed);
    }),
  };
}
