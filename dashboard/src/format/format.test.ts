import { describe, expect, it } from "vitest";

import { liveWords } from "../header/live";
import { csv } from "./csv";
import { curl } from "./curl";
import { bucketName, bucketTick, clock, dayBefore, dayRange, withDays } from "./date";
import { change, changeAloud, price, say, sayShort } from "./number";

describe("numbers", () => {
  it("says prices with their currency", () => {
    expect(price(22400, "EUR")).toBe("€22,400");
    expect(price(5.4, "EUR")).toBe("€5.40");
    expect(price(12, null)).toBe("12");
    expect(price(null, "EUR")).toBe("–");
  });

  it("are said as what they are", () => {
    expect(say("visitors", 1204)).toBe("1,204");
    expect(say("bounce_rate", 33.33)).toBe("33%");
    expect(say("percentage", 4.06)).toBe("4.1%");
    expect(say("views_per_visit", 2.5)).toBe("2.50");
    expect(say("visit_duration", 0)).toBe("0s");
    expect(say("visit_duration", 125)).toBe("2m 05s");
    expect(say("visit_duration", 3725)).toBe("1h 02m");
    expect(sayShort("pageviews", 1_234_567)).toBe("1.2m");
    expect(sayShort("visit_duration", 90)).toBe("1.5m");
  });

  it("are never zero when they are not known", () => {
    expect(say("visitors", null)).toBe("–");
    expect(say("bounce_rate", undefined)).toBe("–");
  });
});

describe("changes", () => {
  it("are percent of counts and points of percentages", () => {
    expect(change("visitors", 110, 100)).toEqual({ amount: "10%", direction: "up" });
    expect(change("visitors", 99.5, 100)).toEqual({ amount: "0.5%", direction: "down" });
    expect(change("bounce_rate", 40, 43)).toEqual({ amount: "3 points", direction: "down" });
    expect(change("bounce_rate", 40, 41)).toEqual({ amount: "1 point", direction: "down" });
    expect(change("visits", 0, 0)).toEqual({ amount: "0%", direction: "same" });
    expect(change("visits", 100.001, 100)?.direction).toBe("same");
  });

  it("are not told from nothing or from what is not known", () => {
    expect(change("visitors", 5, 0)).toBeUndefined();
    expect(change("visitors", null, 5)).toBeUndefined();
    expect(change("visitors", 5, undefined)).toBeUndefined();
  });

  it("are said aloud without arrows", () => {
    expect(changeAloud({ amount: "10%", direction: "up" })).toBe("up 10%");
    expect(changeAloud({ amount: "0%", direction: "same" })).toBe("unchanged");
  });
});

describe("the live count", () => {
  it("says about how many, or fewer than the floor", () => {
    expect(liveWords({ about: 30, floor: 10, minutes: 5 })).toBe("about 30 right now");
    expect(liveWords({ about: null, floor: 10, minutes: 5 })).toBe("fewer than 10 right now");
    expect(liveWords({ about: null, floor: 1, minutes: 5 })).toBe("nobody right now");
  });
});

describe("days", () => {
  it("are written once", () => {
    expect(dayRange("2026-10-27", "2026-11-23")).toBe("27 Oct to 23 Nov 2026");
    expect(dayRange("2026-11-03", "2026-11-09")).toBe("3 to 9 Nov 2026");
    expect(bucketName("2026-11-24T13:00", "hour")).toBe("Tue 24 Nov, 13:00");
    expect(bucketName("2026-11-01", "month")).toBe("November 2026");
    expect(bucketTick("2026-01-01", "month")).toBe("2026");
    expect(bucketTick("2026-11-24T00:00", "hour")).toBe("24 Nov");
    expect(clock("2026-11-24T05:50:00Z", "Europe/Vienna", new Date("2026-11-24T12:00:00Z"))).toBe("06:50");
    expect(dayBefore("2026-11-23T23:00:00Z", "Europe/Vienna")).toBe("2026-11-23");
    expect(withDays("rows exist from 2026-10-25 on")).toBe("rows exist from 25 Oct 2026 on");
  });
});

describe("CSV", () => {
  it("keeps every word whole", () => {
    const rows = [
      ["/a,b", 5, 1.5],
      ['say "no"', null, 0],
      ["two\nlines", 1, 1],
    ];
    expect(csv(["page", "visitors", "percentage"], rows)).toBe(
      'page,visitors,percentage\r\n"/a,b",5,1.5\r\n"say ""no""",,0\r\n"two\nlines",1,1\r\n',
    );
  });

  it("holds no formula that came from a visitor", () => {
    expect(csv(["event"], [["=HYPERLINK(1)"], ["+1"], ["-1"], ["@a"], ["\t=1"]])).toBe(
      "event\r\n'=HYPERLINK(1)\r\n'+1\r\n'-1\r\n'@a\r\n'\t=1\r\n",
    );
    expect(csv(["n"], [[-5]])).toBe("n\r\n-5\r\n");
  });
});

describe("curl", () => {
  it("cannot be broken out of by a value", () => {
    const command = curl("https://stats.example.org", "totals", {
      site: "example.org",
      period: { preset: "7d" },
      metrics: ["visitors"],
      filters: [["is", "page", ["/it's"]]],
    });
    expect(command).toContain(`"/it'\\''s"`);
    expect(command).toContain(`"Authorization: Bearer $OUTIS_TOKEN"`);
    expect(command).toContain("'https://stats.example.org/api/v1/insights/totals'");
  });
});
