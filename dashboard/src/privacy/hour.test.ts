import { expect, test } from "vitest";

import { hour } from "./hour";

test("hours are told with their day", () => {
  expect(hour("2026-11-29T14")).toBe("Sun 29 Nov 2026, 14 h UTC");
});
