// Events wait here shortly, go out together, and come again if the server has no room. Only in memory.

import type { Wire } from './options.js';

/** How old it is, it tells when it is sent. */
type Waiting = Wire & { readonly ago_ms: number };

const DELAY_MS = 500;
const MOST_WAITING = 100;
const MOST_SENT = 50;
const MOST_TRIES = 5;
// Browsers take 64 KiB in requests that outlive a page; a character can have three bytes.
const MOST_KEPT_CHARS = 2e4;
const DAY_MS = 864e5;

const waiting: Waiting[] = [];
let endpoint: string;
let envelope: object;
let timer: number | undefined;
let quietUntil = 0;
let failures = 0;
let underWay = 0;

export function open(to: string, around: object): void {
  endpoint = to;
  envelope = around;
}

/** Takes an event. Beyond 100 that wait, new ones are lost. */
export function put(event: Wire): void {
  const at = Date.now();
  if (waiting.length < MOST_WAITING) {
    waiting.push({
      ...event,
      get ago_ms() {
        return Math.max(0, Date.now() - at);
      },
    });
  }
  later();
}

function later(): void {
  if (waiting[0] && !timer) timer = setTimeout(flush, Math.max(DELAY_MS, quietUntil - Date.now()));
}

/** Sends what waits, unless the server asked for quiet. `leaving`: does not wait for the answer to the last batch. */
export function flush(leaving?: boolean): void {
  clearTimeout(timer);
  timer = 0;
  if (Date.now() < quietUntil) return later();
  while (waiting[0] && (leaving || !underWay)) send(waiting.splice(0, MOST_SENT), leaving);
}

function send(batch: Waiting[], leaving?: boolean): void {
  const body = JSON.stringify({ ...envelope, events: batch });
  // A beacon takes cookies along and hides the answer, so it is for browsers that cannot do better.
  if (leaving && !('keepalive' in Request.prototype) && navigator.sendBeacon(endpoint, body)) return;
  underWay++;
  fetch(endpoint, {
    method: 'POST',
    body,
    keepalive: body.length < MOST_KEPT_CHARS,
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  })
    .then(
      (answer) => {
        if (answer.status == 429 || answer.status > 499) again(batch, answer.headers.get('retry-after'));
        // One event that the server cannot read must not cost the others.
        else if (WHOLE && answer.status == 400 && batch[1]) batch.forEach((event) => send([event]));
        else failures = 0;
      },
      () => again(batch),
    )
    .then(() => {
      underWay--;
      later();
    });
}

/** Lets a batch wait again: as long as the server says, at least 2, 4, 8 .. 64 seconds. */
function again(batch: Waiting[], after?: string | null): void {
  if (failures++ < MOST_TRIES) {
    waiting.unshift(...batch);
    waiting.splice(MOST_WAITING);
  }
  const told = +after! * 1e3 || (WHOLE && Date.parse(after!) - Date.now()) || 0;
  const wait = Math.max(told, 1e3 * 2 ** Math.min(failures, 6));
  // Spread, so that not everybody comes back in the same second.
  quietUntil = Date.now() + Math.min(wait * (1 + Math.random() / 4), DAY_MS);
}
