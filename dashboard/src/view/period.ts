/** What a period covers, what comes before and after it, and what it is called. */

import type { CompareAsked, Interval, PeriodAsked } from "../api/types";
import { dayRange } from "../format/date";
import { daysIn, firstOfMonth, plusDays, plusMonths } from "./day";
import type { Preset, View } from "./view";

export interface Window {
  from: string;
  to: string;
}

const NAMES: Record<Preset, string> = {
  today: "Today",
  yesterday: "Yesterday",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "28d": "Last 28 days",
  "30d": "Last 30 days",
  "91d": "Last 91 days",
  month: "Month to date",
  last_month: "Last month",
  year: "Year to date",
  "6mo": "Last 6 months",
  "12mo": "Last 12 months",
  all: "All time",
};

export function presetName(preset: Preset): string {
  return NAMES[preset];
}

/** The days of a period as the server counts them; undefined for all time when the first day is not known. */
export function windowOf(view: View, today: string, firstDay?: string | null): Window | undefined {
  if (view.from && view.to) return { from: view.from, to: view.to };
  const day = view.date ?? today;
  const before = (days: number) => ({ from: plusDays(day, -days), to: plusDays(day, -1) });
  const months = (count: number) => ({
    from: plusMonths(firstOfMonth(day), -count),
    to: plusDays(firstOfMonth(day), -1),
  });
  const soFar = (last: string) => (last < today ? last : today < day ? day : today);
  switch (view.period) {
    case "today":
      return { from: day, to: day };
    case "yesterday":
      return { from: plusDays(day, -1), to: plusDays(day, -1) };
    case "24h":
      return { from: plusDays(today, -1), to: today };
    case "7d":
      return before(7);
    case "30d":
      return before(30);
    case "91d":
      return before(91);
    case "month":
      return { from: firstOfMonth(day), to: soFar(plusDays(plusMonths(firstOfMonth(day), 1), -1)) };
    case "last_month":
      return months(1);
    case "year":
      return { from: `${day.slice(0, 4)}-01-01`, to: soFar(`${day.slice(0, 4)}-12-31`) };
    case "6mo":
      return months(6);
    case "12mo":
      return months(12);
    case "all":
      return firstDay ? { from: firstDay, to: day } : undefined;
    default:
      return before(28);
  }
}

/** The view one period earlier (-1) or later (1); undefined where there is none. */
export function shifted(view: View, by: -1 | 1, today: string): View | undefined {
  if (view.period === "all" || view.period === "24h") return undefined;
  const window = windowOf(view, today);
  if (!window || (by > 0 && window.to >= today)) return undefined;
  if (view.from && view.to) {
    const days = daysIn(view.from, view.to) * by;
    return ended({ ...view, from: plusDays(view.from, days), to: plusDays(view.to, days) }, today);
  }
  const date = step(view.period ?? "28d", view.date ?? today, by);
  const { date: _, ...rest } = view;
  // Without a date a link means the same tomorrow as it does today.
  const moved: View = date === today ? rest : { ...rest, date };
  return ended(moved, today);
}

/** The view, unless it reaches beyond today. */
function ended(view: View, today: string): View | undefined {
  const window = windowOf(view, today);
  return window && window.to <= today ? view : undefined;
}

function step(period: string, date: string, by: number): string {
  switch (period) {
    case "today":
    case "yesterday":
      return plusDays(date, by);
    case "7d":
      return plusDays(date, 7 * by);
    case "30d":
      return plusDays(date, 30 * by);
    case "91d":
      return plusDays(date, 91 * by);
    case "month":
    case "last_month":
      return plusMonths(date, by);
    case "year":
    case "12mo":
      return plusMonths(date, 12 * by);
    case "6mo":
      return plusMonths(date, 6 * by);
    default:
      return plusDays(date, 28 * by);
  }
}

/** What the period is called: its name while it is relative to today, otherwise its days. */
export function periodName(view: View, today: string): string {
  const named = view.period && view.period !== "custom" && !view.date;
  if (named) return NAMES[view.period as Preset];
  const window = windowOf(view, today);
  return window ? dayRange(window.from, window.to) : "All time";
}

export function asked(view: View): PeriodAsked {
  if (view.from && view.to) return { from: view.from, to: view.to };
  const preset = view.period && view.period !== "custom" ? view.period : "28d";
  return view.date ? { preset, date: view.date } : { preset };
}

/** What an answer is compared with. Nothing is compared with all time. */
export function comparison(view: View): CompareAsked | undefined {
  const mode = view.comparison ?? "previous_period";
  if (mode === "off" || view.period === "all") return undefined;
  if (mode === "custom") return { mode, from: view.compare_from, to: view.compare_to };
  return view.match_day_of_week === false ? { mode, match_day_of_week: false } : { mode };
}

/** Bucket widths that make a readable graph of so many days. */
export function intervalsFor(window: Window | undefined, preset?: string): Interval[] {
  if (preset === "24h") return ["hour"];
  if (!window) return ["day", "week", "month"];
  const days = daysIn(window.from, window.to);
  if (days === 1) return ["hour"];
  const all: Interval[] = [];
  if (days <= 14) all.push("hour");
  if (days <= 400) all.push("day");
  if (days >= 14) all.push("week");
  if (days >= 60) all.push("month");
  return all;
}

/** The bucket width that the server takes unless asked otherwise. */
export function usualInterval(view: View, window: Window | undefined): Interval {
  if (view.period === "6mo" || view.period === "12mo" || view.period === "year") return "month";
  if (view.period === "24h") return "hour";
  if (!window) return "month";
  const days = daysIn(window.from, window.to);
  if (days === 1) return "hour";
  if (days <= 92) return "day";
  return days <= 400 ? "week" : "month";
}
