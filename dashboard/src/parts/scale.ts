/** Scales of drawn graphs: where lines of the grid are, and which buckets are named. */

import type { Interval, Value } from "../api/types";

/** Round numbers from zero to at least the highest value, at most `most` of them above zero. */
export function ticks(highest: number, most = 4): number[] {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

/** Every how many buckets a name fits. */
export function every(count: number, width: number, interval: Interval): number {
  const fit = Math.max(1, Math.floor(width / (interval === "hour" ? 56 : 72)));
  const steps = interval === "hour" ? [1, 2, 3, 4, 6, 12, 24, 48, 72, 168] : interval === "day" ? [1, 2, 4, 7, 14, 28, 56, 91, 182] : [1, 2, 3, 4, 6, 8, 12, 24, 52];
  return steps.find((step) => count / step <= fit) ?? Math.ceil(count / fit);
}

/** The largest of the values that are told. */
export function most(lists: readonly (readonly Value[])[]): number {
  let found = 0;
  for (const list of lists) for (const value of list) if (value !== null && value > found) found = value;
  return found;
}

/** Stretches of values that are told, as places; a stretch of one has no line and is drawn as a point. */
export function stretches(values: readonly Value[]): number[][] {
  const found: number[][] = [];
  let open: number[] | undefined;
  values.forEach((value, at) => {
    if (value === null) open = undefined;
    else if (open) open.push(at);
    else found.push((open = [at]));
  });
  return found;
}
