/** Who of the staff did what kind of thing, and in which hour; never about whom. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import type { Audit } from "../api/types";
import { State } from "../overview/states";
import { Answered, Sheet } from "../parts/sheet";
import { hour } from "./hour";

const DEEDS: Record<string, string> = {
  saw_by_code: "saw what a member sees, by their code",
  had_forgotten: "had somebody forgotten",
  invited: "made a link for an account",
  changed_roles: "changed roles",
  removed_account: "removed an account",
  added_site: "added a site",
  changed_settings: "changed settings",
  changed_plan: "changed a plan",
  purged: "purged a mistake",
  changed_identity_keys: "changed keys of identity tokens",
  changed_intents: "changed intents",
};
const BY: Record<string, string> = { staff: "an account that is gone", program: "a program", "command line": "the command line" };

export function AuditSheet() {
  const audit = useQuery({ queryKey: ["audit"], queryFn: ({ signal }) => api.audit(signal), retry: again });
  return (
    <Sheet title="Who did what">
      <Answered answer={audit}>{(found) => <Entries found={found} />}</Answered>
    </Sheet>
  );
}

function Entries({ found: { entries, kept_days } }: { found: Audit }) {
  if (entries.length === 0) {
    return (
      <State title="Nothing yet">
        <p>What staff change, and what they see of members, is written down here for {kept_days} days: who and what, never about whom.</p>
      </State>
    );
  }
  return (
    <>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="What staff did">
        <table className="table words when-first">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">Did what</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, at) => (
              <tr key={at}>
                <th scope="row">{hour(entry.hour)}</th>
                <td>{entry.who ?? BY[entry.by] ?? entry.by}</td>
                <td>{DEEDS[entry.deed] ?? entry.deed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="under-table quiet small">Kept for {kept_days} days, of all sites. Never about whom.</p>
    </>
  );
}
