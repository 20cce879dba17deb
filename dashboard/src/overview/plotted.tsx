/** The drawn graph, what is told of the bucket under the pointer, and the table behind. Loaded after the numbers. */

import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import type { Answer, Metric } from "../api/types";
import { bucketName, comparedBucket, dayRange } from "../format/date";
import { change, changeAloud, metricName, say } from "../format/number";
import { moved } from "./graph";
import { draw, type Series } from "./plot";

export default function Plotted({ metric, answer }: { metric: Metric; answer: Answer }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [at, setAt] = useState<number>();
  const [left, setLeft] = useState(0);
  const scheme = useComputedColorScheme("light");
  const interval = answer.how.interval ?? "day";
  const keys = answer.rows.map((row) => row.keys[0] ?? "");
  const series: Series = {
    keys,
    values: answer.rows.map((row) => row.values[0] ?? null),
    compare: answer.how.compare_window ? answer.rows.map((row) => row.compare?.[0] ?? null) : null,
    interval,
    running: answer.how.partial_last,
  };

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const drawn = draw(element, metric, series, (bucket, x) => {
      setAt(bucket);
      setLeft(x);
    });
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
    // The answer holds everything that is drawn; the scheme changes its colours.
  }, [answer, metric, scheme]);

  function point(bucket: number | undefined) {
    const drawn = plot.current;
    if (!drawn) return;
    if (bucket === undefined) drawn.setCursor({ left: -10, top: -10 });
    else drawn.setCursor({ left: drawn.valToPos(bucket, "x"), top: 10 });
  }

  const told = at === undefined ? undefined : bucketTold(metric, answer, at);
  const [from, to] = answer.how.window;
  return (
    <figure className="plot">
      <div
        ref={place}
        className="plot-place"
        role="slider"
        tabIndex={0}
        aria-label={`${metricName(metric)}, ${dayRange(from, to)}. Arrow keys read single values`}
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={Math.max(1, keys.length)}
        aria-valuenow={(at ?? 0) + 1}
        aria-valuetext={told ? aloud(metric, told) : "No value chosen"}
        onKeyDown={(event) => {
          if (event.altKey || event.ctrlKey || event.metaKey) return;
          // The plot knows where the cursor is before it is rendered.
          const next = moved(event, plot.current?.cursor.idx ?? undefined, keys.length);
          if (next === undefined) return;
          event.preventDefault();
          point(next);
        }}
        onBlur={() => point(undefined)}
      />
      {told && (
        <div className="told" data-side={left > (place.current?.clientWidth ?? 0) / 2 ? "left" : "right"} style={{ left }} aria-hidden="true">
          <p>
            {told.name}
            {told.running && <span className="quiet"> so far</span>}
          </p>
          <p className="told-now">
            <span className="told-line" /> {told.unknown ? "not told" : say(metric, told.now)}
            {told.moved && (
              <span className="quiet">
                {" "}
                {told.moved.direction === "same" ? "unchanged" : `${told.moved.direction === "up" ? "↑" : "↓"} ${told.moved.amount}`}
              </span>
            )}
          </p>
          {told.before && (
            <p className="quiet">
              <span className="told-line dashed" /> {say(metric, told.before.value)} · {told.before.name}
            </p>
          )}
          {told.unknown && <p className="quiet">Too few people, or nothing to measure.</p>}
        </div>
      )}
      <Table metric={metric} answer={answer} />
    </figure>
  );
}

interface Told {
  name: string;
  now: number | null;
  running: boolean;
  unknown: boolean;
  before: { name: string; value: number | null } | undefined;
  moved: ReturnType<typeof change>;
}

function bucketTold(metric: Metric, answer: Answer, at: number): Told | undefined {
  const row = answer.rows[at];
  if (!row) return undefined;
  const interval = answer.how.interval ?? "day";
  const key = row.keys[0] ?? "";
  const now = row.values[0] ?? null;
  const first = answer.how.compare_window?.[0];
  const before = row.compare?.[0] ?? null;
  const running = answer.how.partial_last && at === answer.rows.length - 1;
  return {
    name: bucketName(key, interval),
    now,
    running,
    unknown: now === null,
    before: first && row.compare ? { name: comparedBucket(first, at, interval, key), value: before } : undefined,
    moved: running ? undefined : change(metric, now, before),
  };
}

function aloud(metric: Metric, told: Told): string {
  const now = told.unknown ? "not told" : say(metric, told.now);
  const before = told.before ? `, ${told.moved ? changeAloud(told.moved) : "compared with"} ${say(metric, told.before.value)}` : "";
  return `${told.name}${told.running ? " so far" : ""}: ${now}${before}`;
}

function Table({ metric, answer }: { metric: Metric; answer: Answer }) {
  const interval = answer.how.interval ?? "day";
  const comparing = answer.how.compare_window;
  return (
    <div className="visually-hidden">
      <table>
        <caption>{metricName(metric)} over the period</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">{metricName(metric)}</th>
            {comparing && <th scope="col">Compared with</th>}
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((row) => (
            <tr key={row.keys[0]}>
              <th scope="row">{bucketName(row.keys[0] ?? "", interval)}</th>
              <td>{row.values[0] === null ? "not told" : say(metric, row.values[0])}</td>
              {comparing && <td>{say(metric, row.compare?.[0])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
