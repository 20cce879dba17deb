import { describe, expect, it } from "vitest";

import type { Answer } from "../api/types";
import { comparedFrom, knownFrom } from "./compared";

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

const series = (keys: string[], interval: "day" | "week" | "month" | "hour") =>
  ({ rows: keys.map((key) => ({ keys: [key], values: [0], kind: "value" })), how: { window: ["2026-10-01", "2026-11-01"], interval } }) as unknown as Answer;

describe("a graph", () => {
  it("begins with the first day that there is", () => {
    const told = (keys: string[], interval: "day" | "week" | "month" | "hour") => knownFrom(series(keys, interval), "2026-10-14").rows.map((row) => row.values[0]);
    expect(told(["2026-10-13", "2026-10-14", "2026-10-15"], "day")).toEqual([null, 0, 0]);
    expect(told(["2026-10-05", "2026-10-12"], "week")).toEqual([null, 0]);
    expect(told(["2026-09-01", "2026-10-01"], "month")).toEqual([null, 0]);
    expect(told(["2026-10-13 23:00", "2026-10-14 00:00"], "hour")).toEqual([null, 0]);
  });

  it("is left as it is where all of its days are known", () => {
    const known = series(["2026-10-01"], "day");
    expect(knownFrom(known, "2026-10-01")).toBe(known);
    expect(knownFrom(known, null)).toBe(known);
  });
});
