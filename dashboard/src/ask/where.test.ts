import { describe, expect, it } from "vitest";

import { writeView } from "../view/view";
import { partsOf } from "./sentence";
import type { Sketch } from "./types";
import { metricsOf, whereOf } from "./where";

const address = (asked: Sketch, before = {}) => {
  const { page, view } = whereOf(asked, before);
  return `${page} ${writeView(view)}`;
};
const download = { dimension: "event", values: ["download"] };
const lastMonth = { from: "2026-10-01", to: "2026-10-31", preset: "last_month" };

describe("a question is shown by the page that fits", () => {
  const cases: [string, Sketch, string][] = [
    [
      "downloads per country last month compared with the month before",
      { kind: "breakdown", metrics: ["events"], dimension: "country", filters: [download], period: lastMonth, compare: { custom: ["2026-09-01", "2026-09-30"] } },
      "Explore ?v=1&period=last_month&comparison=custom&compare_from=2026-09-01&compare_to=2026-09-30&group=country&event=event,download&measure=totals",
    ],
    ["visitors yesterday", { kind: "totals", metrics: ["visitors"], period: { from: "2026-11-23", to: "2026-11-23", preset: "yesterday" } }, "Overview ?v=1&period=yesterday&metric=visitors"],
    [
      "visitors from Austria per week",
      { kind: "series", metrics: ["visitors"], interval: "week", filters: [{ dimension: "country", values: ["AT"] }] },
      "Overview ?v=1&f=is,country,AT&interval=week&metric=visitors",
    ],
    ["visitors of /pricing", { kind: "totals", metrics: ["visitors"], filters: [{ dimension: "page", values: ["/pricing"] }] }, "Explore ?v=1&event=page,/pricing"],
    [
      "downloads and searches by device on phones",
      { kind: "breakdown", metrics: ["events"], dimension: "device", filters: [{ dimension: "event", values: ["download", "search"] }, { dimension: "country", values: ["DE"] }] },
      "Explore ?v=1&f=is,country,DE&group=device&event=event,download&event=event,search&measure=totals",
    ],
    [
      "which pages lose visitors",
      { kind: "breakdown", metrics: ["exit_rate"], dimension: "page", order: ["exit_rate", "desc"] },
      "Overview ?v=1&measure=exit_rate&details=page",
    ],
    ["bounce rate by source", { kind: "breakdown", metrics: ["bounce_rate"], dimension: "source" }, "Overview ?v=1&metric=bounce_rate&measure=bounce_rate&details=source"],
    ["funnel from home to signup by device", { kind: "funnel", steps: [{ page: "/" }, { event: "signup" }], dimension: "device" }, "Funnels ?v=1&step=page,/&step=event,signup&group=device"],
    ["daily retention", { kind: "retention", interval: "day", steps: [{ event: "download" }] }, "Retention ?v=1&action=download&every=day"],
    ["weekly retention", { kind: "retention", interval: "week", period: { from: "2026-05-01", to: "2026-11-24", preset: null } }, "Retention ?v=1&from=2026-05-01&to=2026-11-24"],
    ["lifecycle", { kind: "lifecycle", interval: "week" }, "Lifecycle "],
    ["after /pricing", { kind: "journeys", mode: "forward", steps: [{ page: "/pricing" }] }, "Journeys ?v=1&start=page,/pricing"],
    ["before signup", { kind: "journeys", mode: "backward", steps: [{ event: "signup" }] }, "Journeys ?v=1&direction=backward&end=event,signup"],
    ["from home to signup", { kind: "journeys", mode: "between", steps: [{ page: "/" }, { event: "signup" }] }, "Journeys ?v=1&direction=between&start=page,/&end=event,signup"],
    ["conversions by source", { kind: "goals", dimension: "source" }, "Goals ?v=1&group=source"],
    ["what brings downloads", { kind: "attribution", dimension: "utm_campaign", mode: "first", steps: [{ event: "download" }] }, "Goals ?v=1&goal=event,download&model=first&by=utm_campaign"],
    ["features", { kind: "features" }, "Features "],
    ["top tags by likes", { kind: "items", dimension: "tag", order: ["likes", "desc"] }, "Content ?v=1&sort=-likes&tab=tag"],
    ["visits", { kind: "visits" }, "Journeys "],
    ["all time", { kind: "totals", metrics: ["visits"], period: { from: null, to: "2026-11-24", preset: "all" }, compare: "year_over_year" }, "Overview ?v=1&period=all&comparison=year_over_year&metric=visits"],
  ];
  for (const [text, asked, expected] of cases) {
    it(text, () => expect(address(asked)).toBe(expected));
  }

  it("a period that is not said stays as it was, and nothing else does", () => {
    const before = { period: "7d", comparison: "off", interval: "hour", f: [{ operator: "is", dimension: "country", values: ["AT"] }], own: { event: ["x"] } } as const;
    expect(address({ kind: "features" }, { ...before })).toBe("Features ?v=1&period=7d");
  });
});

describe("a question is said", () => {
  it("in its parts", () => {
    const asked: Sketch = { kind: "breakdown", metrics: ["events"], dimension: "country", filters: [download], period: lastMonth, compare: { custom: ["2026-09-01", "2026-09-30"] } };
    expect(partsOf(asked)).toEqual(["Events", "by country", "event is download", "last month", "compared with 1 to 30 Sept 2026"]);
    expect(partsOf({ kind: "funnel", steps: [{ page: "/" }, { event: "pageview" }] })).toEqual(["Funnel: / → Page view"]);
  });
});

describe("metrics of a list", () => {
  it("are those that were asked for, then the usual ones; unknown words are none", () => {
    expect(metricsOf(["exit_rate", "shoe_size"], ["visitors", "exit_rate"])).toEqual(["exit_rate", "visitors"]);
  });
});
