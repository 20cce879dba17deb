import { describe, expect, it } from "vitest";

import type { Answer } from "../api/types";
import { comparedFrom } from "./compared";

const answer = (begin: string, interval: "day" | "hour") =>
  ({ rows: Array.from({ length: 4 }, (_, n) => ({ keys: [String(n)], values: [1], compare: [n], kind: "value" })), how: { compare_window: [begin, "2026-11-01"], interval } }) as unknown as Answer;

describe("a comparison", () => {
  it("begins with the first day that there is", () => {
    expect(comparedFrom(answer("2026-10-18", "day"), "2026-10-20").rows.map((row) => row.compare)).toEqual([null, null, [2], [3]]);
    expect(comparedFrom(answer("2026-10-19", "hour"), "2026-10-20").rows.every((row) => row.compare === null)).toBe(true);
  });

  it("is left as it is where all of its days are known", () => {
    const known = answer("2026-10-20", "day");
    expect(comparedFrom(known, "2026-10-20")).toBe(known);
    expect(comparedFrom(known, undefined)).toBe(known);
  });
});
