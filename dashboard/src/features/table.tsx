/** Features by how many people used them; each opens to the customers behind it. */

import type { UseQueryResult } from "@tanstack/react-query";
import { Fragment, useState } from "react";

import type { FeatureRow, FeaturesAnswer, FeaturesAsked } from "../api/types";
import { say } from "../format/number";
import { Changed } from "../parts/changed";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { Spark } from "../parts/spark";

export function FeatureTable({ answer, asked }: { answer: UseQueryResult<FeaturesAnswer>; asked: FeaturesAsked }) {
  return (
    <Sheet title="Features in this period">
      <Answered answer={answer}>
        {(data) =>
          data.rows.length === 0 ? (
            <div className="state">
              <p className="state-title">No feature yet</p>
              <p>A feature is a set of events and pages that together are one part of your product. Name the first one below.</p>
            </div>
          ) : (
            <>
              <Table data={data} />
              <Hidden data={data} what="features" />
            </>
          )
        }
      </Answered>
      {answer.data && (
        <Foot
          name="features"
          of="features"
          header={["feature", "visitors", "adoption", "uses", "uses_per_visitor", "repeat_rate", ...answer.data.labels]}
          rows={answer.data.rows.map((row) => [row.feature, row.visitors, row.adoption, row.uses, row.uses_per_visitor, row.repeat_rate, ...row.trend])}
          kind="features"
          asked={asked}
          data={answer.data}
        />
      )}
    </Sheet>
  );
}

function Table({ data }: { data: FeaturesAnswer }) {
  const [open, setOpen] = useState<string>();
  const comparing = data.how.compare_window !== null;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table of features">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Feature</th>
            <th scope="col">People</th>
            <th scope="col">Of all people</th>
            <th scope="col">Uses</th>
            <th scope="col">Per person</th>
            <th scope="col">Used again</th>
            <th scope="col">Course</th>
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
                <td>{say("events", row.uses)}</td>
                <td>{say("views_per_visit", row.uses_per_visitor)}</td>
                <td>{say("percentage", row.repeat_rate)}</td>
                <td>
                  <Spark label={`${row.feature}, people per day`} points={row.trend} />
                </td>
              </tr>
              {open === row.feature && row.customers.map((customer) => <Customer key={customer.key} customer={customer} floor={data.hidden.floor} />)}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Customer({ customer, floor }: { customer: FeatureRow["customers"][number]; floor: number }) {
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
      <td colSpan={4} />
    </tr>
  );
}
