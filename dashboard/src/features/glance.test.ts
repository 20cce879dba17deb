import { describe, expect, it } from "vitest";

import type { FeatureRow } from "../api/types";
import { glance, growth, readings } from "./glance";

const row = (feature: string, adoption: number | null, repeat_rate: number | null, more: Partial<FeatureRow> = {}): FeatureRow => ({
  feature,
  adoption,
  repeat_rate,
  visitors: adoption === null ? null : adoption * 10,
  uses: null,
  uses_per_visitor: null,
  previous: null,
  trend: [],
  customers: [],
  ...more,
});
const rows = [row("Articles", 91, 43), row("Courses", 20, 27), row("Search", 16, 18), row("Hidden", null, null)];

describe("features at a glance", () => {
  it("stand where they are among the others", () => {
    expect([...readings(rows)]).toEqual([
      ["Articles", "many use it, and again"],
      ["Courses", "few use it, seldom again"],
      ["Search", "few use it, seldom again"],
    ]);
    expect(readings(rows.slice(0, 2)).size).toBe(0);
  });

  it("are named where they stand out, and the one worth a look comes last", () => {
    const worth = new Map([
      ["Articles", { reach: 3, times: 1.05 }],
      ["Search", { reach: 8, times: 2.9 }],
      ["Courses", { reach: 40, times: 14, itself: true }],
    ]);
    const growths = new Map([["Courses", { by: -12, against: "the period before" }]]);
    const said = glance({ rows, worth, growths, goal: "Joins" });
    expect(said.map(({ about, feature }) => [about, feature])).toEqual([
      ["Used by most", "Articles"],
      ["Shrinks most", "Courses"],
      ["Goes with “Joins”", "Search"],
      ["Worth a look next", "Search"],
    ]);
    expect(said[2]?.text).toBe("8% of its people reach it the same day, 2.9 times as often as all people");
  });

  it("say nothing of growth that is none, and look at repeated use where no goal is known", () => {
    const said = glance({ rows, worth: new Map(), growths: new Map([["Search", { by: 2, against: "" }]]), goal: undefined });
    expect(said.map(({ about, feature }) => [about, feature])).toEqual([
      ["Used by most", "Articles"],
      ["Worth a look next", "Courses"],
    ]);
  });
});

describe("growth", () => {
  const options = { weekly: true, running: false };

  it("is against the period before, if that is known", () => {
    expect(growth(row("x", 10, 1, { previous: { visitors: 80, adoption: 8 } }), options)).toEqual({ by: 25, against: "the period before" });
  });

  it("else of the later whole weeks against as many before them", () => {
    const trend = [999, ...Array<number>(7).fill(10), ...Array<number>(7).fill(15)];
    expect(growth(row("x", 10, 1, { trend }), options)).toEqual({ by: 50, against: "the 7 days before" });
    expect(growth(row("x", 10, 1, { trend: [...trend, 3] }), { ...options, running: true })?.by).toBe(50);
    expect(growth(row("x", 10, 1, { trend: trend.slice(-10) }), options)).toBeUndefined();
    expect(growth(row("x", 10, 1, { trend: trend.map((n, at) => (at === 9 ? null : n)) }), options)).toBeUndefined();
  });
});
