/** A column for each step; the step before stands behind it as a ghost, so that what is missing is seen. */

import { Link } from "@tanstack/react-router";

import type { FunnelAnswer, FunnelAsked, FunnelStep, Selector } from "../api/types";
import { say, whole } from "../format/number";
import { writeGroup } from "../journeys/state";
import { useScope } from "../overview/scope";
import { withOwn } from "../parts/own";
import { asSelector, writeStep } from "../parts/selectors";
import { Foot } from "../parts/sheet";
import { lengthOf } from "../parts/spread";
import { NoData } from "../overview/states";
import { shared, type View } from "../view/view";
import { ORDERS } from "./state";

export function Chart({ data, asked }: { data: FunnelAnswer; asked: FunnelAsked }) {
  const { steps } = data;
  const first = steps[0]?.visitors ?? null;
  if (first === 0) return <NoData what="people who began this funnel" />;
  return (
    <>
      <p className="funnel-headline">
        {data.conversion === null || first === null ? (
          <>
            <strong>Not told</strong> <span className="quiet">fewer than {data.hidden.floor} people went all the way, or began</span>
          </>
        ) : (
          <>
            <strong>{say("percentage", data.conversion)}</strong>{" "}
            <span className="quiet">
              of {whole(first)} people did all {steps.length} steps, {order(data)}
            </span>
          </>
        )}
      </p>
      {!!data.unfinished && (
        <p className="quiet small">
          {whole(data.unfinished)} linked members are not through yet, and may still be: their window is not over.
        </p>
      )}
      <MostLeft data={data} asked={asked} />
      <ol className="funnel" tabIndex={0} aria-label="Steps of the funnel">
        {steps.map((step, at) => (
          <Step key={`${at}-${step.label}`} step={step} at={at} before={at > 0 ? steps[at - 1] : undefined} first={first} floor={data.hidden.floor} />
        ))}
      </ol>
      <Foot
        name="funnel"
        of="this funnel"
        header={["step", "visitors", "of_first", "of_previous", "dropped", "median_s"]}
        rows={steps.map((s) => [s.label, s.visitors, s.of_first, s.of_previous, s.dropped, s.median_s])}
        kind="funnel"
        asked={asked}
        data={data}
      />
    </>
  );
}

/** Between which steps most people are lost: where to look first. */
function MostLeft({ data: { steps }, asked }: { data: FunnelAnswer; asked: FunnelAsked }) {
  const { site, view } = useScope();
  let found: { at: number; dropped: number } | undefined;
  // An optional step loses nobody: the next one is counted from the step before it.
  steps.forEach(({ dropped, optional }, at) => {
    if (at > 0 && !optional && dropped !== null && dropped > 0 && dropped > (found?.dropped ?? 0)) found = { at, dropped };
  });
  if (!found || steps.length < 3) return null;
  const { at, dropped } = found;
  const before = steps.slice(0, at).findLastIndex((step) => !step.optional);
  const [to, from, begin] = [steps[at], steps[before], asked.steps[before]];
  if (!to || !from || !begin) return null;
  const part = to.of_previous === null ? "" : ` (${say("percentage", 100 - to.of_previous)})`;
  return (
    <p className="funnel-most">
      Most are lost between <strong>{from.label}</strong> and <strong>{to.label}</strong>: {whole(dropped)} people{part}.{" "}
      <Link to="/$site/journeys" params={{ site: site.site }} search={onwards(view, begin, from.label)}>
        Where do people go from {from.label}?
      </Link>
    </p>
  );
}

/** Journeys that begin with a step. Pages that are one step of the funnel are one step there too. */
function onwards(view: View, begin: Selector, label: string): View {
  const pattern = begin.page?.includes("*") ? begin.page : undefined;
  return withOwn(shared(view), { start: [writeStep(asSelector(begin))], pages: pattern ? [writeGroup({ name: label, pattern })] : undefined });
}

function order({ how }: FunnelAnswer): string {
  const name = ORDERS.find(([mode]) => mode === how.mode)?.[1].toLowerCase() ?? "in this order";
  return how.window_s ? `${name}, within ${lengthOf(how.window_s)}` : name;
}

function Step({ step, at, before, first, floor }: { step: FunnelStep; at: number; before: FunnelStep | undefined; first: number | null; floor: number }) {
  const height = (visitors: number | null | undefined) => (visitors === null || visitors === undefined || !first ? 0 : Math.min(100, (100 * visitors) / first));
  const hidden = step.visitors === null;
  const left = step.dropped;
  return (
    <li className="funnel-step">
      <p className="funnel-name">
        <span className="step-place" aria-hidden="true">
          {at + 1}
        </span>
        <span title={step.label}>{step.label}</span>
        {step.optional && <span className="quiet small"> may be left out</span>}
      </p>
      <div className="funnel-column" aria-hidden="true">
        {before && <span className="funnel-ghost" style={{ height: `${height(before.visitors)}%` }} />}
        {hidden ? <span className="funnel-hidden" /> : <span className="funnel-bar" style={{ height: `${height(step.visitors)}%` }} />}
      </div>
      <p className="funnel-share">
        <strong>{hidden ? "Hidden" : say("percentage", step.of_first)}</strong>{" "}
        <span>{hidden ? `fewer than ${floor} people` : `${say("visitors", step.visitors)} people`}</span>
      </p>
      <p className="small quiet">
        {before && !hidden && (
          <>
            {say("percentage", step.of_previous)} continued
            {left !== null && <>, {whole(left)} left</>}
            {step.median_s !== null && <>, usually after {say("visit_duration", step.median_s)}</>}
          </>
        )}
        {!before && !hidden && "began"}
      </p>
    </li>
  );
}
