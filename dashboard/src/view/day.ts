/** Days of the calendar as `2026-11-24`: sums, and what today is somewhere. */

const DAY_MS = 86_400_000;

/** True for a day that exists, between 1970 and 2200. */
export function isDate(text: string | undefined): text is string {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const year = Number(text.slice(0, 4));
  const at = Date.parse(`${text}T00:00:00Z`);
  return year >= 1970 && year <= 2200 && !Number.isNaN(at) && iso(at) === text;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function msOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function plusDays(day: string, days: number): string {
  return iso(msOf(day) + days * DAY_MS);
}

/** How many days from the first to the last, both counted. */
export function daysIn(from: string, to: string): number {
  return Math.round((msOf(to) - msOf(from)) / DAY_MS) + 1;
}

export function firstOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

/** The same day so many months later, or the last one of a shorter month. */
export function plusMonths(day: string, months: number): string {
  const count = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months;
  const [year, month] = [Math.floor(count / 12), count % 12];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return iso(Date.UTC(year, month, Math.min(Number(day.slice(8, 10)), last)));
}

/** The local day in a time zone. An unknown zone is read as UTC. */
export function today(zone: string, now: Date = new Date()): string {
  try {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
    return format.format(now);
  } catch {
    return iso(now.getTime());
  }
}
