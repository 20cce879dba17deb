import { describe, expect, it } from "vitest";

import { parseView, writeView } from "../view/view";
import { withOwn } from "./own";
import { readStep, selectorSentence, type Step, writeStep } from "./selectors";

const STEPS: Step[] = [
  { event: "Search" },
  { event: "" },
  { page: "/items/*", scroll: 50 },
  { goal: "Signed up, paid: yes" },
  { event: "Buy", optional: true, label: "Bought, at last", filters: [["is", "country", ["AT", "DE"]], ["set", "prop:plan"]] },
];

describe("selectors in the address", () => {
  it("are read back as they were written", () => {
    for (const step of STEPS) expect(readStep(writeStep(step))).toEqual(step);
  });

  it("survive the whole way through a link", () => {
    const view = withOwn({ period: "7d" }, { step: STEPS.map(writeStep), formula: "UNIQUES(A)/2, or so" });
    const query = writeView(view);
    expect(parseView(query)).toEqual(view);
    expect(parseView(query).own?.step?.map(readStep)).toEqual(STEPS);
  });

  it("leave out what makes no sense", () => {
    expect(readStep("page,/a,scroll:900,f:is,colour:red")).toEqual({ page: "/a" });
    expect(readStep("nothing,Search")).toEqual({ event: "Search" });
  });

  it("say what they mean", () => {
    expect(selectorSentence({ event: "pageview" })).toBe("Page view");
    expect(selectorSentence({ page: "/help", scroll: 75, filters: [["is", "country", ["AT"]]] })).toBe("/help, scrolled to 75% where Country is Austria");
  });
});
