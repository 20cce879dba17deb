import { describe, expect, test } from "vitest";

import { path } from "./calls";
import { itemsOf, percent, reasonText, ruleOf, ruleText } from "./words";

describe("rules", () => {
  const draft = { kind: "boost", of: "tag", text: " physics/optics ", number: "2" } as const;
  test("are made from what was written", () => {
    expect(ruleOf(draft)).toEqual({ boost: { tag: "physics/optics", factor: 2 } });
    expect(ruleOf({ ...draft, kind: "pin", of: "item", number: "1" })).toEqual({ pin: { item: "physics/optics", rank: 0 } });
    expect(ruleOf({ ...draft, kind: "exclude", of: "item" })).toEqual({ exclude: { item: "physics/optics" } });
    expect(ruleOf({ ...draft, kind: "must_have_tag" })).toEqual({ must_have_tag: "physics/optics" });
  });
  test("say what is missing", () => {
    expect(ruleOf({ ...draft, number: "20" })).toBe("A factor is 0.1 to 10.");
    expect(ruleOf({ ...draft, kind: "pin", number: "0" })).toBe("A place is 1 to 100.");
    expect(ruleOf({ ...draft, kind: "must_have_tag", text: " " })).toBe("Say which tag.");
  });
  test("are told in words", () => {
    expect(ruleText({ boost: { tag: "maps", factor: 0.5 } })).toBe("Lower items of maps by 0.5");
    expect(ruleText({ pin: { item: "a", rank: 0 } })).toBe("Pin the item a at place 1");
    expect(ruleText({ exclude: { item: "a" } }, () => "An atlas")).toBe("Never show An atlas");
  });
  test("name each item once", () => {
    const [pin, exclude] = [{ pin: { item: "a", rank: 0 } }, { exclude: { item: "a" } }];
    expect(itemsOf([pin, exclude, { boost: { tag: "maps", factor: 2 } }, { must_have_tag: "maps" }])).toEqual(["a"]);
  });
});

test("reasons name what was said", () => {
  expect(reasonText({ kind: "tag_followed", tag: "maps" })).toBe("Because of the tag maps");
  expect(reasonText({ kind: "liked", item: "a", title: "An atlas" })).toBe("Because An atlas is liked");
});

test("shares have one digit, differences a sign", () => {
  expect(percent(0.1234)).toBe("12.3 %");
  expect(percent(-0.05, true)).toBe("−5.0 %");
  expect(percent(0.05, true)).toBe("+5.0 %");
  expect(percent(null)).toBe("–");
});

test("what is not asked for stays out of the address", () => {
  expect(path("/x", { site: "a.example/b", q: "", tag: undefined, limit: 5 })).toBe("/x?site=a.example%2Fb&limit=5");
});
