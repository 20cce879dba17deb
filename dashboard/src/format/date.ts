/** Days, hours and ranges as people write them. */

import type { Interval } from "../api/types";
import { msOf, plusDays } from "../view/day";

const utc = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
const DAY = utc({ day: "numeric", month: "short" });
const DAY_YEAR = utc({ day: "numeric", month: "short", year: "numeric" });
const WEEKDAY = utc({ weekday: "short", day: "numeric", month: "short" });
const WEEKDAY_YEAR = utc({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const MONTH = utc({ month: "long", year: "numeric" });
const MONTH_SHORT = utc({ month: "short" });

const day = (format: Intl.DateTimeFormat, text: string) => format.format(msOf(text.slice(0, 10))).replaceAll(",", "");

/** `27 Oct to 23 Nov 2026`. */
export function dayRange(from: string, to: string): string {
  if (from === to) return day(WEEKDAY_YEAR, from);
  const sameYear = from.slice(0, 4) === to.slice(0, 4);
  if (sameYear && from.slice(0, 7) === to.slice(0, 7)) return `${Number(from.slice(8))} to ${day(DAY_YEAR, to)}`;
  return `${day(sameYear ? DAY : DAY_YEAR, from)} to ${day(DAY_YEAR, to)}`;
}

export function longDay(text: string): string {
  return day(WEEKDAY_YEAR, text);
}

/** What a bucket covers, in full. */
export function bucketName(key: string, interval: Interval): string {
  switch (interval) {
    case "hour":
      return `${day(WEEKDAY, key)}, ${key.slice(11, 16)}`;
    case "week":
      return `Week of ${day(DAY_YEAR, key)}`;
    case "month":
      return day(MONTH, key);
    default:
      return day(WEEKDAY_YEAR, key);
  }
}

/** A bucket under the axis. */
export function bucketTick(key: string, interval: Interval): string {
  if (interval === "hour") return key.slice(11, 16) === "00:00" ? day(DAY, key) : key.slice(11, 16);
  if (interval === "month") return key.slice(5, 7) === "01" ? key.slice(0, 4) : day(MONTH_SHORT, key);
  return day(DAY, key);
}

/** The same bucket in the window compared with: the n-th after its first day. */
export function comparedBucket(first: string, nth: number, interval: Interval, key: string): string {
  if (interval === "hour") return `${day(WEEKDAY, plusDays(first, Math.floor(nth / 24)))}, ${key.slice(11, 16)}`;
  if (interval === "day") return day(WEEKDAY_YEAR, plusDays(first, nth));
  return "in the period before";
}

/** The time of day of an instant in a time zone, with the day unless it is today's. */
export function clock(instant: string, zone: string, now = new Date()): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return "";
  try {
    const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
    const dayOf = (one: Date) => one.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: zone });
    return dayOf(at) === dayOf(now) ? time : `${dayOf(at)}, ${time}`;
  } catch {
    return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  }
}

/** The last day that was over at an instant: an instant at the end of a day belongs to that day. */
export function dayBefore(instant: string, zone: string): string {
  const at = new Date(Date.parse(instant) - 1);
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);
  } catch {
    return at.toISOString().slice(0, 10);
  }
}

/** A text with its days as people write them. */
export function withDays(text: string): string {
  return text.replace(/\b\d{4}-\d{2}-\d{2}\b/g, (found) => day(DAY_YEAR, found));
}

/** The day that a refusal names: the first one that can be asked anything. */
export function firstAskable(text: string): string | undefined {
  return text.match(/\b\d{4}-\d{2}-\d{2}\b/)?.[0];
}

/** `25 Oct`. */
export function shortDay(text: string): string {
  return day(DAY, text);
}
