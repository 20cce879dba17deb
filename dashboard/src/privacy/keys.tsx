/** The key tree and its age: what is destroyed with a key is destroyed in every copy. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import type { KeyTree } from "../api/types";
import { counted, whole } from "../format/number";
import { sentence } from "../format/text";
import { Answered, Sheet } from "../parts/sheet";

export function KeySheet() {
  const keys = useQuery({ queryKey: ["keys"], queryFn: ({ signal }) => api.keys(signal), retry: again });
  return (
    <Sheet title="Keys">
      <Answered answer={keys}>{(tree) => <Tree tree={tree} />}</Answered>
    </Sheet>
  );
}

function Tree({ tree }: { tree: KeyTree }) {
  const days = (n: number | null) => (n === null ? "–" : counted(n, "day", "days"));
  return (
    <>
      <div className="sheet-body">
        <p>{told(tree)}</p>
        {tree.doubts.map((doubt) => (
          <p key={doubt} className="problem">
            {sentence(doubt)}
          </p>
        ))}
      </div>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Keys by purpose">
        <table className="table words spaced">
          <thead>
            <tr>
              <th scope="col">What they protect</th>
              <th scope="col" className="numeric">
                Keys
              </th>
              <th scope="col" className="numeric">
                Oldest
              </th>
              <th scope="col" className="numeric">
                Youngest
              </th>
            </tr>
          </thead>
          <tbody>
            {tree.purposes.map((of) => (
              <tr key={of.purpose}>
                <th scope="row">{of.purpose}</th>
                <td className="numeric">{whole(of.keys)}</td>
                <td className="numeric">{days(of.oldest_days)}</td>
                <td className="numeric">{days(of.youngest_days)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function told({ provider, epoch, replaced_s, escrow_window_s }: KeyTree): string {
  const when = replaced_s === null ? "" : `, last on ${new Date(replaced_s * 1000).toISOString().slice(0, 16).replace("T", " at ")} UTC`;
  const escrow = escrow_window_s === 0 ? "No copy of an old root is kept, so what is destroyed is so at once." : `Copies of old roots may exist for ${counted(Math.ceil(escrow_window_s / 3600), "hour", "hours")}.`;
  return `The root lies in: ${provider}. It was replaced ${counted(epoch, "time", "times")}${when}. ${escrow}`;
}
