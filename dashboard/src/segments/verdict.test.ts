import { describe, expect, it } from "vitest";

import type { AbAnswer } from "../api/types";
import { verdict } from "./verdict";

const answer = (part: Partial<AbAnswer>) => ({ hidden: { groups: 0, floor: 10 }, difference: 2, low: 0.5, high: 3.5, significant: true, ...part }) as AbAnswer;

describe("the verdict of a comparison", () => {
  it("names who is ahead, and by how much", () => {
    expect(verdict(answer({}), ["A", "B"])).toBe("People of “B” reach the goal more often than those of “A”: by 2 points, between 0.5 points and 3.5 points.");
    expect(verdict(answer({ difference: -2, low: -3.5, high: -0.5 }), ["A", "B"])).toMatch(/^People of “A” reach the goal more often than those of “B”: by 2 points/);
  });

  it("does not call what may be chance a difference", () => {
    expect(verdict(answer({ significant: false, difference: 0.5, low: -1, high: 2 }), ["A", "B"])).toBe(
      "No clear difference between “A” and “B”. The difference may be anything from −1 to +2 points.",
    );
  });

  it("says nothing of too few people", () => {
    expect(verdict(answer({ difference: null, significant: null }), ["A", "B"])).toMatch(/^This cannot be told/);
  });
});
