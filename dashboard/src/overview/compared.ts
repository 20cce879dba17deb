/** What is compared with days before there were any is not compared with nobody. */

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
