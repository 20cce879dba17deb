import { expect, test } from "vitest";

import type { IntentDefinition } from "../api/types";
import { blank, defined, destroys, draft, placeOf, readEntry, writeEntry } from "./draft";

test("what is edited and left as it is is saved as it was", () => {
  const intents: IntentDefinition[] = [
    { name: "talk", examples: ["hello"] },
    { name: "ticket", examples: ["the [printer](thing) is broken", "x"], action: { webhook: "tickets" }, confirm: false, destructive: true, slots: { thing: { type: "choice", values: [{ value: "printer", synonyms: ["copier", "mfp"] }, { value: "screen" }], required: true } } },
    { name: "follow", examples: ["follow [a](t)"], action: "follow_tag", confirm: true, slots: { t: { type: "tag", many: true }, l: { type: "choice", list: "things", open: true } } },
  ];
  for (const intent of intents) expect(defined(draft(intent))).toEqual(intent);
});

test("values are written a line each, with other words behind a colon", () => {
  expect(readEntry(" screen : monitor, display ,")).toEqual({ value: "screen", synonyms: ["monitor", "display"] });
  expect(readEntry("screen")).toEqual({ value: "screen" });
  expect(writeEntry({ value: "screen", synonyms: ["monitor"] })).toBe("screen: monitor");
});

test("what destroys is told by its action, its word or its webhook's name", () => {
  expect(destroys({ ...blank(), action: "forget_me" })).toBe(true);
  expect(destroys({ ...blank(), action: "webhook", webhook: "Delete-account" })).toBe(true);
  expect(destroys({ ...blank(), action: "webhook", webhook: "tickets", destructive: true })).toBe(true);
  expect(destroys({ ...blank(), action: "find_content", webhook: "delete" })).toBe(false);
});

test("mistakes are found by their place", () => {
  expect(placeOf("/intents/3/examples/2")).toEqual({ intent: 3, rest: "example 3" });
  expect(placeOf("/intents/0/slots/when/type")).toEqual({ intent: 0, rest: "slots when type" });
  expect(placeOf("/lists/things")).toBeUndefined();
  expect(placeOf(undefined)).toBeUndefined();
});
