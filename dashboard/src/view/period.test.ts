import { describe, expect, it } from "vitest";

import { daysIn, isDate, plusDays, plusMonths, today } from "./day";
import { asked, comparison, intervalsFor, periodName, shifted, usualInterval, windowOf } from "./period";
import type { View } from "./view";

const TODAY = "2026-11-24";

describe("days", () => {
  it("are those that exist", () => {
    expect(isDate("2024-02-29")).toBe(true);
    expect(isDate("2026-02-29")).toBe(false);
    expect(isDate("2026-2-9")).toBe(false);
    expect(isDate("1969-12-31")).toBe(false);
    expect(isDate(undefined)).toBe(false);
  });

  it("are counted over clock changes, months and years", () => {
    expect(plusDays("2026-10-24", 2)).toBe("2026-10-26");
    expect(plusDays("2027-01-01", -1)).toBe("2026-12-31");
    expect(plusMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(plusMonths("2026-03-31", -13)).toBe("2025-02-28");
    expect(daysIn("2026-02-01", "2026-03-01")).toBe(29);
  });

  it("begin at midnight of the site", () => {
    const now = new Date("2026-11-24T23:30:00Z");
    expect(today("Europe/Vienna", now)).toBe("2026-11-25");
    expect(today("America/New_York", now)).toBe("2026-11-24");
    expect(today("Nowhere/Land", now)).toBe("2026-11-24");
  });
});

describe("periods", () => {
  it("cover the days that the server counts", () => {
    const of = (view: View) => windowOf(view, TODAY, "2026-09-01");
    expect(of({ period: "today" })).toEqual({ from: TODAY, to: TODAY });
    expect(of({ period: "yesterday" })).toEqual({ from: "2026-11-23", to: "2026-11-23" });
    expect(of({ period: "24h" })).toEqual({ from: "2026-11-23", to: TODAY });
    expect(of({ period: "7d" })).toEqual({ from: "2026-11-17", to: "2026-11-23" });
    expect(of({ period: "28d" })).toEqual({ from: "2026-10-27", to: "2026-11-23" });
    expect(of({ period: "91d", date: "2026-06-01" })).toEqual({ from: "2026-03-02", to: "2026-05-31" });
    expect(of({ period: "month" })).toEqual({ from: "2026-11-01", to: TODAY });
    expect(of({ period: "month", date: "2026-10-05" })).toEqual({ from: "2026-10-01", to: "2026-10-31" });
    expect(of({ period: "last_month" })).toEqual({ from: "2026-10-01", to: "2026-10-31" });
    expect(of({ period: "year" })).toEqual({ from: "2026-01-01", to: TODAY });
    expect(of({ period: "year", date: "2025-07-01" })).toEqual({ from: "2025-01-01", to: "2025-12-31" });
    expect(of({ period: "6mo" })).toEqual({ from: "2026-05-01", to: "2026-10-31" });
    expect(of({ period: "12mo" })).toEqual({ from: "2025-11-01", to: "2026-10-31" });
    expect(of({ period: "all" })).toEqual({ from: "2026-09-01", to: TODAY });
    expect(windowOf({ period: "all" }, TODAY, null)).toBeUndefined();
    expect(of({ from: "2026-01-05", to: "2026-01-09" })).toEqual({ from: "2026-01-05", to: "2026-01-09" });
  });

  it("lie side by side when one steps through them, and come back", () => {
    for (const period of ["today", "yesterday", "7d", "28d", "30d", "91d", "month", "last_month", "6mo", "12mo"] as const) {
      const before = shifted({ period }, -1, TODAY);
      const [now, then] = [windowOf({ period }, TODAY), windowOf(before ?? {}, TODAY)];
      expect(plusDays(then?.to ?? "", 1), period).toBe(now?.from);
      expect(shifted(before ?? {}, 1, TODAY), period).toEqual({ period });
    }
  });

  it("of one's own choice step by their length", () => {
    const view: View = { period: "custom", from: "2026-11-10", to: "2026-11-16" };
    expect(shifted(view, -1, TODAY)).toEqual({ ...view, from: "2026-11-03", to: "2026-11-09" });
    expect(shifted(view, 1, TODAY)).toEqual({ ...view, from: "2026-11-17", to: "2026-11-23" });
    expect(shifted({ ...view, from: "2026-11-17", to: "2026-11-23" }, 1, TODAY)).toBeUndefined();
  });

  it("do not reach into the future, and all time has no neighbours", () => {
    for (const period of ["today", "7d", "month", "last_month", "year", "24h", "all"] as const) {
      expect(shifted({ period }, 1, TODAY), period).toBeUndefined();
    }
    expect(shifted({ period: "all" }, -1, TODAY)).toBeUndefined();
  });

  it("are called by name while they follow today, else by their days", () => {
    expect(periodName({ period: "28d" }, TODAY)).toBe("Last 28 days");
    expect(periodName({ period: "7d", date: "2026-11-17" }, TODAY)).toBe("10 to 16 Nov 2026");
    expect(periodName({ period: "today", date: "2026-11-17" }, TODAY)).toBe("Tue 17 Nov 2026");
    expect(periodName({ period: "custom", from: "2025-12-20", to: "2026-01-04" }, TODAY)).toBe("20 Dec 2025 to 4 Jan 2026");
  });

  it("are asked for as the server takes them", () => {
    expect(asked({})).toEqual({ preset: "28d" });
    expect(asked({ period: "7d", date: "2026-11-17" })).toEqual({ preset: "7d", date: "2026-11-17" });
    expect(asked({ period: "custom", from: "2026-11-01", to: "2026-11-02" })).toEqual({ from: "2026-11-01", to: "2026-11-02" });
  });

  it("are compared with the period before, unless there is none", () => {
    expect(comparison({})).toEqual({ mode: "previous_period" });
    expect(comparison({ match_day_of_week: false })).toEqual({ mode: "previous_period", match_day_of_week: false });
    expect(comparison({ comparison: "off" })).toBeUndefined();
    expect(comparison({ period: "all" })).toBeUndefined();
    expect(comparison({ comparison: "custom", compare_from: "2026-01-01", compare_to: "2026-01-02" })).toEqual({
      mode: "custom",
      from: "2026-01-01",
      to: "2026-01-02",
    });
  });

  it("have intervals that make a readable graph, the usual one among them", () => {
    for (const period of ["today", "24h", "7d", "28d", "91d", "month", "year", "12mo"] as const) {
      const window = windowOf({ period }, TODAY);
      expect(intervalsFor(window, period), period).toContain(usualInterval({ period }, window));
    }
    expect(intervalsFor({ from: TODAY, to: TODAY })).toEqual(["hour"]);
  });
});
