import { describe, expect, it } from "vitest";

import { told } from "./kept";

describe("what is saved", () => {
  it("says since when it is kept, by what, or why not", () => {
    expect(told({ kept: true, since: null, by: [], why: null })).toBe("From the next close on.");
    expect(told({ kept: true, since: "2026-11-02", by: ["customer"], why: null })).toMatch(/^Since .*2026, by customer too\.$/);
    expect(told({ kept: false, since: null, by: [], why: "its window is longer" })).toBe("Not kept: its window is longer.");
  });
});
