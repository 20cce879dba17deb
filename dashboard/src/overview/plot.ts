/** The graph itself: what uPlot draws, in the colours of the page. */

import uPlot from "uplot";

import type { Interval, Metric, Value } from "../api/types";
import { bucketTick } from "../format/date";
import { isDuration, isRate, sayShort } from "../format/number";

export interface Series {
  keys: string[];
  values: Value[];
  compare: Value[] | null;
  interval: Interval;
  /** The last bucket is not over. */
  running: boolean;
}

const SIX = [10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000];
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((n) => [n, n * 1e3, n * 1e6]).sort((a, b) => a - b);

function steps(metric: Metric): number[] {
  if (isDuration(metric)) return SIX;
  if (isRate(metric)) return [1, 2, 5, 10, 20, 25, 50];
  return metric === "views_per_visit" ? [0.1, 0.2, 0.5, 1, 2, 5, 10] : WHOLE;
}

/** The top of the scale for what it has to hold: a little air, and never flat. */
export function top(metric: Metric, highest: number): number {
  const least = isRate(metric) ? 10 : isDuration(metric) ? 60 : metric === "views_per_visit" ? 2 : 10;
  const most = isRate(metric) && highest <= 100 ? 100 : Number.POSITIVE_INFINITY;
  return Math.min(most, Math.max(least, highest * 1.1));
}

/** The colour that a token has on this element now. */
function colour(element: Element, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  element.append(probe);
  const said = getComputedStyle(probe).color;
  probe.remove();
  return said;
}

/** Every how many buckets a label fits under the axis. */
export function labelStep(count: number, width: number, interval: Interval): number {
  const fit = Math.max(1, Math.floor(width / (interval === "hour" ? 56 : 72)));
  const nice = interval === "hour" ? [1, 2, 3, 4, 6, 12, 24, 48, 72, 168] : [1, 2, 4, 7, 14, 28, 56, 91, 182];
  const plain = interval === "day" ? nice : interval === "hour" ? nice : [1, 2, 3, 4, 6, 8, 12, 24, 52];
  return plain.find((step) => count / step <= fit) ?? Math.ceil(count / fit);
}

function isAlone(list: Value[], at: number): boolean {
  return (list[at - 1] ?? null) === null && (list[at + 1] ?? null) === null;
}

/** Draws into the element; `onBucket` is told which bucket the pointer is at. */
export function draw(
  place: HTMLElement,
  metric: Metric,
  series: Series,
  onBucket: (at: number | undefined, left: number) => void,
): uPlot {
  const { keys, values, compare, interval, running } = series;
  const [sea, soft, quiet, line] = ["sea", "sea-area", "quiet", "line"].map((token) => colour(place, token)) as [
    string,
    string,
    string,
    string,
  ];
  const last = values.length - 1;
  const done = values.map((value, at) => (running && at === last ? null : value));
  const tail = values.map((value, at) => (running && at >= last - 1 ? value : null));
  const highest = Math.max(0, ...values.map(Number), ...(compare ?? []).map(Number));
  const few = values.length <= 2;
  // A value between two that are not told has no line, so it gets a point.
  const lonely = (list: Value[], of: string): uPlot.Series.Points => ({
    show: true,
    size: 6,
    fill: of,
    stroke: of,
    filter: () => list.flatMap((value, at) => (value !== null && (few || isAlone(list, at)) ? [at] : [])),
  });
  const font = "12px 'Inter Variable', system-ui, sans-serif";
  const scale = top(metric, highest);

  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      padding: [8, 20, 0, 0],
      scales: {
        x: { time: false, range: () => (few ? [-0.5, Math.max(0.5, last + 0.5)] : [0, last]) },
        y: { range: () => [0, scale] },
      },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, width: 2, fill: colour(place, "sheet") } },
      axes: [
        {
          stroke: quiet,
          font,
          size: 28,
          gap: 8,
          grid: { show: false },
          ticks: { show: false },
          splits: (u) => {
            const step = labelStep(keys.length, u.bbox.width / devicePixelRatio, interval);
            return keys.map((_, at) => at).filter((at) => at % step === 0);
          },
          values: (_, at) => at.map((n) => bucketTick(keys[n] ?? "", interval)),
        },
        {
          stroke: quiet,
          font,
          size: 48,
          gap: 8,
          space: 48,
          incrs: steps(metric),
          grid: { stroke: line, width: 1 },
          ticks: { show: false },
          values: (_, ticks) => ticks.map((tick) => sayShort(metric, tick)),
        },
      ],
      series: [
        {},
        { stroke: quiet, width: 1.5, dash: [4, 4], spanGaps: false, points: lonely(compare ?? [], quiet) },
        { stroke: sea, width: 2, fill: soft, spanGaps: false, points: lonely(done, sea) },
        { stroke: sea, width: 2, fill: soft, dash: [6, 4], spanGaps: false, points: lonely(running ? tail : [], sea) },
      ],
      hooks: {
        setCursor: [
          (u) => {
            const at = u.cursor.idx;
            onBucket(at ?? undefined, at === null || at === undefined ? 0 : u.valToPos(at, "x") + u.bbox.left / devicePixelRatio);
          },
        ],
      },
    },
    [keys.map((_, at) => at), compare ?? keys.map(() => null), done, tail],
    place,
  );
  return plot;
}
