import { describe, expect, it } from "vitest";

import { parted } from "../view/view";
import type { Own } from "../view/view";
import type { Funnel } from "../api/types";
import { ofSaved, readFunnel, toAsk, toSave, writeExclusion } from "./state";

/** What `useOwn` gives, of an address. */
function of(own: Own) {
  return {
    all: (key: keyof Own) => own[key] ?? [],
    one: (key: keyof Own) => (own[key]?.[0] === undefined ? undefined : parted(own[key][0] ?? "")[0]),
    put: () => undefined,
  };
}

const BASE = { site: "example.org", period: { preset: "28d" } };

describe("a funnel in the address", () => {
  it("is asked for once every step is filled in", () => {
    expect(toAsk(BASE, readFunnel(of({ step: ["page,/", "event,"] })))).toBeUndefined();
    expect(toAsk(BASE, readFunnel(of({ step: ["page,/"] })))).toBeUndefined();
    expect(toAsk(BASE, readFunnel(of({ step: ["page,/", "event,Search,optional"] })))).toEqual({
      ...BASE,
      steps: [{ page: "/" }, { event: "Search", optional: true }],
    });
  });

  it("keeps rules only where they differ from the usual", () => {
    const exclude = [writeExclusion({ step: { event: "Help" }, after: 0, before: 1 }), writeExclusion({ step: { event: "Far" }, after: 0, before: 9 })];
    const state = readFunnel(of({ step: ["page,/", "event,Search"], order: ["strict"], window: ["1800"], exclude, group: ["device"], over: ["week"] }));
    expect(toAsk(BASE, state)).toEqual({
      ...BASE,
      steps: [{ page: "/" }, { event: "Search" }],
      order: "strict",
      window_s: 1800,
      exclude: [{ event: "Help", after: 0, before: 1 }],
      group: "device",
      over_time: "week",
    });
    const saved = { steps: [{ page: "/" }, { event: "Search" }], order: "strict", window_s: 1800, exclude: [{ event: "Help", after: 0, before: 1 }], group: "device" };
    expect(toSave(state)).toEqual(saved);
  });

  it("is the same when it is opened as when it was saved", () => {
    const saved: Funnel = {
      steps: [{ page: "/" }, { page: "/help", optional: true }, { event: "Search", label: "looks, for it" }],
      window_s: 600,
      exclude: [{ page: "/a,b", after: 0, before: 2 }],
      hold: "item",
      group: "device",
    };
    const { saved: _, step, window, exclude, hold, group } = ofSaved("x", saved);
    const address = { step, window: [window ?? ""], exclude, hold: [hold ?? ""], group: [group ?? ""] };
    expect(toSave(readFunnel(of(address)))).toEqual(saved);
  });

  it("is the usual one where the address makes no sense", () => {
    const state = readFunnel(of({ order: ["sideways"], window: ["soon"], over: ["minute"] }));
    expect([state.order, state.window_s, state.over]).toEqual(["ordered", 86_400, ""]);
  });
});
