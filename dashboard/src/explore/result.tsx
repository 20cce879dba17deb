/** The answer: a graph of the courses, and a table of all of them. */

import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import type { Measure, SegmentationAnswer, SegmentationAsked, SegmentationSeries, Value } from "../api/types";
import { bucketName } from "../format/date";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { AllHidden, NoData } from "../overview/states";
import { Changed } from "../parts/changed";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { countRange, ranged, Spread } from "../parts/spread";
import Lines, { LOOKS, Sample } from "../parts/lines";
import { narrowed } from "../view/filter";
import { valueName } from "../view/words";
import { type ExploreState, INTERVAL_NAMES, MEASURE_NAMES } from "./state";

interface Props {
  answer: UseQueryResult<SegmentationAnswer>;
  asked: SegmentationAsked | undefined;
  state: ExploreState;
}

export function Result({ answer, asked, state }: Props) {
  const title = state.formula || MEASURE_NAMES[state.measure];
  if (!asked) {
    return (
      <Sheet title={title}>
        <div className="state">
          <p className="state-title">Something is missing</p>
          <p>{state.events.some((event) => Object.values(event).includes("")) ? "Fill in each event above" : "Name the property above"}; the numbers follow at once.</p>
        </div>
      </Sheet>
    );
  }
  return (
    <Sheet title={title} aside={state.measure === "frequency" ? undefined : <Intervals />}>
      <Answered answer={answer} ghosts={8}>
        {(data) => <Shown data={data} asked={asked} state={state} />}
      </Answered>
    </Sheet>
  );
}

function Shown({ data, asked, state }: { data: SegmentationAnswer; asked: SegmentationAsked; state: ExploreState }) {
  const series = data.series.filter((one) => one.kind !== "other");
  if (series.length === 0 && data.hidden.groups > 0) return <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what="groups" />;
  if (series.every((one) => one.total === 0)) return <NoData what="such events" />;
  const sayIt = told(data.measure, state.formula !== "");
  const named = series.map((one) => ({ ...one, name: nameOf(one, state) }));
  const frequency = data.measure === "frequency";
  return (
    <>
      {frequency ? (
        <div className="spreads">
          {named.map((one) => (
            <div key={one.name}>
              <h3>{one.name}</h3>
              <Spread label={`How often: ${one.name}`} of="people" ranges={ranged(one.buckets ?? [], (b) => [b.from, b.to, b.visitors], countRange)} />
            </div>
          ))}
        </div>
      ) : (
        <div className="graph-body">
            <Lines
              label={`${state.formula || MEASURE_NAMES[data.measure]} over time`}
              labels={data.labels}
              courses={named.slice(0, LOOKS).map((one) => ({ name: one.name, points: one.points ?? [], compare: named.length === 1 ? (one.compare ?? null) : null }))}
              interval={data.how.interval ?? "day"}
              running={data.how.partial_last}
              say={sayIt}
            />
        </div>
      )}
      <SeriesTable named={named} data={data} state={state} sayIt={sayIt} />
      <Hidden data={data} what="groups" />
      <Foot
        name="explore"
        of="these events"
        header={frequency ? ["series", "from", "to", "visitors"] : ["series", "total", ...data.labels]}
        rows={frequency ? data.series.flatMap((s) => (s.buckets ?? []).map((b) => [s.label, b.from, b.to, b.visitors])) : data.series.map((s) => [s.label, s.total, ...(s.points ?? [])])}
        kind="segmentation"
        asked={asked}
        data={data}
      />
    </>
  );
}

interface TableProps {
  named: (SegmentationSeries & { name: string })[];
  data: SegmentationAnswer;
  state: ExploreState;
  sayIt: (value: Value | undefined) => string;
}

function SeriesTable({ named, data, state, sayIt }: TableProps) {
  const { view } = useScope();
  const lined = data.measure !== "frequency";
  const few = data.labels.slice(-7);
  const from = data.labels.length - few.length;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of these events">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">{state.formula || !["uniques", "totals", "frequency"].includes(data.measure) ? "In all" : data.measure === "totals" ? "Times" : "People"}</th>
            {data.how.compare_window && <th scope="col">Change</th>}
            {lined &&
              few.map((key) => (
                <th scope="col" key={key}>
                  {bucketName(key, data.how.interval ?? "day").replace(/ \d{4}$/, "")}
                </th>
              ))}
          </tr>
        </thead>
        <tbody>
          {named.map((one, nth) => (
            <tr key={one.name}>
              <th scope="row" title={one.name} data-look={nth % LOOKS}>
                {lined && nth < LOOKS && <Sample />}{" "}
                {one.key !== null && one.kind === "value" && state.group ? (
                  <Link to="." search={narrowed(view, state.group, one.key)}>
                    {one.name}
                  </Link>
                ) : (
                  one.name
                )}
              </th>
              <td>
                <strong>{sayIt(one.total)}</strong>
              </td>
              {data.how.compare_window && (
                <td>
                  <Changed metric="events" now={one.total} before={one.compare_total} />
                </td>
              )}
              {lined && few.map((key, n) => <td key={key}>{sayIt(one.points?.[from + n])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {lined && named.length > LOOKS && <p className="quiet small">The graph shows the first {LOOKS}.</p>}
    </div>
  );
}

function Intervals() {
  const { view, interval, intervals } = useScope();
  if (intervals.length < 2) return null;
  return (
    <nav className="intervals" aria-label="Interval of the graph">
      {intervals.map((name) => (
        <Link key={name} to="." search={{ ...view, interval: name }} aria-current={name === interval ? "true" : undefined} activeProps={{}}>
          {INTERVAL_NAMES[name]}
        </Link>
      ))}
    </nav>
  );
}

/** How values of a measure are said. */
function told(measure: Measure, formula: boolean): (value: Value | undefined) => string {
  if (formula) return (value) => plain(value);
  if (measure === "active_percent") return (value) => say("percentage", value);
  return measure === "uniques" || measure === "totals" || measure === "frequency" ? (value) => say("events", value) : plain;
}

function plain(value: Value | undefined): string {
  return value === null || value === undefined || Number.isInteger(value) ? say("events", value) : say("views_per_visit", value);
}

function nameOf(one: SegmentationSeries, state: ExploreState): string {
  if (one.key !== null && state.group) return one.label.replace(one.key === "" ? / · $/ : one.key, one.key === "" ? ` · ${valueName(state.group, "")}` : valueName(state.group, one.key));
  return valueName("event", one.label);
}
