import { describe, expect, it } from "vitest";

import { narrowed, replaced } from "./filter";
import { parseView, type View, writeView } from "./view";

describe("the grammar of addresses", () => {
  it("says what it means and reads it back", () => {
    const view: View = {
      f: [
        { operator: "is", dimension: "source", values: ["Google", "Bing, the other"] },
        { operator: "contains_not", dimension: "page", values: ["/a?b=c&d"] },
        { operator: "is", dimension: "referrer", values: [""] },
        { operator: "set", dimension: "prop:plan", values: [] },
      ],
      period: "7d",
      date: "2026-11-20",
      comparison: "year_over_year",
      match_day_of_week: false,
      interval: "day",
      metric: "bounce_rate",
    };
    const query = writeView(view);
    expect(query).toBe(
      "?v=1&f=is,source,Google,Bing%2C%20the%20other&f=contains_not,page,/a%3Fb%3Dc%26d&f=is,referrer,&f=set,prop:plan" +
        "&period=7d&date=2026-11-20&comparison=year_over_year&match_day_of_week=false&interval=day&metric=bounce_rate",
    );
    expect(parseView(query)).toEqual(view);
  });

  it("survives any text as a value", () => {
    for (const text of ["ä ö+ü", "100%", "a,b;c", "'\"<script>", "日本", "%2C", " "]) {
      const view: View = { f: [{ operator: "is", dimension: "page", values: [text] }] };
      expect(parseView(writeView(view))).toEqual(view);
    }
  });

  it("is empty for the plain page", () => {
    expect(writeView({})).toBe("");
    expect(parseView("")).toEqual({});
  });

  it("reads own days as the period, and both of them or none", () => {
    expect(parseView("?v=1&from=2026-11-01&to=2026-11-09&period=7d")).toEqual({
      period: "custom",
      from: "2026-11-01",
      to: "2026-11-09",
    });
    expect(parseView("?v=1&from=2026-11-09&to=2026-11-01&period=7d")).toEqual({ period: "7d" });
    expect(parseView("?v=1&from=2026-02-30&to=2026-03-01")).toEqual({});
    expect(writeView(parseView("?from=2026-11-01&to=2026-11-09"))).toBe("?v=1&from=2026-11-01&to=2026-11-09");
  });

  it("leaves out what it does not know, but never a filter", () => {
    const view = parseView("?v=1&period=fortnight&interval=minute&metric=money&f=sounds_like,page,/a&utm_source=x&f=is");
    expect(view).toEqual({ f: [{ operator: "sounds_like", dimension: "page", values: ["/a"] }] });
  });

  it("reads links without a version, and says of newer ones that they are", () => {
    expect(parseView("?period=7d")).toEqual({ period: "7d" });
    expect(parseView("?v=2&period=7d")).toEqual({ newer: 2, period: "7d" });
    expect(parseView("?v=banana&period=7d")).toEqual({ newer: 0, period: "7d" });
    expect(writeView(parseView("?v=2&period=7d"))).toBe("?v=1&period=7d");
  });

  it("leads only to pages of its own after signing in", () => {
    expect(parseView("?next=/a.example%3Fperiod=7d").next).toBe("/a.example?period=7d");
    expect(parseView("?next=//evil.example").next).toBeUndefined();
    expect(parseView("?next=https://evil.example").next).toBeUndefined();
    expect(parseView("?next=/%5Cevil.example").next).toBeUndefined();
  });
});

describe("filters", () => {
  it("of the same dimension give way to the clicked row", () => {
    const view = narrowed(narrowed({ period: "7d" }, "source", "Google"), "page", "/a");
    expect(narrowed(view, "source", "Bing").f).toEqual([
      { operator: "is", dimension: "page", values: ["/a"] },
      { operator: "is", dimension: "source", values: ["Bing"] },
    ]);
  });

  it("are replaced, added and removed by place", () => {
    const a = { operator: "is", dimension: "page", values: ["/a"] };
    const b = { operator: "is", dimension: "page", values: ["/b"] };
    expect(replaced({}, 0, a).f).toEqual([a]);
    expect(replaced({ f: [a] }, 0, b).f).toEqual([b]);
    expect(replaced({ f: [a, b] }, 0, undefined).f).toEqual([b]);
    expect(replaced({ f: [a] }, 0, undefined).f).toBeUndefined();
  });
});
