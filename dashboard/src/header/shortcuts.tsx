/** One-key shortcuts, as people know them from other tools; silent while somebody types. */

import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

import { useLatest } from "../overview/scope";
import { comparison, shifted } from "../view/period";
import type { View } from "../view/view";
import { ADD_FILTER } from "./filters";
import { SHOW_LIVE } from "./live";
import { ofPeriod, PRESET_KEYS, SHOW_CUSTOM } from "./period";

/** Shows the list of shortcuts. */
export const SHOW_SHEET = "outis:sheet";
/** Opens the field for questions in words. */
export const SHOW_ASK = "outis:ask";

const TAKES_KEYS = "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox], [role=slider]";

/** True while keys belong to what has the focus. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  if (document.querySelector("[role=dialog]")) return true;
  return event.target instanceof Element && event.target.closest(TAKES_KEYS) !== null;
}

/** Ctrl-K and ⌘K work wherever the focus is, and also where single keys are switched off. */
function isForAsking(event: KeyboardEvent): boolean {
  const pressed = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  return pressed && !event.defaultPrevented && !document.querySelector("[role=dialog]");
}

const say = (name: string) => window.dispatchEvent(new Event(name));

export function useShortcuts(): void {
  const { navigate } = useRouter();
  const latest = useLatest();
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      if (isForAsking(event)) {
        say(SHOW_ASK);
        event.preventDefault();
        return;
      }
      const { session, view, today, interval, intervals } = latest();
      if (session.preferences.shortcuts === false || isTaken(event)) return;
      const go = (search: View | undefined) => {
        if (search) void navigate({ to: ".", search });
      };
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const preset = PRESET_KEYS.find(([k]) => k === key)?.[1];
      if (preset) go(ofPeriod(view, preset));
      else if (key === "ArrowLeft") go(shifted(view, -1, today));
      else if (key === "ArrowRight") go(shifted(view, 1, today));
      else if (key === "x") go({ ...view, comparison: comparison(view) ? "off" : "previous_period" });
      else if (key === "i") go({ ...view, interval: intervals[(intervals.indexOf(interval) + 1) % intervals.length] });
      else if (key === "Escape" && view.f) go({ ...view, f: undefined });
      else if (key === "r") say(SHOW_LIVE);
      else if (key === "c") say(SHOW_CUSTOM);
      else if (key === "/") say(SHOW_ASK);
      else if (key === "+") say(ADD_FILTER);
      else if (key === "?") say(SHOW_SHEET);
      else if (/^\d$/.test(key)) {
        const other = session.sites[(Number(key) + 9) % 10];
        if (!other) return;
        void navigate({ to: "/$site", params: { site: other.site } });
      } else return;
      event.preventDefault();
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [latest, navigate]);
}
