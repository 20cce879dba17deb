import { describe, expect, it } from "vitest";

import { most, stretches, ticks } from "./scale";

describe("scales", () => {
  it("begin at zero and reach the highest value in round steps", () => {
    expect(ticks(97)).toEqual([0, 25, 50, 75, 100]);
    expect(ticks(1234)).toEqual([0, 500, 1000, 1500]);
    expect(ticks(0.9)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks(0)).toEqual([0, 1]);
  });

  it("see only what is told", () => {
    expect(most([[1, null, 3], [null]])).toBe(3);
    expect(stretches([1, 2, null, 3, null, null, 4, 5])).toEqual([[0, 1], [3], [6, 7]]);
    expect(stretches([null])).toEqual([]);
  });
});
