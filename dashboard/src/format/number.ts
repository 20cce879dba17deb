/** Numbers, shares, durations and changes, as they are read and as they are said aloud. */

import type { Metric, Value } from "../api/types";

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
const ONE = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const TWO = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const UNKNOWN = "–";

const NAMES: Record<Metric, string> = {
  visitors: "People",
  visits: "Visits",
  pageviews: "Page views",
  events: "Events",
  views_per_visit: "Views per visit",
  bounce_rate: "Bounce rate",
  visit_duration: "Visit duration",
  scroll_depth: "Scroll depth",
  time_on_page: "Time on page",
  exit_rate: "Exit rate",
  percentage: "Share",
};

export function metricName(metric: Metric): string {
  return NAMES[metric];
}

const RATES: readonly Metric[] = ["bounce_rate", "scroll_depth", "exit_rate", "percentage"];

export function isRate(metric: Metric): boolean {
  return RATES.includes(metric);
}

export function isDuration(metric: Metric): boolean {
  return metric === "visit_duration" || metric === "time_on_page";
}

/** `1,204`, `33 %`, `2m 05s`; a dash for what is not known. */
export function say(metric: Metric, value: Value | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (isDuration(metric)) return duration(value);
  if (isRate(metric)) return `${value < 10 && !Number.isInteger(value) ? ONE.format(value) : WHOLE.format(value)}%`;
  if (metric === "views_per_visit") return TWO.format(value);
  return WHOLE.format(value);
}

/** `€1,230`, `€5.40`; a dash for what is not known. */
export function price(amount: Value | undefined, currency: string | null | undefined): string {
  if (amount === null || amount === undefined) return UNKNOWN;
  if (!currency) return WHOLE.format(amount);
  const digits = Math.abs(amount) >= 100 ? { maximumFractionDigits: 0 } : {};
  return new Intl.NumberFormat("en-GB", { style: "currency", currency, ...digits }).format(amount);
}

/** Short enough for an axis or a narrow column. */
export function sayShort(metric: Metric, value: Value | undefined): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (isDuration(metric)) return shortDuration(value);
  if (metric === "views_per_visit") return ONE.format(value);
  if (isRate(metric) || value < 10_000) return say(metric, value);
  return COMPACT.format(value);
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  if (h > 0) return `${h}h ${two(m)}m`;
  return m > 0 ? `${m}m ${two(s)}s` : `${s}s`;
}

function shortDuration(seconds: number): string {
  if (seconds >= 3600) return `${ONE.format(seconds / 3600).replace(".0", "")}h`;
  if (seconds >= 60) return `${ONE.format(seconds / 60).replace(".0", "")}m`;
  return `${Math.round(seconds)}s`;
}

export interface Change {
  /** `12%`, `3 points`, without sign. */
  amount: string;
  direction: "up" | "down" | "same";
}

/** How a value differs from the one before: in percent, or in points where it is a percentage itself. */
export function change(metric: Metric, now: Value | undefined, before: Value | undefined): Change | undefined {
  if (now === null || now === undefined || before === null || before === undefined) return undefined;
  const points = isRate(metric);
  if (!points && before === 0) return now === 0 ? { amount: "0%", direction: "same" } : undefined;
  const by = points ? now - before : ((now - before) / before) * 100;
  const size = Math.abs(by);
  const figure = size > 0 && size < 1 ? ONE.format(size) : WHOLE.format(size);
  const unit = points ? (figure === "1" ? " point" : " points") : "%";
  const same = figure === "0" || figure === "0.0";
  return { amount: `${same ? "0" : figure}${unit}`, direction: same ? "same" : by > 0 ? "up" : "down" };
}

/** A change as a sentence: `up 12%`. */
export function changeAloud(change: Change): string {
  return change.direction === "same" ? "unchanged" : `${change.direction} ${change.amount}`;
}

export function whole(count: number): string {
  return WHOLE.format(count);
}

/** `1 group`, `12 groups`. */
export function counted(count: number, one: string, many: string): string {
  return `${WHOLE.format(count)} ${count === 1 ? one : many}`;
}
