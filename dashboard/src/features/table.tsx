/** Features by how many people used them, what stands out among them; each opens to the customers behind it. */

import type { UseQueryResult } from "@tanstack/react-query";
import { Fragment, useState } from "react";

import type { FeatureRow, FeaturesAnswer, FeaturesAsked } from "../api/types";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { Changed } from "../parts/changed";
import { useDefinitions } from "../parts/definitions";
import { Choice } from "../parts/fields";
import { useOwn } from "../parts/own";
import { readStep, writeStep } from "../parts/selectors";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { Spark } from "../parts/spark";
import { factor, glance, type Growth, growth, readings, type Said, type Worth } from "./glance";
import { useWorth } from "./worth";

export function FeatureTable({ answer, asked }: { answer: UseQueryResult<FeaturesAnswer>; asked: FeaturesAsked }) {
  const own = useOwn();
  const { interval } = useScope();
  const goals = Object.keys(useDefinitions().data?.goals ?? {});
  const told = own.all("goal")[0];
  const named = told === undefined ? undefined : readStep(told).goal;
  // What came together on a day is told by rows only.
  const fromRows = answer.data?.how.life !== "history";
  const goal = !fromRows ? undefined : named !== undefined && goals.includes(named) ? named : goals[0];
  const rows = answer.data?.rows ?? [];
  const { worth, pending } = useWorth(rows, goal);
  const options = { weekly: interval === "day", running: answer.data?.how.partial_last ?? false };
  const growths = new Map(rows.flatMap((row): [string, Growth][] => {
    const grown = growth(row, options);
    return grown ? [[row.feature, grown]] : [];
  }));
  return (
    <Sheet
      title="Features in this period"
      className="aside-fields"
      aside={goal !== undefined && rows.length > 0 && <Choice label="Goal" value={goal} options={goals.map((name): [string, string] => [name, name])} onChange={(name) => own.put({ goal: [writeStep({ goal: name })] })} />}
    >
      <Answered answer={answer}>
        {(data) =>
          data.rows.length === 0 ? (
            <div className="state">
              <p className="state-title">No feature yet</p>
              <p>A feature is a set of events and pages that together are one part of your product. Name the first one below.</p>
            </div>
          ) : (
            <>
              <Glance said={glance({ rows, worth, growths, goal })} pending={pending} />
              <Table data={data} goal={goal} worth={worth} pending={pending} growths={growths} />
              {goal !== undefined && (
                <p className="sheet-line quiet small">
                  What people reach on the day they use a feature goes with it; that does not say that one leads to the other.
                </p>
              )}
              <Hidden data={data} what="features" />
            </>
          )
        }
      </Answered>
      {answer.data && (
        <Foot
          name="features"
          of="features"
          header={["feature", "visitors", "adoption", "uses", "uses_per_visitor", "repeat_rate", "goal_rate", ...answer.data.labels]}
          rows={answer.data.rows.map((row) => [row.feature, row.visitors, row.adoption, row.uses, row.uses_per_visitor, row.repeat_rate, worth.get(row.feature)?.reach ?? null, ...row.trend])}
          kind="features"
          asked={asked}
          data={answer.data}
        />
      )}
    </Sheet>
  );
}

function Glance({ said, pending }: { said: Said[]; pending: boolean }) {
  if (said.length === 0) return null;
  return (
    <dl className="glance" aria-label="Features at a glance" aria-busy={pending || undefined}>
      {said.map(({ about, feature, text }) => (
        <div key={about}>
          <dt>{about}</dt>
          <dd>
            <strong>{feature}</strong> <span className="quiet">{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface TableProps {
  data: FeaturesAnswer;
  goal: string | undefined;
  worth: Map<string, Worth>;
  pending: boolean;
  growths: Map<string, Growth>;
}

function Table({ data, goal, worth, pending, growths }: TableProps) {
  const [open, setOpen] = useState<string>();
  const comparing = data.how.compare_window !== null;
  const reading = readings(data.rows);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of features">
      <table className="table features-table">
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">People</th>
            <th scope="col">Of all people</th>
            <th scope="col">Per person</th>
            <th scope="col" title="More than once on one day">
              Used again
            </th>
            <th scope="col">Course</th>
            {goal !== undefined && <th scope="col">Reach “{goal}”</th>}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <Fragment key={row.feature}>
              <tr>
                <th scope="row" title={row.feature}>
                  {row.customers.length > 0 ? (
                    <button type="button" className="opens" aria-expanded={open === row.feature} onClick={() => setOpen(open === row.feature ? undefined : row.feature)}>
                      {row.feature}
                    </button>
                  ) : (
                    row.feature
                  )}
                  {reading.has(row.feature) && <span className="reading quiet small">{reading.get(row.feature)}</span>}
                </th>
                <td>
                  {say("visitors", row.visitors)}
                  {comparing && <Changed metric="visitors" now={row.visitors} before={row.previous?.visitors} />}
                </td>
                <td>
                  <span className="meter" aria-hidden="true">
                    <span style={{ width: `${Math.min(100, row.adoption ?? 0)}%` }} />
                  </span>
                  <strong>{say("percentage", row.adoption)}</strong>
                </td>
                <td>{say("views_per_visit", row.uses_per_visitor)}</td>
                <td>{say("percentage", row.repeat_rate)}</td>
                <td>
                  <Spark label={`${row.feature}, people per day`} points={row.trend} />
                  {!comparing && <Grown growth={growths.get(row.feature)} />}
                </td>
                {goal !== undefined && (
                  <td>
                    <Reach worth={worth.get(row.feature)} pending={pending} />
                  </td>
                )}
              </tr>
              {open === row.feature && row.customers.map((customer) => <Customer key={customer.key} customer={customer} floor={data.hidden.floor} rest={goal === undefined ? 3 : 4} />)}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Grown({ growth: grown }: { growth: Growth | undefined }) {
  if (!grown) return <span className="change" />;
  const size = Math.round(Math.abs(grown.by));
  return (
    <span className="change" title={`Against ${grown.against}`}>
      {size === 0 ? (
        "level"
      ) : (
        <>
          <span aria-hidden="true">{grown.by > 0 ? "↑" : "↓"}</span>
          <span className="visually-hidden">{grown.by > 0 ? "up" : "down"}</span> {size}%<span className="visually-hidden"> against {grown.against}</span>
        </>
      )}
    </span>
  );
}

function Reach({ worth, pending }: { worth: Worth | undefined; pending: boolean }) {
  if (worth?.itself) return <span className="quiet">is part of it</span>;
  if (!worth || worth.reach === null) return <span className="quiet">{pending ? "…" : "–"}</span>;
  return (
    <>
      <strong>{say("percentage", worth.reach)}</strong>
      {worth.times !== null && <span className="change">{factor(worth.times)} × all</span>}
    </>
  );
}

function Customer({ customer, floor, rest }: { customer: FeatureRow["customers"][number]; floor: number; rest: number }) {
  return (
    <tr className="under">
      <th scope="row">{customer.key}</th>
      {customer.visitors === null ? (
        <td colSpan={2} className="quiet">
          fewer than {floor} people
        </td>
      ) : (
        <>
          <td>{say("visitors", customer.visitors)}</td>
          <td>{say("percentage", customer.adoption)}</td>
        </>
      )}
      <td colSpan={rest} />
    </tr>
  );
}
