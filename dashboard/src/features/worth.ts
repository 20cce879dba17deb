/** What a feature goes with: how many of its people reach a goal on the same day, beside how many of all people do. */

import { useQueries } from "@tanstack/react-query";

import { api } from "../api/client";
import { again, useAnswer } from "../api/queries";
import type { FeatureRow, FunnelAsked, Selector } from "../api/types";
import { question, useScope } from "../overview/scope";
import { useDefinitions } from "../parts/definitions";
import type { Worth } from "./glance";

/** Of so many features, most used first; each is a question of its own. */
const MOST = 12;

/** Events and pages that are the goal too. */
function holds(events: readonly Selector[], goal: Selector): boolean {
  return events.some((one) => one.event === goal.event && one.page === goal.page && one.scroll === goal.scroll);
}

export function useWorth(rows: readonly FeatureRow[], goal: string | undefined): { worth: Map<string, Worth>; pending: boolean } {
  const scope = useScope();
  const features = rows.map((row) => row.feature);
  const base = question(scope);
  const definitions = useDefinitions().data;
  const target = goal === undefined ? undefined : definitions?.goals[goal];
  const all = useAnswer("goals", base, { enabled: target !== undefined, growing: scope.growing });
  const rate = all.data?.rows.find((row) => row.goal === goal)?.conversion_rate ?? null;
  const asked = target && definitions ? features.slice(0, MOST).filter((feature) => definitions.features[feature] && !holds(definitions.features[feature].events, target)) : [];
  const answers = useQueries({
    queries: asked.map((feature) => {
      // Whichever comes first: what matters is that both happen on one day. Its first step is then who did either.
      const body: FunnelAsked = { ...base, steps: [{ feature }, { goal: goal ?? "" }], order: "any" };
      return { queryKey: ["insight", base.site, "funnel", body] as const, queryFn: ({ signal }: { signal: AbortSignal }) => api.ask("funnel", body, signal), staleTime: 60_000, retry: again };
    }),
  });
  const worth = new Map<string, Worth>();
  if (target && definitions) {
    for (const feature of features) {
      const events = definitions.features[feature]?.events;
      if (events && holds(events, target)) worth.set(feature, { reach: null, times: null, itself: true });
    }
  }
  asked.forEach((feature, at) => {
    const both = answers[at]?.data?.steps[1]?.visitors ?? null;
    const visitors = rows.find((row) => row.feature === feature)?.visitors;
    const reach = both === null || !visitors ? null : Math.min(100, (100 * both) / visitors);
    worth.set(feature, { reach, times: reach === null || !rate ? null : reach / rate });
  });
  return { worth, pending: target !== undefined && (all.isPending || answers.some((answer) => answer.isPending)) };
}
