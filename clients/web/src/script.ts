// The script of a page: options from its tag, `window.outis` for the page's own events.

import { propertiesOf, type Details, type Options } from './options.js';
import { start, track } from './tracker.js';

type Call = [name: string, details?: Details];

declare global {
  interface Window {
    outis?: ((...call: Call) => void) & { q?: Iterable<Call> };
  }
}

export function run(more?: (options: Options) => void): void {
  const script = (document.currentScript || document.querySelector('script[src*="/outis."]')) as HTMLScriptElement;
  const { dataset } = script;
  // The server may be below a path of its own: `/stats/js/outis.js`.
  const endpoint = dataset.endpoint || new URL('../api/v1/events', script.src).href;
  if (WHOLE) {
    const early = window.outis && window.outis.q;
    window.outis = track;
    start({ ...dataset, endpoint, properties: propertiesOf(script, 'data-property-') }, (options) => {
      if (more) more(options);
      for (const call of early || []) track(...call);
    });
  } else start({ ...dataset, endpoint });
}
