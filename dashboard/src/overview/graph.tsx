/** The course of one number over the period, with the exact values on hover, by arrow keys and in a table. */

import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, lazy, Suspense, useMemo } from "react";

import { useAnswer } from "../api/queries";
import type { Interval, Metric } from "../api/types";
import { metricName } from "../format/number";
import { HowLong } from "./how";
import { Actions } from "./actions";
import { comparedFrom, knownFrom } from "./compared";
import { compared, question, useScope } from "./scope";
import { Failed } from "./states";

const Plot = lazy(() => import("./plotted"));

const INTERVAL_NAMES: Record<Interval, string> = { hour: "Hours", day: "Days", week: "Weeks", month: "Months" };

export function Graph({ metric }: { metric: Metric }) {
  const scope = useScope();
  const asked = {
    ...question(scope),
    metrics: [metric],
    interval: scope.interval,
    ...compared(scope),
  };
  const answer = useAnswer("series", asked, { growing: scope.growing });
  const data = useMemo(() => answer.data && knownFrom(comparedFrom(answer.data, scope.site.first_day), scope.site.first_day), [answer.data, scope.site.first_day]);
  // Nothing was collected in all of the period.
  const isBefore = data?.rows.length !== 0 && data?.rows.every((row) => row.values[0] === null) && data.how.window[1] < (scope.site.first_day ?? "");
  const rows = data?.rows.map((row) => [row.keys[0] ?? "", row.values[0] ?? null, row.compare?.[0] ?? null]) ?? [];
  return (
    <div className="graph">
      <div className="graph-top">
        <h2>{metricName(metric)}</h2>
        <Intervals />
      </div>
      <div className="graph-body" data-stale={answer.isPlaceholderData || undefined}>
        {answer.isError && !data ? (
          <Failed error={answer.error} retry={() => void answer.refetch()} />
        ) : data && isBefore ? (
          <p className="quiet">No data yet: the first day of this site is later.</p>
        ) : data ? (
          <Suspense fallback={<div className="ghost graph-ghost" />}>
            <Plot metric={metric} answer={data} />
          </Suspense>
        ) : (
          <div className="ghost graph-ghost" />
        )}
      </div>
      <div className="foot">
        {answer.data ? <HowLong how={answer.data.how} /> : <p className="how"> </p>}
        <Actions
          name={`${metric}-by-${scope.interval}`}
          of={`graph of ${metricName(metric).toLowerCase()}`}
          header={[scope.interval, metric, `${metric}_compared`]}
          rows={rows}
          form="series"
          asked={asked}
          answer={answer.data}
        />
      </div>
    </div>
  );
}

function Intervals() {
  const { view, interval, intervals } = useScope();
  if (intervals.length < 2) return null;
  return (
    <nav className="intervals" aria-label="Interval of the graph">
      {intervals.map((name) => (
        <Link
          key={name}
          to="."
          search={{ ...view, interval: name }}
          aria-current={name === interval || undefined}
        >
          {INTERVAL_NAMES[name]}
        </Link>
      ))}
    </nav>
  );
}

/** Moves through buckets with the keys of a slider; undefined for other keys. */
export function moved(event: KeyboardEvent, at: number | undefined, count: number): number | undefined {
  const now = at ?? (event.key === "ArrowLeft" ? count : -1);
  const to: Record<string, number> = {
    ArrowLeft: now - 1,
    ArrowRight: now + 1,
    PageUp: now - 7,
    PageDown: now + 7,
    Home: 0,
    End: count - 1,
  };
  const wanted = to[event.key];
  return wanted === undefined ? undefined : Math.min(count - 1, Math.max(0, wanted));
}
