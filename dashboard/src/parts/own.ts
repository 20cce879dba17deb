/** What a page keeps in the address for itself. */

import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

import { useLatest, useScope } from "../overview/scope";
import { joined, type Own, type OwnKey, parted, type View } from "../view/view";

/** Words for a key; undefined or no words take it away. */
export type Change = Partial<Record<OwnKey, string | string[] | undefined>>;

/** The view with other values of a page's own keys. Lists hold values as they stand in the address. */
export function withOwn(view: View, change: Change): View {
  const own: Own = { ...view.own };
  for (const [key, value] of Object.entries(change) as [OwnKey, string | string[] | undefined][]) {
    const list = value === undefined ? [] : typeof value === "string" ? [joined([value])] : value;
    if (list.length > 0) own[key] = list;
    else delete own[key];
  }
  return { ...view, own: Object.keys(own).length > 0 ? own : undefined };
}

export function useOwn() {
  const { view } = useScope();
  const latest = useLatest();
  const navigate = useNavigate();
  const put = useCallback(
    (change: Change, replace = false) => void navigate({ to: ".", search: withOwn(latest().view, change), resetScroll: false, replace }),
    [latest, navigate],
  );
  return {
    /** All values of a key as they stand in the address. */
    all: (key: OwnKey): string[] => view.own?.[key] ?? [],
    /** The value of a key that has one. */
    one: (key: OwnKey): string | undefined => {
      const text = view.own?.[key]?.[0];
      return text === undefined ? undefined : (parted(text)[0] ?? "");
    },
    /** `replace`: as if the address had said so from the beginning. */
    put,
  };
}

/** The value if it is one of those known. */
export function known<T extends string>(words: readonly T[], told: string | undefined, otherwise: T): T {
  return words.find((word) => word === told) ?? otherwise;
}
