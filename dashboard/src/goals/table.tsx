/** The goals with their numbers. */

import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import type { GoalRow, GoalsAnswer, GoalsAsked } from "../api/types";
import { price, say } from "../format/number";
import { useScope } from "../overview/scope";
import { Changed } from "../parts/changed";
import { By } from "../parts/fields";
import { useOwn, withOwn } from "../parts/own";
import { writeStep } from "../parts/selectors";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { dimensionName, valueName } from "../view/words";

export const KINDS: Record<GoalRow["kind"], string> = { page: "page", event: "event", scroll: "scrolling" };

interface Props {
  answer: UseQueryResult<GoalsAnswer>;
  asked: GoalsAsked;
  group: string;
}

export function GoalTable({ answer, asked, group }: Props) {
  const own = useOwn();
  return (
    <Sheet title="Goals in this period" aside={<By label="Split by" none="Not split" value={group} onChange={(by) => own.put({ group: by || undefined })} />} className="aside-fields">
      <Answered answer={answer}>
        {(data) =>
          data.rows.length === 0 && data.hidden.groups === 0 ? (
            <div className="state">
              <p className="state-title">No goal yet</p>
              <p>A goal is a page, an event, or having scrolled so far. {data.suggestions.length > 0 ? "Take one of the suggestions, or add your own below." : "Add the first one below."}</p>
            </div>
          ) : (
            <>
              <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of goals">
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">Goal</th>
                      {group && <th scope="col">{dimensionName(group)}</th>}
                      <th scope="col">People</th>
                      <th scope="col">Times</th>
                      <th scope="col">{group ? "Share of the group" : "Conversion rate"}</th>
                      {data.rows.some((row) => row.revenue !== null) && <th scope="col">Revenue</th>}
                    </tr>
                  </thead>
                  <tbody>
                    {data.rows.map((row) => (
                      <Row key={`${row.goal} ${row.key ?? ""}`} row={row} group={group} money={data.rows.some((one) => one.revenue !== null)} comparing={data.how.compare_window !== null} />
                    ))}
                  </tbody>
                </table>
              </div>
              <Hidden data={data} what="goals" />
            </>
          )
        }
      </Answered>
      {answer.data && (
        <Foot
          name="goals"
          of="goals"
          header={["goal", "kind", ...(group ? [group] : []), "uniques", "total", "conversion_rate", "revenue", "currency"]}
          rows={answer.data.rows.map((row) => [row.goal, row.kind, ...(group ? [row.key ?? ""] : []), row.uniques, row.total, row.group_conversion_rate ?? row.conversion_rate, row.revenue, row.currency])}
          kind="goals"
          asked={asked}
          data={answer.data}
        />
      )}
    </Sheet>
  );
}

function Row({ row, group, money, comparing }: { row: GoalRow; group: string; money: boolean; comparing: boolean }) {
  const { view } = useScope();
  const rate = group ? row.group_conversion_rate : row.conversion_rate;
  return (
    <tr>
      <th scope="row" title={row.goal}>
        <Link to="." search={withOwn(view, { goal: [writeStep({ goal: row.goal })] })} hash="attribution">
          {row.goal}
        </Link>{" "}
        <span className="quiet small">{KINDS[row.kind]}</span>
      </th>
      {group && <td>{valueName(group, row.key ?? "")}</td>}
      <td>
        {say("visitors", row.uniques)}
        {comparing && <Changed metric="visitors" now={row.uniques} before={row.compare?.uniques} />}
      </td>
      <td>{say("events", row.total)}</td>
      <td>
        <strong>{say("percentage", rate)}</strong>
        {comparing && !group && <Changed metric="percentage" now={row.conversion_rate} before={row.compare?.conversion_rate} />}
      </td>
      {money && (
        <td>
          {price(row.revenue, row.currency)}
          {row.average_revenue !== null && <span className="quiet small"> {price(row.average_revenue, row.currency)} each</span>}
        </td>
      )}
    </tr>
  );
}
