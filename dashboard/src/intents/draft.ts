/** Definitions while they are edited: lists of text as one writes them, and back. */

import type { IntentDefinition, IntentDefinitions, IntentEntry, IntentSlot } from "../api/types";

export const ACTIONS = [
  ["", "Nothing: the application decides"],
  ["find_content", "Find content"],
  ["recommend", "Recommend"],
  ["follow_tag", "Follow a tag"],
  ["bookmark", "Bookmark an item"],
  ["show_my_data", "Show their data"],
  ["forget_me", "Forget them"],
  ["open_report", "Open a report (staff)"],
  ["make_chart", "Make a chart (staff)"],
  ["webhook", "Call a webhook"],
] as const;

export const SLOT_TYPES = [
  ["choice", "One of several words"],
  ["tag", "Tag of the catalogue"],
  ["item", "Item of the catalogue"],
  ["date", "Day"],
  ["period", "Period"],
  ["comparison", "Comparison"],
  ["number", "Number"],
  ["ordinal", "First, second, …"],
  ["percentage", "Percentage"],
  ["duration", "Length of time"],
  ["page", "Page"],
] as const;

export interface DraftSlot {
  name: string;
  type: string;
  /** A value a line: `screen: monitor, display`. */
  values: string;
  list: string;
  open: boolean;
  required: boolean;
  many: boolean;
}

export interface Draft {
  /** Tells drafts apart while their names change. */
  key: number;
  name: string;
  /** One a line. */
  examples: string;
  action: string;
  webhook: string;
  /** As it comes: people are asked if the action is a webhook or destroys something. */
  confirm: "usual" | "always" | "never";
  destructive: boolean;
  slots: DraftSlot[];
}

let keys = 0;

export function blank(): Draft {
  keys += 1;
  return { key: keys, name: "", examples: "", action: "", webhook: "", confirm: "usual", destructive: false, slots: [] };
}

export function blankSlot(): DraftSlot {
  return { name: "", type: "choice", values: "", list: "", open: false, required: false, many: false };
}

export function draft(intent: IntentDefinition): Draft {
  const { action, confirm } = intent;
  const webhook = typeof action === "object" ? action.webhook : "";
  return {
    ...blank(),
    name: intent.name,
    examples: intent.examples.join("\n"),
    action: typeof action === "object" ? "webhook" : (action ?? ""),
    webhook,
    confirm: confirm === undefined ? "usual" : confirm ? "always" : "never",
    destructive: intent.destructive ?? false,
    slots: Object.entries(intent.slots ?? {}).map(([name, slot]) => draftSlot(name, slot)),
  };
}

function draftSlot(name: string, slot: IntentSlot): DraftSlot {
  return {
    name,
    type: slot.type ?? "choice",
    values: (slot.values ?? []).map(writeEntry).join("\n"),
    list: slot.list ?? "",
    open: slot.open ?? false,
    required: slot.required ?? false,
    many: slot.many ?? false,
  };
}

export function writeEntry({ value, synonyms = [] }: IntentEntry): string {
  return synonyms.length > 0 ? `${value}: ${synonyms.join(", ")}` : value;
}

export function readEntry(line: string): IntentEntry {
  const at = line.indexOf(":");
  if (at < 0) return { value: line.trim() };
  const synonyms = line
    .slice(at + 1)
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  return { value: line.slice(0, at).trim(), ...(synonyms.length > 0 ? { synonyms } : {}) };
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

export function defined(draft: Draft): IntentDefinition {
  const slots = Object.fromEntries(draft.slots.map((slot) => [slot.name.trim(), definedSlot(slot)]));
  const action = draft.action === "webhook" ? { webhook: draft.webhook.trim() } : draft.action;
  return {
    name: draft.name.trim(),
    examples: lines(draft.examples),
    ...(draft.slots.length > 0 ? { slots } : {}),
    ...(action === "" ? {} : { action }),
    ...(draft.confirm === "usual" ? {} : { confirm: draft.confirm === "always" }),
    ...(draft.destructive ? { destructive: true } : {}),
  };
}

function definedSlot(slot: DraftSlot): IntentSlot {
  const choice = slot.type === "choice";
  const values = lines(slot.values).map(readEntry);
  return {
    type: slot.type,
    ...(choice && slot.list !== "" ? { list: slot.list } : {}),
    ...(choice && slot.list === "" && values.length > 0 ? { values } : {}),
    ...(choice && slot.open ? { open: true } : {}),
    ...(slot.required ? { required: true } : {}),
    ...(slot.many ? { many: true } : {}),
  };
}

/** What is saved: the rest of the definitions stays as it is. */
export function whole(before: IntentDefinitions, drafts: Draft[]): IntentDefinitions {
  return { ...before, intents: drafts.map(defined) };
}

/** Whether people are asked before it is done, whatever else is said. */
export function destroys({ action, webhook, destructive }: Draft): boolean {
  const words = ["forget", "delete", "erase", "purge", "remove", "destroy", "drop", "wipe", "unsubscribe"];
  return destructive || action === "forget_me" || (action === "webhook" && words.some((word) => webhook.toLowerCase().includes(word)));
}

/** The intent that a mistake is in, by its place: `/intents/3/examples/2`. */
export function placeOf(pointer: string | undefined): { intent: number; rest: string } | undefined {
  const [, list, at, ...rest] = (pointer ?? "").split("/");
  if (list !== "intents" || !/^\d+$/.test(at ?? "")) return undefined;
  return { intent: Number(at), rest: rest.join(" ").replace(/^examples (\d+)$/, (_, n) => `example ${Number(n) + 1}`) };
}
