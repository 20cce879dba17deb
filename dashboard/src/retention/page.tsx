/** `/SITE/retention`: of those who came first in a week, how many are there again later. */

import { useAnswer } from "../api/queries";
import type { RetentionAnswer, RetentionAsked } from "../api/types";
import { longDay, shortDay } from "../format/date";
import { say } from "../format/number";
import { unfiltered, useScope } from "../overview/scope";
import { Choice, LateText } from "../parts/fields";
import { Frame } from "../parts/frame";
import { MembersOnly } from "../parts/members";
import { known, useOwn } from "../parts/own";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { best } from "./best";
import { readBrackets, writeBrackets } from "./brackets";

export function RetentionPage() {
  return (
    <Frame unfiltered title="Retention" about="Of the members who came for the first time in a week, how many are there again later.">
      <Content />
    </Frame>
  );
}

const MODES: readonly (readonly [NonNullable<RetentionAsked["mode"]>, string])[] = [
  ["n_day", "On just that day or week"],
  ["rolling", "Then or later (joins days)"],
  ["brackets", "In spans of your own"],
];

function Content() {
  const scope = useScope();
  const own = useOwn();
  const interval = known(["week", "day"], own.one("every"), "week");
  const mode = known(MODES.map(([name]) => name), own.one("mode"), "n_day");
  const action = own.one("action") ?? "";
  const brackets = readBrackets(own.one("window"));
  const asked: RetentionAsked = {
    ...unfiltered(scope),
    interval,
    ...(mode === "n_day" ? {} : { mode }),
    ...(mode === "brackets" ? { brackets } : {}),
    ...(action ? { action } : {}),
  };
  const answer = useAnswer("retention", asked, { growing: scope.growing });
  const actions = Object.keys(scope.collection?.plan.events ?? {});
  return (
    <>
      <section className="sheet product" aria-label="What counts as being there again">
        <div className="sheet-body editor-body">
          <div className="choices">
            <Choice
              label="By"
              value={interval}
              options={[
                ["week", "Weeks"],
                ["day", "Days"],
              ]}
              onChange={(every) => own.put({ every: every === "week" ? undefined : every })}
            />
            <Choice label="There again" value={mode} options={MODES} onChange={(name) => own.put({ mode: name === "n_day" ? undefined : name })} />
            <Choice label="By doing" value={action} options={[["", "Anything"] as [string, string], ...actions.map((name): [string, string] => [name, name])]} onChange={(name) => own.put({ action: name || undefined })} />
            {mode === "brackets" && <LateText label="Spans" value={writeBrackets(brackets)} about="Such as 0, 1, 2-3. More than one at a time joins days, which the settings must allow." onChange={(text) => own.put({ window: text || undefined })} />}
          </div>
        </div>
      </section>
      <Sheet title="Members there again">
        <Answered answer={answer} ghosts={8}>
          {(data) => (data.cohorts.length === 0 ? <MembersOnly hidden={data.hidden} /> : <Triangle data={data} />)}
        </Answered>
        {answer.data && (
          <>
            <Hidden data={answer.data} what="cohorts" />
            <Foot
              name="retention"
              of="retention"
              header={["cohort", "members", ...answer.data.columns]}
              rows={answer.data.cohorts.map((cohort) => [cohort.key, cohort.size, ...answer.data.columns.map((_, n) => cohort.cells[n]?.percent ?? null)])}
              kind="retention"
              asked={asked}
              data={answer.data}
            />
          </>
        )}
      </Sheet>
    </>
  );
}

function Triangle({ data }: { data: RetentionAnswer }) {
  const incomplete = data.cohorts.some((cohort) => cohort.cells.some((cell) => !cell.complete));
  const most = best(data);
  return (
    <>
      {most && (
        <p className="sheet-line">
          Those who came first {/^\d{4}-/.test(most.cohort) ? `in the week of ${longDay(most.cohort)}` : most.cohort} come back most: <strong>{say("percentage", most.percent)}</strong> are there in {most.column.toLowerCase()}, of all members{" "}
          {say("percentage", most.all)}.
        </p>
      )}
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Retention by cohort">
        <table className="triangle">
          <thead>
            <tr>
              <th scope="col">Came first in the week of</th>
              <th scope="col">Members</th>
              {data.columns.map((column) => (
                <th scope="col" key={column}>
                  {column.replace(/^./, (first) => first.toUpperCase())}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr className="triangle-total">
              <th scope="row">All</th>
              <td>{say("visitors", data.cohorts.reduce((sum, cohort) => sum + (cohort.size ?? 0), 0))}</td>
              {data.columns.map((column, n) => (
                <Cell key={column} cell={data.total[n]} about={`All, ${column}`} floor={data.hidden.floor} />
              ))}
            </tr>
            {data.cohorts.map((cohort) => (
              <tr key={cohort.key}>
                <th scope="row">{/^\d{4}-\d{2}-\d{2}/.test(cohort.key) ? shortDay(cohort.key) : cohort.key}</th>
                <td>{say("visitors", cohort.size)}</td>
                {data.columns.map((column, n) => (
                  <Cell key={column} cell={cohort.cells[n]} about={`Week of ${/^\d{4}-/.test(cohort.key) ? longDay(cohort.key) : cohort.key}, ${column}`} floor={data.hidden.floor} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="sheet-line quiet small">
        A hatched cell is fewer than {data.hidden.floor} members.{incomplete && " A star marks time that is not over: the number still grows."}
      </p>
    </>
  );
}

interface CellProps {
  cell: { percent: number | null; complete: boolean; members?: number | null } | undefined;
  about: string;
  floor: number;
}

/** Shades by the root of the percentage, so that small numbers still differ; never so dark that the text is lost. */
function Cell({ cell, about, floor }: CellProps) {
  if (!cell) return <td />;
  if (cell.percent === null) {
    return (
      <td className="heat-hidden" title={`${about}: fewer than ${floor} members`}>
        <span className="visually-hidden">not told</span>
      </td>
    );
  }
  const part = Math.round(Math.sqrt(cell.percent / 100) * 56);
  const members = cell.members === undefined || cell.members === null ? "" : `, ${say("visitors", cell.members)} members`;
  return (
    <td className="triangle-cell" style={{ "--part": `${part}%` } as React.CSSProperties} title={`${about}: ${say("percentage", cell.percent)}${members}${cell.complete ? "" : ", not over"}`}>
      {say("percentage", cell.percent)}
      {!cell.complete && (
        <>
          <span aria-hidden="true">*</span>
          <span className="visually-hidden"> so far</span>
        </>
      )}
    </td>
  );
}
