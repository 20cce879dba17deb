/** What leaves the server: where it may go, and what went there in each hour. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import type { Egress } from "../api/types";
import { counted, whole } from "../format/number";
import { Answered, Sheet } from "../parts/sheet";

const OUTCOMES: Record<Egress["lines"][number]["outcome"], string> = {
  delivered: "taken",
  refused: "refused by the receiver",
  gone: "the receiver wants no more",
  unreachable: "not reached",
  blocked: "blocked: its name has an address that nothing may go to",
};

export function EgressSheet() {
  const egress = useQuery({ queryKey: ["egress"], queryFn: ({ signal }) => api.egress(signal), retry: again });
  return (
    <Sheet title="What leaves">
      <Answered answer={egress}>{(told) => <Told told={told} />}</Answered>
    </Sheet>
  );
}

function Told({ told: { destinations, waiting, kept_days, lines } }: { told: Egress }) {
  return (
    <>
      <div className="sheet-body">
        {destinations.length === 0 ? (
          <p>Nothing leaves this server: no destination is declared.</p>
        ) : (
          <p>
            Something may go to {destinations.map(({ name, host }) => `${name} (${host})`).join(", ")}, as the configuration declares. {waiting > 0 ? `${counted(waiting, "message waits", "messages wait")} to be taken. ` : ""}What was said is not kept; how often and how much is, for {kept_days} days, by the hour.
          </p>
        )}
      </div>
      {lines.length > 0 && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="What went out, by hour">
          <table className="table words spaced">
            <thead>
              <tr>
                <th scope="col">Hour (UTC)</th>
                <th scope="col">Where to</th>
                <th scope="col">What</th>
                <th scope="col">What became of it</th>
                <th scope="col" className="numeric">
                  Times
                </th>
                <th scope="col" className="numeric">
                  Bytes
                </th>
              </tr>
            </thead>
            <tbody>
              {lines.slice(0, 200).map((line) => (
                <tr key={`${line.hour} ${line.destination} ${line.kind} ${line.outcome}`}>
                  <th scope="row">{line.hour.replace("T", " ")}:00</th>
                  <td>{line.destination}</td>
                  <td>{line.kind}</td>
                  <td>{OUTCOMES[line.outcome]}</td>
                  <td className="numeric">{whole(line.attempts)}</td>
                  <td className="numeric">{whole(line.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
