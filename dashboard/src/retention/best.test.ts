import { describe, expect, it } from "vitest";

import type { RetentionAnswer } from "../api/types";
import { best } from "./best";

const cell = (percent: number | null, complete = true) => ({ members: 10, percent, complete });
const answer = (rows: [string, ...ReturnType<typeof cell>[]][], total: number[]) =>
  ({ columns: ["week 0", "week 1", "week 2"], total: total.map((percent) => ({ percent, complete: true })), cohorts: rows.map(([key, ...cells]) => ({ key, size: 50, cells })) }) as unknown as RetentionAnswer;

describe("the cohort that comes back most", () => {
  it("is told of the first time that is over for two of them", () => {
    const rows: [string, ...ReturnType<typeof cell>[]][] = [
      ["2026-10-05", cell(100), cell(50), cell(40)],
      ["2026-10-12", cell(100), cell(73), cell(90)],
      ["2026-10-19", cell(100), cell(99, false)],
      ["2026-10-26", cell(100), cell(null)],
    ];
    expect(best(answer(rows, [100, 66, 50]))).toEqual({ cohort: "2026-10-12", column: "week 1", percent: 73, all: 66 });
  });

  it("is none where there is nothing to compare", () => {
    expect(best(answer([["2026-10-05", cell(100), cell(50)]], [100, 50]))).toBeUndefined();
    expect(best(answer([["2026-10-05", cell(100), cell(50)], ["2026-10-12", cell(100), cell(50.4)]], [100, 50]))).toBeUndefined();
  });
});
