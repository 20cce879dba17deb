import { expect, test } from "vitest";

import { spentSentence } from "./spent";

test("says what one day and all days cost", () => {
  const day = (day: string, epsilon: number) => ({ day, epsilon });
  expect(spentSentence({ most: 2, total: 2, days: [day("2026-11-28", 2)] })).toBe(
    "1 day was released with noise so far; a visitor of one day spent at most 2. The last one is 2026-11-28.",
  );
  const two = { most: 4, total: 5.9999, days: [day("2026-11-28", 4), day("2026-11-29", 1.9999)] };
  expect(spentSentence(two)).toContain("spent at most 4, and somebody who was there on each of them 6.");
});
