/** The state of a view as it stands in the address: `?v=1&f=is,source,Google&period=28d`. */

import type { Interval, Metric } from "../api/types";
import { isDate } from "./day";

/** The version of the grammar. Links of older versions are read by `UPGRADES`. */
export const VERSION = 1;

export const OPERATORS = ["is", "is_not", "contains", "contains_not"] as const;

/** One filter. The operator is any word: one that the server does not know must be refused, not overlooked. */
export interface Filter {
  operator: string;
  dimension: string;
  values: string[];
}

export const PERIODS = [
  "today",
  "yesterday",
  "24h",
  "7d",
  "28d",
  "30d",
  "91d",
  "month",
  "last_month",
  "year",
  "6mo",
  "12mo",
  "all",
] as const;
export type Preset = (typeof PERIODS)[number];

export const COMPARISONS = ["off", "previous_period", "year_over_year", "custom"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const INTERVALS: readonly Interval[] = ["hour", "day", "week", "month"];
export const TILES: readonly Metric[] = [
  "visitors",
  "visits",
  "pageviews",
  "views_per_visit",
  "bounce_rate",
  "visit_duration",
];

export interface View {
  /** Only when the link was made by a newer grammar than ours. */
  newer?: number;
  f?: Filter[];
  period?: Preset | "custom";
  /** The day that a preset is relative to. */
  date?: string;
  from?: string;
  to?: string;
  comparison?: Comparison;
  compare_from?: string;
  compare_to?: string;
  match_day_of_week?: boolean;
  interval?: Interval;
  metric?: Metric;
  /** Where to go after signing in. */
  next?: string;
  /** What only one page knows, such as the steps of a funnel: its key, and its values as they stand in the address. */
  own?: Own;
}

/** Keys that pages have of their own; other keys are left out. See `own.ts` for how values are written. */
export const OWN_KEYS = [
  "saved",
  "step",
  "exclude",
  "order",
  "window",
  "hold",
  "group",
  "over",
  "event",
  "measure",
  "property",
  "formula",
  "segment",
  "chart",
  "unit",
  "direction",
  "start",
  "end",
  "depth",
  "top",
  "pages",
  "via",
  "walk",
  "goal",
  "model",
  "by",
  "sort",
  "a",
  "b",
  "mode",
  "action",
  "every",
  "tab",
  "details",
] as const;
export type OwnKey = (typeof OWN_KEYS)[number];
export type Own = Partial<Record<OwnKey, string[]>>;

/** What turns the parameters of an older grammar into those of the next one. Version 1 is the first. */
const UPGRADES: Record<number, (pairs: [string, string][]) => [string, string][]> = {};

/** Reads the query of an address. What makes no sense is left out, except filters: they are kept to be refused. */
export function parseView(query: string): View {
  let pairs = query
    .replace(/^\?/, "")
    .split("&")
    .filter((part) => part !== "")
    .map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
  const told = pairs.find(([key]) => key === "v")?.[1];
  const version = told === undefined ? VERSION : Number(told);
  for (let v = version; v < VERSION; v++) pairs = UPGRADES[v]?.(pairs) ?? pairs;
  const view: View = {};
  if (!(version <= VERSION)) view.newer = Number.isInteger(version) ? version : 0;

  const filters: Filter[] = [];
  const once = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === "f") {
      const filter = parsed(value);
      if (filter) filters.push(filter);
    } else if (one(OWN_KEYS, key)) {
      const own: Own = (view.own ??= {});
      (own[key as OwnKey] ??= []).push(value);
    } else if (!once.has(key)) {
      once.set(key, decode(value));
    }
  }
  if (filters.length > 0) view.f = filters;
  readPeriod(view, once);
  readComparison(view, once);
  const interval = one(INTERVALS, once.get("interval"));
  if (interval) view.interval = interval;
  const metric = one(TILES, once.get("metric"));
  if (metric) view.metric = metric;
  const next = once.get("next");
  if (next && /^\/(?![/\\])/.test(next)) view.next = next;
  return view;
}

function readPeriod(view: View, once: Map<string, string>): void {
  const [from, to, date] = [once.get("from"), once.get("to"), once.get("date")];
  if (isDate(from) && isDate(to) && from <= to) {
    Object.assign(view, { period: "custom", from, to });
    return;
  }
  const period = one(PERIODS, once.get("period"));
  if (period) view.period = period;
  if (period && isDate(date)) view.date = date;
}

function readComparison(view: View, once: Map<string, string>): void {
  const [from, to] = [once.get("compare_from"), once.get("compare_to")];
  const comparison = one(COMPARISONS, once.get("comparison"));
  if (comparison === "custom") {
    if (!isDate(from) || !isDate(to) || from > to) return;
    Object.assign(view, { compare_from: from, compare_to: to });
  }
  if (comparison) view.comparison = comparison;
  if (once.get("match_day_of_week") === "false") view.match_day_of_week = false;
}

export function parsed(text: string): Filter | undefined {
  const [operator, dimension, ...values] = parted(text);
  if (!operator || !dimension) return undefined;
  const bare = operator === "set" || operator === "not_set";
  if (!bare && values.length === 0) return undefined;
  return { operator, dimension, values };
}

/** Writes the query of an address, with its leading `?` unless it is empty. */
export function writeView(view: View): string {
  const parts: string[] = [];
  for (const filter of view.f ?? []) {
    parts.push(`f=${writeFilter(filter)}`);
  }
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) parts.push(`${key}=${encode(value)}`);
  };
  if (view.period !== "custom") put("period", view.period);
  put("date", view.date);
  put("from", view.from);
  put("to", view.to);
  put("comparison", view.comparison);
  put("compare_from", view.compare_from);
  put("compare_to", view.compare_to);
  if (view.match_day_of_week === false) put("match_day_of_week", "false");
  put("interval", view.interval);
  put("metric", view.metric);
  for (const key of OWN_KEYS) for (const value of view.own?.[key] ?? []) parts.push(`${key}=${value}`);
  if (parts.length > 0) parts.unshift(`v=${VERSION}`);
  put("next", view.next);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

export function writeFilter({ operator, dimension, values }: Filter): string {
  return joined([operator, dimension, ...values]);
}

/** A value of several parts, and its parts again. */
export function joined(parts: readonly string[]): string {
  return parts.map(encode).join(",");
}

export function parted(text: string): string[] {
  return text.split(",").map(decode);
}

/** What a page keeps of the page before: the period, what it is compared with, and the filters. */
export function shared(view: View): View {
  const { own: _o, metric: _m, interval: _i, next: _n, newer: _v, ...rest } = view;
  return rest;
}

function one<T extends string>(known: readonly T[], told: string | undefined): T | undefined {
  return known.find((word) => word === told);
}

/** Colons and slashes stay readable. Spaces are never `+`, so that a plus is a plus. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%3A", ":");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
