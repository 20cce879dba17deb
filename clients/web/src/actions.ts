// What visitors do on a page: links, downloads, forms, and elements that data attributes name.

import { isOff, isOn, itemOf, propertiesOf, type Options } from './options.js';
import { track } from './tracker.js';

const ENDINGS =
  'pdf,xls,xlsx,doc,docx,odt,ods,odp,ppt,pptx,pps,key,txt,rtf,csv,epub,mobi,zip,rar,7z,gz,tar,pkg,dmg,exe,msi,deb,rpm,apk,iso,avi,mov,mp4,mpg,mpeg,wmv,webm,mp3,m4a,wav,ogg,flac,mid,midi,wma';

const near = (path: EventTarget[], selector: string): HTMLElement | undefined =>
  path.find((node) => node instanceof HTMLElement && node.matches(selector)) as HTMLElement | undefined;

/** The nearest element that names an item. */
const itemNear = (path: EventTarget[]): HTMLElement | undefined => near(path, '[data-outis-item]');

/** Tells the event that the element names; false if it names none. */
function named(element: HTMLElement | undefined, path: EventTarget[]): boolean {
  const { outisEvent, outisAction, outisAmount, outisCurrency } = element?.dataset ?? {};
  const name = outisEvent || outisAction;
  if (!name) return false;
  track(name, {
    ...itemOf(itemNear(path)),
    properties: propertiesOf(element!, 'data-outis-property-'),
    revenue: outisAmount && outisCurrency ? { amount: outisAmount, currency: outisCurrency } : undefined,
  });
  return true;
}

// A form tells its event when it is sent.
const CLICKABLE = ':is([data-outis-event],[data-outis-action]):not(form)';
const bare = (host: string): string => host.replace(/^www\./, '');

function followed(link: HTMLAnchorElement, options: Options): void {
  // Telephone numbers and addresses of mail are nobody's business.
  if (!/^https?:$/.test(link.protocol)) return;
  const url = link.origin + link.pathname;
  const endings = typeof options.downloads == 'string' && options.downloads ? options.downloads : ENDINGS;
  const ending = /\.(\w+)$/.exec(link.pathname)?.[1]?.toLowerCase();
  const download = link.hasAttribute('download') || (ending && endings.split(/[\s,.]+/).includes(ending));
  if (download && !isOff(options.downloads)) track('File Download', { properties: { url } });
  else if (bare(link.host) !== bare(location.host) && !isOff(options.outbound)) {
    track('Outbound Link: Click', { properties: { url } });
  }
}

function clicked(event: Event, options: Options): void {
  const path = event.composedPath();
  const link = near(path, 'a[href],area[href]') as HTMLAnchorElement | undefined;
  // With the middle button only links do something.
  if (event.type == 'auxclick' && ((event as MouseEvent).button != 1 || !link)) return;
  const item = itemNear(path);
  const tells = named(near(path, CLICKABLE), path);
  if (link && !tells && item && item != document.body) track('click', itemOf(item));
  if (link) followed(link, options);
}

function tellNotFound(options: Options): void {
  const [entry] = performance.getEntriesByType('navigation') as (PerformanceEntry & { responseStatus?: number })[];
  if (isOn(options.notFound) || (!isOff(options.notFound) && entry?.responseStatus == 404)) {
    track('404', { interactive: false });
  }
}

/** Watches the page for what the options leave on. The first page view was told already. */
export function watchActions(options: Options): void {
  tellNotFound(options);
  const click = (event: Event): void => clicked(event, options);
  document.addEventListener('click', click, true);
  document.addEventListener('auxclick', click, true);
  document.addEventListener('submit', (event) => {
    const path = event.composedPath();
    const form = near(path, 'form');
    if (!named(form, path) && !isOff(options.forms)) track('Form: Submission', itemOf(itemNear(path)));
  }, true);
}
