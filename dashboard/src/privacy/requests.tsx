/** Requests of members: their states and receipts, and the way to have somebody forgotten. */

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../api/client";
import { again } from "../api/queries";
import type { Erasure, Erasures } from "../api/types";
import { download } from "../format/csv";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Answered, Sheet } from "../parts/sheet";
import { Forget } from "./forget";
import { hour } from "./hour";

const KINDS: Record<Erasure["kind"], string> = { erasure: "To be forgotten", access: "To see what is held", portability: "To take it along" };

export function RequestSheet() {
  const { site } = useScope();
  const [asking, setAsking] = useState(false);
  const requests = useQuery({ queryKey: ["erasures", site.site], queryFn: ({ signal }) => api.erasures(site.site, signal), retry: again });
  return (
    <Sheet
      title="Requests"
      aside={
        <Button size="xs" variant="default" onClick={() => setAsking(true)}>
          Forget somebody
        </Button>
      }
    >
      <Answered answer={requests}>{(found) => <Requests found={found} />}</Answered>
      {asking && <Forget onClose={() => setAsking(false)} />}
    </Sheet>
  );
}

function Requests({ found: { requests, kept_days } }: { found: Erasures }) {
  if (requests.length === 0) {
    return (
      <State title="No requests">
        <p>
          What members ask for on their own page is done at once and listed nowhere. What you, the application or another system asks for is listed here for {kept_days} days, without whom it was about.
        </p>
      </State>
    );
  }
  return (
    <>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Requests of members">
        <table className="table words when-first">
          <thead>
            <tr>
              <th scope="col">Asked</th>
              <th scope="col">For</th>
              <th scope="col">State</th>
              <th scope="col">Receipt</th>
              <th scope="col">Number</th>
            </tr>
          </thead>
          <tbody>
            {requests.map((request) => (
              <tr key={request.request_id}>
                <th scope="row">{hour(request.received)}</th>
                <td>{KINDS[request.kind]}</td>
                <td>{request.state === "completed" ? "Done" : `Destroyed; last rows gone by ${hour(request.settled)}`}</td>
                <td>
                  <Receipts request={request} />
                </td>
                <td>
                  <code>{request.request_id}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="under-table quiet small">Kept for {kept_days} days. Whom a request was about is kept nowhere.</p>
    </>
  );
}

function Receipts({ request }: { request: Erasure }) {
  if (request.receipts.length === 0) return <span className="quiet">none</span>;
  const name = `receipt-${request.request_id}`;
  const single = request.receipts.length === 1;
  return (
    <Button
      size="xs"
      variant="default"
      aria-label={`Download the receipt of ${request.request_id}`}
      onClick={() => download(`${name}.json`, JSON.stringify(single ? request.receipts[0] : request.receipts), "application/json")}
    >
      Download
    </Button>
  );
}
