/** The six numbers of the period and the graph of the chosen one, on one sheet. */

import { Link } from "@tanstack/react-router";

import { useAnswer } from "../api/queries";
import type { Answer, Metric, Value } from "../api/types";
import { shortDay } from "../format/date";
import { change, metricName, say, sayShort } from "../format/number";
import { TILES } from "../view/view";
import { Graph } from "./graph";
import { compared, question, useScope } from "./scope";
import { Failed } from "./states";

export function useTotals() {
  const scope = useScope();
  const asked = { ...question(scope), metrics: [...TILES], ...compared(scope) };
  return useAnswer("totals", asked, { growing: scope.growing });
}

export function Headline() {
  const chosen = useScope().view.metric ?? "visitors";
  const answer = useTotals();
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
  const comparing = answer?.how.compare_window;
  // A window that began before there were rows would only tell how young they are.
  const tooEarly = Boolean(comparing && site.first_day && comparing[0] < site.first_day);
  const moved = tooEarly ? undefined : change(metric, value, before);
  return (
    <li>
      <Link
        to="."
        search={{ ...view, metric }}
        className="tile"
        aria-current={chosen || undefined}
      >
        <span className="tile-name">{metricName(metric)} </span>
        <span className="tile-value" title={value ? say(metric, value) : undefined}>
          {answer ? fitting(metric, value) : <span className="ghost" />}{" "}
        </span>
        <span className="tile-change">
          {!answer && <span className="ghost" />}
          {moved && moved.direction !== "same" && (
            <>
              <Arrow direction={moved.direction} /> {moved.amount}
              <span className="tile-before"> from {fitting(metric, before)}</span>
            </>
          )}
          {moved?.direction === "same" && <span className="tile-before">unchanged</span>}
          {comparing && !moved && <span className="tile-before">{notCompared(value, before, tooEarly ? site.first_day : null)}</span>}
        </span>
      </Link>
    </li>
  );
}

/** Why there is no change to tell. */
function notCompared(value: Value | undefined, before: Value | undefined, firstDay: string | null | undefined): string {
  if (firstDay) return `nothing before ${shortDay(firstDay)}`;
  if (value === null) return "not known";
  return before === 0 ? "from 0" : "not comparable";
}

/** Exact, unless it would not fit; then the exact number is in the title. */
function fitting(metric: Metric, value: Value | undefined): string {
  return value !== undefined && value !== null && value >= 1e6 ? sayShort(metric, value) : say(metric, value);
}

/** A change is an arrow and a figure, never a colour. The arrow has a word for those who listen. */
function Arrow({ direction }: { direction: "up" | "down" }) {
  return (
    <>
      <span aria-hidden="true">{direction === "up" ? "↑" : "↓"}</span>
      <span className="visually-hidden">{direction}</span>
    </>
  );
}
