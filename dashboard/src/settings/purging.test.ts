import { expect, test } from "vitest";

import { EMPTY, isWhole, recentText, whatOf } from "./purging";

test("each kind is asked for by its own keys", () => {
  const draft = { ...EMPTY, text: " x ", dimension: "page", from: "2026-11-24", to: "2026-11-25" };
  expect(whatOf(draft)).toEqual({ word: "x", dimension: "page" });
  expect(whatOf({ ...draft, property: "reader" })).toEqual({ word: "x", dimension: "prop:reader" });
  expect(whatOf({ ...draft, kind: "property" })).toEqual({ property: "x" });
  expect(whatOf({ ...draft, kind: "event" })).toEqual({ event: "x", from: "2026-11-24", to: "2026-11-25" });
  expect(whatOf({ ...draft, kind: "days" })).toEqual({ from: "2026-11-24", to: "2026-11-25" });
  expect(whatOf({ ...EMPTY, text: "x" })).toEqual({ word: "x" });
});

test("nothing is asked as long as nothing is named", () => {
  expect(isWhole(EMPTY)).toBe(false);
  expect(isWhole({ ...EMPTY, kind: "days", from: "2026-11-24" })).toBe(false);
  expect(isWhole({ ...EMPTY, text: "x" })).toBe(true);
});

test("few and none look the same", () => {
  expect(recentText(null, { events: null, visitors: null, fewer_than: 10 })).toBe("of fewer than 10 people, or none");
  expect(recentText(25, { events: 25, visitors: 25, fewer_than: null })).toBe("25");
});
