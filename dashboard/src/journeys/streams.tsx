/** The same journeys as streams between boxes. The columns hold the same numbers in words. */

import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import type { JourneysAnswer } from "../api/types";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { withOwn } from "../parts/own";
import { joined } from "../view/view";
import { Chosen, stepName, touching } from "./chosen";
import { BOX, layout } from "./layout";
import { columnName, type JourneysState, stopped } from "./state";

const HEIGHT = 420;
const COLUMN = 168;

export function Streams({ data, state }: { data: JourneysAnswer; state: JourneysState }) {
  const { view } = useScope();
  const navigate = useNavigate();
  const place = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const [over, setOver] = useState<string>();
  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setRoom(entry.contentRect.width));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const width = Math.max(room, data.columns.length * COLUMN);
  // Names of the last column need room at its right.
  const { boxes, bands, height } = layout(data, width - COLUMN + BOX, HEIGHT);
  const found = touching(data, state.walk);
  const isNear = (column: number, from: number, to: number) =>
    !state.walk || !found || (column === state.walk.column && from === found.at) || (column + 1 === state.walk.column && to === found.at);
  return (
    <>
      <Chosen data={data} state={state} />
      <div ref={place} className="streams" tabIndex={0} role="region" aria-label="Streams between steps">
        {room > 0 && (
          <svg width={width} height={height + 32} role="img" aria-label="Streams between steps; the columns hold the same numbers">
            {data.columns.map((_, n) => (
              <text key={n} className="axis" x={boxes.find((box) => box.column === n)?.x ?? 0} y={14}>
                {columnName(state.direction, n)}
              </text>
            ))}
            <g transform="translate(0 28)">
              {bands.map((band) => {
                const name = `${stepName(data.columns[band.column]?.[band.from]?.key ?? "", state.unit)} ${state.direction === "backward" ? "←" : "→"} ${stepName(data.columns[band.column + 1]?.[band.to]?.key ?? "", state.unit)}: ${say("visits", band.visits)} visits`;
                return (
                  <path
                    key={`${band.column}-${band.from}-${band.to}`}
                    className="stream"
                    data-dim={!isNear(band.column, band.from, band.to) || undefined}
                    d={band.path}
                    strokeWidth={band.width}
                    onPointerEnter={() => setOver(name)}
                    onPointerLeave={() => setOver(undefined)}
                  />
                );
              })}
              {boxes.map((box) => {
                const node = data.columns[box.column]?.[box.at];
                if (!node) return null;
                const here = state.walk?.column === box.column && found?.at === box.at;
                return (
                  <g
                    key={`${box.column}-${box.at}`}
                    className="stream-box"
                    onClick={() => void navigate({ to: ".", search: withOwn(view, { walk: here ? undefined : [joined([String(box.column), node.key])] }), resetScroll: false })}
                    onPointerEnter={() => setOver(`${stepName(node.key, state.unit)}: ${say("visits", node.visits)} visits`)}
                    onPointerLeave={() => setOver(undefined)}
                  >
                    <rect className="box" x={box.x} y={box.y} width={BOX} height={box.height} data-here={here || undefined} />
                    {box.lost > 0 && <rect className="box-lost" x={box.x} y={box.y + box.height - box.lost} width={BOX} height={box.lost} />}
                    {box.height >= 10 && (
                      <text className="box-name" x={box.x + BOX + 6} y={box.y + Math.min(box.height / 2 + 4, box.height - 1)}>
                        {short(stepName(node.key, state.unit))} <tspan className="quiet">{say("visits", node.visits)}</tspan>
                      </text>
                    )}
                  </g>
                );
              })}
            </g>
          </svg>
        )}
      </div>
      <p className="sheet-line quiet small">{over ?? `The lighter foot of a box is visits that ${stopped(state.direction)}.`}</p>
    </>
  );
}

function short(name: string): string {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}
