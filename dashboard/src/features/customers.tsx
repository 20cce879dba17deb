/** Features by customer: the share of each customer's people who use them. */

import type { FeaturesAnswer, FeaturesAsked } from "../api/types";
import { say } from "../format/number";
import { Foot, Sheet } from "../parts/sheet";

/** Most customers in the table; each feature opens to its own. */
const MOST = 15;

export function Customers({ data, asked }: { data: FeaturesAnswer; asked: FeaturesAsked }) {
  const people = new Map<string, number>();
  for (const { customers } of data.rows) for (const { key, visitors } of customers) people.set(key, Math.max(people.get(key) ?? 0, visitors ?? 0));
  if (people.size === 0) return null;
  const names = [...people].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).slice(0, MOST).map(([key]) => key);
  const of = (customer: string) => data.rows.map((row) => row.customers.find(({ key }) => key === customer));
  return (
    <Sheet title="By customer">
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Features by customer">
        <table className="triangle every">
          <thead>
            <tr>
              <th scope="col">Of its people, how many use</th>
              {data.rows.map((row) => (
                <th scope="col" key={row.feature}>
                  {row.feature}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((customer) => (
              <tr key={customer}>
                <th scope="row">{customer}</th>
                {of(customer).map((cell, at) => {
                  const about = `${customer}, ${data.rows[at]?.feature}`;
                  if (cell && cell.adoption === null && cell.visitors !== null) {
                    return (
                      <td key={at} title={`${about}: their share is not told`}>
                        {say("visitors", cell.visitors)} people
                      </td>
                    );
                  }
                  if (!cell || cell.adoption === null) {
                    return (
                      <td key={at} className="heat-hidden" title={`${about}: nobody, or fewer than ${data.hidden.floor} people`}>
                        <span className="visually-hidden">not told</span>
                      </td>
                    );
                  }
                  const part = Math.round(Math.sqrt(Math.min(100, cell.adoption) / 100) * 56);
                  return (
                    <td key={at} className="triangle-cell" style={{ "--part": `${part}%` } as React.CSSProperties} title={`${about}: ${say("visitors", cell.visitors)} people`}>
                      {say("percentage", cell.adoption)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="sheet-line quiet small">A hatched cell is nobody, or fewer than {data.hidden.floor} people.</p>
      <Foot
        name="features-by-customer"
        of="features by customer"
        header={["customer", ...data.rows.map((row) => row.feature)]}
        rows={names.map((customer) => [customer, ...of(customer).map((cell) => cell?.adoption ?? null)])}
        kind="features"
        asked={asked}
        data={data}
      />
    </Sheet>
  );
}
