import { describe, expect, it } from "vitest";

import { countRange, ranged, timeRange } from "./spread";

describe("ranges", () => {
  it("that are not told stand together", () => {
    const list: [number, number | null, number | null][] = [
      [0, 10, null],
      [10, 30, null],
      [30, 60, 155],
      [60, 3600, null],
      [3600, null, null],
    ];
    expect(ranged(list, (one) => one, timeRange)).toEqual([
      { name: "under 30 s", value: null },
      { name: "30 s to 1 min", value: 155 },
      { name: "over 1 min", value: null },
    ]);
    expect(ranged([[1, 1, null], [2, 4, null]] as [number, number, null][], (one) => one, countRange)).toEqual([{ name: "1 to 4", value: null }]);
  });
});
