/** Which cohort comes back most: the first question asked of a triangle. */

import type { RetentionAnswer } from "../api/types";

export interface Best {
  cohort: string;
  column: string;
  percent: number;
  /** Of all cohorts. */
  all: number;
}

/** In the first column behind the beginning in which at least two cohorts are told and over; none if all are alike. */
export function best({ cohorts, total, columns }: RetentionAnswer): Best | undefined {
  for (let at = 1; at < columns.length; at++) {
    const told = cohorts.flatMap(({ key, cells }): [string, number][] => {
      const cell = cells[at];
      return cell?.complete && cell.percent !== null ? [[key, cell.percent]] : [];
    });
    const all = total[at]?.percent;
    if (told.length < 2 || all === null || all === undefined) continue;
    const [cohort, percent] = told.reduce((most, one) => (one[1] > most[1] ? one : most));
    return percent - all >= 1 ? { cohort, column: columns[at] ?? "", percent, all } : undefined;
  }
  return undefined;
}
