// Page views, routes and engagement; events of the page's own.

import { pageOf, referrerOf, routeOf } from './address.js';
import { begin, engagement, on, watch } from './engagement.js';
import { isOff, isOn, itemOf, type Details, type Options, type Value, type Wire } from './options.js';
import { flush, open, put } from './transport.js';

export interface Told extends Details {
  scroll?: number;
  engaged_ms?: number;
}

let options: Options;
let counting = false;
let started = false;
let hash: boolean;
let route: string | undefined;
let page: string;
let referrer: string | undefined;
/** What the shown page view said besides its name. */
let view: Details = {};

/** The option because of which nothing is counted here, if there is one. */
function refusal(): string | undefined {
  const browser = navigator as Navigator & { globalPrivacyControl?: boolean };
  const frame = window as unknown as Record<string, unknown>;
  if (!isOn(options.local) && /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\]|)$/.test(location.hostname)) {
    return 'local';
  }
  if (!isOn(options.automation) && (browser.webdriver || (WHOLE && (frame._phantom || frame.__nightmare || frame.Cypress)))) {
    return 'automation';
  }
  return isOff(options.gpc) && browser.globalPrivacyControl ? 'gpc' : undefined;
}

/** One of four widths: what the server keeps of it. */
const widthOf = (pixels: number): number[] => {
  const width = pixels < 576 ? 375 : pixels < 992 ? 768 : pixels < 1440 ? 1280 : 1920;
  return [width, width];
};

const display = (): object => ({
  screen: widthOf(screen.width),
  viewport: widthOf(innerWidth),
  density: Math.min(3, Math.round(devicePixelRatio) || 1),
  touch: matchMedia('(pointer:coarse)').matches,
});

/** Texts, numbers and flags only, short enough for the server. */
function valuesOf(given?: Details['properties']): Record<string, Value> | undefined {
  const values: Record<string, Value> = {};
  let some;
  for (const [key, value] of Object.entries({ ...options.properties, ...given })) {
    if (/^(str|num|boo)/.test(typeof value) && key) {
      some = values[key.slice(0, 100)] = typeof value == 'string' ? value.slice(0, 600) : (value as Value);
    }
  }
  return some === undefined ? some : values;
}

/** Tells an event. `pageview` begins a page, as a change of the route does. */
export function track(name: string, details: Details = {}): void {
  if (name == 'pageview') return enter(details);
  if (counting) tell(name, details);
}

function tell(name: string, { properties, revenue, item, tags, interactive, url, scroll, engaged_ms }: Told): void {
  let event: Wire | null = {
    name,
    url: WHOLE && url ? pageOf(new URL(url, location.href), hash) : page || pageOf(location, hash),
    referrer,
    hash: hash || undefined,
    scroll,
    engaged_ms,
    id: crypto.getRandomValues(new Uint32Array(3)).join(''),
  };
  if (WHOLE) {
    event.name = ('' + name).slice(0, 120);
    event.properties = valuesOf(properties);
    event.revenue = revenue;
    event.item = item ? ('' + item).slice(0, 100) : undefined;
    event.tags = tags && tags[0] ? tags.slice(0, 16).map((tag) => ('' + tag).slice(0, 100)) : undefined;
    if (interactive === false) event.interactive = false;
    if (options.transform) event = options.transform(event);
  }
  if (event) put(event);
}

/** Tells how the page that is shown was looked at. */
function leave(moved?: boolean): void {
  const told = route !== undefined && engagement(moved);
  if (told) tell('engagement', WHOLE ? { ...view, ...told } : told);
}

/** Begins a page view. */
function enter(details: Details): void {
  if (WHOLE && !counting) return;
  leave(true);
  if (route !== undefined) referrer = undefined;
  route = routeOf(location, hash);
  page = pageOf(WHOLE && details.url ? new URL(details.url, location.href) : location, hash);
  view = WHOLE ? { ...itemOf(document.body || document.documentElement), ...details } : details;
  begin();
  tell('pageview', view);
}

/** Begins a page view if the route is another one. */
function moved(): void {
  if (routeOf(location, hash) !== route) enter({});
}

function watchRoutes(): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const change = history[name];
    history[name] = function (this: History, ...given) {
      change.apply(this, given);
      moved();
    };
  }
  on('popstate', moved);
  on('hashchange', moved);
}

/** Starts counting; `more` is done after the first page view. Does nothing the second time. */
export function start(given: Options, more?: (options: Options) => void): void {
  if (WHOLE && started) return;
  started = true;
  options = given;
  hash = isOn(options.hash);
  const why = refusal();
  if (why) {
    if (WHOLE) console.info(`outis: nothing is counted here, see the option "${why}"`);
    return;
  }
  const begin = (): void => {
    counting = true;
    referrer = referrerOf(document.referrer);
    open(options.endpoint!, {
      site: options.site || location.hostname,
      ...(WHOLE && { debug: options.debug }),
      ...(isOff(options.display) ? {} : display()),
    });
    watch(() => {
      leave();
      flush(true);
    });
    if (!WHOLE || !isOn(options.manual)) {
      watchRoutes();
      on('pageshow', (event) => event.persisted && enter({}));
      enter({});
    }
    if (WHOLE && more) more(options);
  };
  // A page that is drawn ahead is not seen yet, maybe never.
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener('prerenderingchange', begin, { once: true });
  } else begin();
}
