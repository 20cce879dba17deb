/** The world by people. The list of countries says the same in words; the map is for the eye. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useAnswer } from "../api/queries";
import type { Answer } from "../api/types";
import { say } from "../format/number";
import { narrowed } from "../view/filter";
import { valueName } from "../view/words";
import { HEIGHT, WIDTH, countries } from "./atlas";
import { HowShort } from "./how";
import { question, useScope } from "./scope";
import { Failed, NotCollected } from "./states";

/** Shades from few to many. */
const SHADES = 5;

export default function WorldMap() {
  const scope = useScope();
  const collected = !scope.collection?.not_collected.includes("country");
  const atlas = useQuery({ queryKey: ["atlas"], queryFn: countries, staleTime: Number.POSITIVE_INFINITY });
  const asked = { ...question(scope), metrics: ["visitors" as const], dimension: "country", limit: 300 };
  const answer = useAnswer("breakdown", asked, { enabled: collected, growing: scope.growing });
  return (
    <section className="sheet map-sheet" aria-label="Map of countries" aria-busy={!answer.data || !atlas.data}>
      <h2 className="panel-title">Map</h2>
      {!collected && <NotCollected what="countries" />}
      {answer.isError && !answer.data && <Failed error={answer.error} retry={() => void answer.refetch()} />}
      {atlas.isError && <Failed error={atlas.error} retry={() => void atlas.refetch()} />}
      {collected && answer.data && atlas.data && <Drawn answer={answer.data} atlas={atlas.data} />}
      {collected && !(answer.data && atlas.data) && !answer.isError && !atlas.isError && <div className="ghost map-ghost" />}
      {answer.data && (
        <div className="foot">
          <HowShort how={answer.data.how} />
        </div>
      )}
    </section>
  );
}

function Drawn({ answer, atlas }: { answer: Answer; atlas: { code: string; path: string }[] }) {
  const { view } = useScope();
  const [over, setOver] = useState<string>();
  const people = new Map(answer.rows.map((row) => [row.keys[0] ?? "", row.values[0] ?? null]));
  const shade = shades([...people.values()].map(Number));
  const told = over ? people.get(over) : undefined;
  return (
    <div className="map">
      <p className="visually-hidden">The list of countries holds the same numbers.</p>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" onPointerLeave={() => setOver(undefined)}>
        {atlas.map(({ code, path }, at) => {
          const value = people.get(code);
          if (!value) return <path key={code || at} d={path} className="land" onPointerEnter={() => setOver(code || undefined)} />;
          return (
            <Link key={code} to="." search={narrowed(view, "country", code)} tabIndex={-1}>
              <path d={path} className="land" data-shade={shade(value)} onPointerEnter={() => setOver(code)} />
            </Link>
          );
        })}
      </svg>
      <p className="map-told">
        {over ? (
          <>
            <strong>{valueName("country", over)}</strong> {told ? `${say("visitors", told)} people` : noNumber(answer)}
          </>
        ) : (
          <span className="map-scale">
            few
            {Array.from({ length: SHADES }, (_, n) => (
              <i key={n} data-shade={n + 1} />
            ))}
            many
          </span>
        )}
      </p>
    </div>
  );
}

/** Steps of equal ratio from the least to the most: one large country does not make all others look alike. */
function shades(values: number[]): (value: number) => number {
  const logs = values.filter((value) => value > 0).map(Math.log);
  const [least, most] = [Math.min(...logs), Math.max(...logs)];
  if (most === least) return () => SHADES;
  return (value) => Math.max(1, Math.ceil(((Math.log(value) - least) / (most - least)) * SHADES));
}

function noNumber(answer: Answer): string {
  return answer.hidden.groups > 0 ? `nobody, or fewer than ${answer.hidden.floor} people` : "nobody";
}
