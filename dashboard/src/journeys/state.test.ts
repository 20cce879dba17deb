import { describe, expect, it } from "vitest";

import { parted } from "../view/view";
import type { Own } from "../view/view";
import { readJourneys, sections, toAsk, writeGroup } from "./state";

/** What `useOwn` gives, of an address. */
function of(own: Own) {
  return {
    all: (key: keyof Own) => own[key] ?? [],
    one: (key: keyof Own) => (own[key]?.[0] === undefined ? undefined : parted(own[key][0] ?? "")[0]),
    put: () => undefined,
  };
}

const BASE = { site: "example.org", period: { preset: "28d" } };

describe("journeys in the address", () => {
  it("ask for groups that are filled in, for more stops and for ways that begin alike", () => {
    const pages = [writeGroup({ name: "Items, all", pattern: "/items/**" }), writeGroup({ name: "", pattern: "/x" }), writeGroup({ name: "x", pattern: "x" })];
    const state = readJourneys(of({ pages, top: ["12"], via: ["/", "Items%2C all"] }));
    expect(toAsk(BASE, state)).toEqual({ ...BASE, top: 12, groups: [{ name: "Items, all", pattern: "/items/**" }], prefix: ["/", "Items, all"] });
  });

  it("are the usual ones where the address makes no sense", () => {
    const state = readJourneys(of({ top: ["2"], depth: ["eleven"] }));
    expect(toAsk(BASE, state)).toEqual(BASE);
    expect(toAsk(BASE, readJourneys(of({ depth: ["2"], via: ["/", "/a"] })))).toEqual({ ...BASE, depth: 2 });
    expect(toAsk(BASE, readJourneys(of({ unit: ["events"], pages: ["A,/a/**"] })))).toEqual({ ...BASE, unit: "events" });
  });
});

describe("sections", () => {
  it("are offered where several pages lie in them", () => {
    const keys = ["/", "/about", "/our-items/a", "/our-items/b", "/our-items/a", "/one/x", "/courses/a", "/courses/b/c", "/shop", "/shop/x"];
    expect(sections(keys, [{ name: "C", pattern: "/courses/**" }])).toEqual([
      { name: "Our items", pattern: "/our-items/**" },
      { name: "Shop", pattern: "/shop/**" },
    ]);
  });
});
