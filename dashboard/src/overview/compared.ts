/** Days before the first one are not days on which nobody came. */

import type { Answer, Interval } from "../api/types";
import { plusDays } from "../view/day";

const DAYS: Record<Interval, number> = { hour: 1 / 24, day: 1, week: 7, month: 30 };

/** The answer without compared numbers of buckets that begin before the first day. */
export function comparedFrom(answer: Answer, first: string | null | undefined): Answer {
  const begin = answer.how.compare_window?.[0];
  if (!begin || !first || begin >= first) return answer;
  const days = DAYS[answer.how.interval ?? "day"];
  const rows = answer.rows.map((row, at) => (plusDays(begin, Math.floor(at * days)) < first ? { ...row, compare: null } : row));
  return { ...answer, rows };
}

/** The answer without numbers of buckets that end before the first day: nothing was collected then. */
export function knownFrom(answer: Answer, first: string | null | undefined): Answer {
  const [begin] = answer.how.window;
  if (!first || begin >= first) return answer;
  const interval = answer.how.interval ?? "day";
  const unknown = (key: string) => {
    const day = key.slice(0, 10);
    if (interval === "month") return day.slice(0, 7) < first.slice(0, 7);
    return (interval === "week" ? plusDays(day, 6) : day) < first;
  };
  const rows = answer.rows.map((row) => (unknown(row.keys[0] ?? "") ? { ...row, values: row.values.map(() => null) } : row));
  return { ...answer, rows };
}
