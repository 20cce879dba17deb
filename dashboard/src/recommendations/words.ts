/** Reasons, rules and kinds of models in words. */

import type { Logic, Reason, Rule, Tier, What } from "./shapes";

export const LOGICS: readonly (readonly [Logic, string])[] = [
  ["for_you", "What fits the person"],
  ["similar", "What goes with the item that is looked at"],
  ["popular", "What many like"],
  ["trending", "What more people act on than usual"],
  ["latest", "What was published last"],
];

export const TIERS: Record<Tier, string> = {
  content: "By tags",
  neighbours: "By items that are liked together",
  head_and_tail: "Linear model of the items with the most members, neighbours for the others",
  linear: "Linear model of all items",
};

export function reasonText({ kind, tag, item, title }: Reason): string {
  const what = title ?? item ?? "";
  switch (kind) {
    case "tag_followed":
      return `Because of the tag ${tag ?? ""}`;
    case "liked":
      return `Because ${what} is liked`;
    case "bookmarked":
      return `Because ${what} is bookmarked`;
    case "similar_to":
      return `Goes with ${what}`;
    case "popular":
      return tag ? `Popular in ${tag}` : "Popular";
    case "trending":
      return "More people than usual act on it";
    case "new":
      return "New";
    case "editorial":
      return "Put here by a rule";
  }
}

/** The title of an item, if it is known. */
export type TitleOf = (id: string) => string | undefined;

const nobody: TitleOf = () => undefined;

/** A rule in words; items by their titles as far as they are known. */
export function ruleText(rule: Rule, titleOf = nobody): string {
  const item = (id: string) => titleOf(id) ?? `the item ${id}`;
  const named = (what: What) => ("item" in what ? item(what.item) : `items of ${what.tag}`);
  if ("pin" in rule) return `Pin ${item(rule.pin.item)} at place ${rule.pin.rank + 1}`;
  if ("boost" in rule) return `${rule.boost.factor < 1 ? "Lower" : "Raise"} ${named(rule.boost)} by ${rule.boost.factor}`;
  if ("exclude" in rule) return `Never show ${named(rule.exclude)}`;
  return `Only items of ${rule.must_have_tag}`;
}

/** The items that rules name, each once. */
export function itemsOf(rules: Rule[]): string[] {
  const ids = rules.flatMap((rule) => {
    if ("pin" in rule) return [rule.pin.item];
    const what = "boost" in rule ? rule.boost : "exclude" in rule ? rule.exclude : undefined;
    return what && "item" in what ? [what.item] : [];
  });
  return [...new Set(ids)];
}

export type RuleKind = "pin" | "boost" | "exclude" | "must_have_tag";

/** A rule as it is being written. */
export interface Draft {
  kind: RuleKind;
  of: "item" | "tag";
  text: string;
  number: string;
}

export const RULES: readonly (readonly [RuleKind, string])[] = [
  ["pin", "Pin an item"],
  ["boost", "Raise or lower"],
  ["exclude", "Never show"],
  ["must_have_tag", "Only items of a tag"],
];

/** The rule that was written, or what is missing. */
export function ruleOf({ kind, of, text, number }: Draft): Rule | string {
  const word = text.trim();
  if (word === "") return kind === "pin" || (kind !== "must_have_tag" && of === "item") ? "Say which item." : "Say which tag.";
  const what: What = of === "item" ? { item: word } : { tag: word };
  const value = Number(number);
  switch (kind) {
    case "pin":
      return Number.isInteger(value) && value >= 1 && value <= 100 ? { pin: { item: word, rank: value - 1 } } : "A place is 1 to 100.";
    case "boost":
      return value >= 0.1 && value <= 10 ? { boost: { ...what, factor: value } } : "A factor is 0.1 to 10.";
    case "exclude":
      return { exclude: what };
    case "must_have_tag":
      return { must_have_tag: word };
  }
}

/** A share as percent with one digit, with its sign if it is a difference. */
export function percent(share: number | null | undefined, signed = false): string {
  if (share === null || share === undefined) return "–";
  const text = `${(Math.abs(share) * 100).toFixed(1)} %`;
  if (!signed) return share < 0 ? `−${text}` : text;
  return share < 0 ? `−${text}` : `+${text}`;
}
