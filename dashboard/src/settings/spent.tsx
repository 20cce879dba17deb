/** What noise in history has cost so far, in a sentence. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import type { NoiseLedger } from "../api/types";
import { counted } from "../format/number";
import { useScope } from "../overview/scope";

export function Spent() {
  const { site } = useScope();
  const { data } = useQuery({ queryKey: ["noise", site.site], queryFn: ({ signal }) => api.noise(site.site, signal), retry: again });
  return data === undefined || data.days.length === 0 ? null : <>{spentSentence(data)}</>;
}

/** Whoever came on one day is told by that day only; whoever came on all of them spent on each. */
export function spentSentence({ days, most, total }: NoiseLedger): string {
  const last = days.at(-1);
  const each = `${counted(days.length, "day was", "days were")} released with noise so far; a visitor of one day spent at most ${shortEpsilon(most)}`;
  const all = days.length > 1 ? `, and somebody who was there on each of them ${shortEpsilon(total)}` : "";
  return last ? `${each}${all}. The last one is ${last.day}.` : "";
}

function shortEpsilon(epsilon: number): string {
  return String(Math.round(epsilon * 100) / 100);
}
