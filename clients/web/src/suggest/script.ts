// `/js/outis-suggest.js`: shows a list in every element with `data-outis-suggest`, and in those that the page names.

import type { ListName } from './list.js';
import { show, type Shown, type ShowOptions } from './show.js';

declare global {
  interface Window {
    outisSuggest?: (element: HTMLElement, options: ShowOptions) => Shown;
  }
}

const script = (document.currentScript || document.querySelector('script[src*="/outis-suggest."]')) as HTMLScriptElement;
// The server may be below a path of its own: `/stats/js/outis-suggest.js`.
const endpoint = script.dataset.endpoint || new URL('..', script.src).href;
const site = script.dataset.site;

window.outisSuggest = (element, options) => show(element, { endpoint, site, ...options });

function all(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-outis-suggest]')) {
    const { outisSuggest, limit, ...given } = element.dataset;
    // The token is for one request of this page; nothing of the page need find it there afterwards.
    delete element.dataset.token;
    const options = { ...given, list: outisSuggest as ListName, limit: limit ? +limit : undefined };
    window.outisSuggest!(element, options);
  }
}

if (document.readyState == 'loading') document.addEventListener('DOMContentLoaded', all);
else all();
