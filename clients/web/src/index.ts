// The tracker as a module.

import { watchActions } from './actions.js';
import type { Options } from './options.js';
import { start } from './tracker.js';

export type { Details, Options, Switch, Value, Wire } from './options.js';
export { track } from './tracker.js';

/** Starts counting: page views, routes, engagement, links, downloads, forms and what data attributes name. A second
 * call does nothing. Where nothing is counted (this machine, steered browsers) the console says why. */
export function init(options: Options = {}): void {
  start({ endpoint: '/api/v1/events', ...options }, watchActions);
}
