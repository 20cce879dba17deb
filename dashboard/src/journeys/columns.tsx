/** A column for each step; choosing one shows how many came from where and went where. */

import { Link } from "@tanstack/react-router";

import type { JourneysAnswer } from "../api/types";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { withOwn } from "../parts/own";
import { joined } from "../view/view";
import { Chosen, stepName, touching } from "./chosen";
import { columnName, type JourneysState, stopped } from "./state";

export function Columns({ data, state }: { data: JourneysAnswer; state: JourneysState }) {
  const { view } = useScope();
  const found = touching(data, state.walk);
  // What is counted together would make every single step look small.
  const most = Math.max(1, ...data.columns.flat().map((node) => (node.kind === "other" ? 0 : (node.visits ?? 0))));
  return (
    <>
      <Chosen data={data} state={state} />
      <div className="journey" tabIndex={0} role="region" aria-label="Columns of steps">
        {data.columns.map((column, n) => {
          const all = column.reduce((sum, node) => sum + (node.visits ?? 0), 0);
          const told = column.flatMap((node) => (node.dropped === null ? [] : [node.dropped]));
          const left = told.length > 0 ? told.reduce((sum, some) => sum + some, 0) : undefined;
          return (
            <section key={n} className="journey-column" aria-label={columnName(state.direction, n)}>
              <h3>
                {columnName(state.direction, n)} <span className="quiet">{say("visits", all)}</span>
              </h3>
              <ul>
                {column.map((node, at) => {
                  const here = state.walk?.column === n && found?.at === at;
                  const flow = found?.flows.get(`${n}-${at}`);
                  const near = found && state.walk && Math.abs(state.walk.column - n) === 1;
                  const shown = near ? (flow ?? null) : node.visits;
                  const dim = found !== undefined && !here && (near ? flow === undefined : true);
                  const name = stepName(node.key, state.unit);
                  return (
                    <li key={`${node.kind}${node.key}`} data-dim={dim || undefined}>
                      <Link
                        to="."
                        search={withOwn(view, { walk: here ? undefined : [joined([String(n), node.key])] })}
                        resetScroll={false}
                        className="journey-node"
                        aria-current={here ? "true" : undefined}
                        activeProps={{}}
                      >
                        <span className="row-bar" style={{ width: `${node.kind === "other" ? 0 : (100 * (shown ?? 0)) / most}%` }} aria-hidden="true" />
                        <span className={node.kind === "value" ? "row-name" : "row-name row-odd"} title={name}>
                          {name}
                        </span>{" "}
                        <span className="row-value">
                          {near && flow === undefined ? "" : say("visits", shown)}
                          <span className="visually-hidden"> visits</span>
                        </span>
                      </Link>
                    </li>
                  );
                })}
              </ul>
              <p className="journey-left quiet small">
                {left !== undefined && `${told.length < column.length ? "at least " : ""}${say("visits", left)} ${stopped(state.direction)}`}
                {left !== undefined && all > 0 && ` (${say("percentage", (100 * left) / all)})`}
              </p>
            </section>
          );
        })}
      </div>
    </>
  );
}
