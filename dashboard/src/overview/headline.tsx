/** The six numbers of the period and the graph of the chosen one, on one sheet. */

import { Link } from "@tanstack/react-router";

import { useAnswer } from "../api/queries";
import type { Answer, Metric } from "../api/types";
import { change, changeAloud, metricName, say, sayShort, UNKNOWN } from "../format/number";
import { TILES } from "../view/view";
import { Graph } from "./graph";
import { compared, question, useScope } from "./scope";
import { Failed } from "./states";

export function Headline() {
  const scope = useScope();
  const chosen = scope.view.metric ?? "visitors";
  const answer = useAnswer(
    "totals",
    { ...question(scope), metrics: [...TILES], ...compared(scope) },
    { growing: scope.growing },
  );
  if (answer.isError && !answer.data) {
    return (
      <section className="sheet headline" aria-label="Numbers">
        <Failed error={answer.error} retry={() => void answer.refetch()} />
      </section>
    );
  }
  return (
    <section className="sheet headline" aria-label="Numbers">
      <ul className="tiles" data-stale={answer.isPlaceholderData || undefined}>
        {TILES.map((metric, at) => (
          <Tile key={metric} metric={metric} at={at} answer={answer.data} chosen={metric === chosen} />
        ))}
      </ul>
      <Graph metric={chosen} />
    </section>
  );
}

function Tile({ metric, at, answer, chosen }: { metric: Metric; at: number; answer: Answer | undefined; chosen: boolean }) {
  const { site, view } = useScope();
  const row = answer?.rows[0];
  const [value, before] = [row?.values[at], row?.compare?.[at]];
  const moved = change(metric, value, before);
  const comparing = answer?.how.compare_window;
  const aloud = [
    `${metricName(metric)}: ${value === null ? "not known" : say(metric, value)}`,
    moved && `${changeAloud(moved)} from ${say(metric, before)}`,
  ];
  return (
    <li>
      <Link
        to="/$site"
        params={{ site: site.site }}
        search={{ ...view, metric }}
        className="tile"
        aria-current={chosen || undefined}
        aria-label={answer ? aloud.filter(Boolean).join(", ") : metricName(metric)}
      >
        <span className="tile-name">{metricName(metric)}</span>
        <span className="tile-value" title={value ? say(metric, value) : undefined}>
          {answer ? (value !== undefined && value !== null && value >= 1e6 ? sayShort(metric, value) : say(metric, value)) : <span className="ghost" />}
        </span>
        <span className="tile-change">
          {!answer && <span className="ghost" />}
          {moved && (
            <>
              <Arrow direction={moved.direction} /> {moved.amount}
            </>
          )}
          {comparing && !moved && UNKNOWN}
          {moved && <span className="tile-before"> from {sayShort(metric, before)}</span>}
        </span>
      </Link>
    </li>
  );
}

/** A change is an arrow and a figure, never a colour. */
export function Arrow({ direction }: { direction: "up" | "down" | "same" }) {
  return <span aria-hidden="true">{direction === "up" ? "↑" : direction === "down" ? "↓" : "→"}</span>;
}
