import { describe, expect, it } from "vitest";

import { readBrackets, writeBrackets } from "./brackets";

describe("spans of retention", () => {
  it("are read as they are written", () => {
    expect(readBrackets("0, 1-3,4 - 7")).toEqual([[0, 1], [1, 4], [4, 8]]);
    expect(writeBrackets([[0, 1], [1, 4]])).toBe("0, 1-3");
  });

  it("leave out what makes no sense", () => {
    expect(readBrackets("a, 5-2, 2")).toEqual([[2, 3]]);
    expect(readBrackets("nonsense")).toEqual(readBrackets(undefined));
  });
});
