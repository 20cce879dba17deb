import { describe, expect, it } from "vitest";

import { labels } from "./labels";

const FRAME = { left: 40, right: 600, top: 0, bottom: 300 };

describe("names of points", () => {
  it("stand beside a point that is alone", () => {
    expect(labels([{ x: 100, y: 100, name: "search" }], FRAME)).toEqual([{ x: 109, y: 100, anchor: "start", led: false }]);
    expect(labels([{ x: 595, y: 100, name: "search" }], FRAME)[0]?.anchor).toBe("end");
  });

  it("lie on no other name where points crowd", () => {
    const points = ["download", "bookmark", "signup", "Outbound Link: Click", "enrol", "like"].map((name, n) => ({ x: 60 + n * 3, y: 200 + (n % 2), name }));
    const boxes = labels(points, FRAME).map((label, n) => {
      if (!label) throw new Error("a name has no place");
      const width = (points[n]?.name.length ?? 0) * 7;
      return { left: label.anchor === "start" ? label.x : label.x - width, y: label.y, width };
    });
    boxes.forEach((a, n) => {
      for (const b of boxes.slice(n + 1)) expect(a.left + a.width <= b.left || b.left + b.width <= a.left || Math.abs(a.y - b.y) >= 15).toBe(true);
    });
  });

  it("are left out where there is no room", () => {
    expect(labels([{ x: 50, y: 10, name: "a name that is far too long" }], { left: 40, right: 100, top: 0, bottom: 20 })).toEqual([undefined]);
  });
});
