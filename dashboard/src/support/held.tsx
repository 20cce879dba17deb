/** What a member sees of themselves, for the minutes that it is shown. */

import { Button } from "@mantine/core";

import type { Seen } from "../api/types";
import { counted } from "../format/number";
import { Sheet } from "../parts/sheet";
import { flat } from "./flat";

export function Held({ seen, onHide }: { seen: Seen; onHide: () => void }) {
  const { held, recent_activity: rows, recent_days: days, not_told: not } = seen.export;
  return (
    <>
      <Sheet
        title="What the member sees"
        aside={
          <Button size="xs" onClick={onHide}>
            Hide now
          </Button>
        }
      >
        <div className="sheet-body">
          <p className="quiet">It goes from this screen by itself after {counted(Math.round(seen.seconds / 60), "minute", "minutes")}, and cannot be opened again without another code.</p>
          <dl className="facts">
            {flat(held).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      </Sheet>
      <Sheet title={`What they did in the last ${days} days`}>
        {rows.length === 0 ? (
          <div className="sheet-body">
            <p className="quiet">Nothing that can be told to be theirs.</p>
          </div>
        ) : (
          <div className="table-scroll" tabIndex={0} role="region" aria-label="What they did">
            <table className="table words">
              <thead>
                <tr>
                  <th scope="col">About</th>
                  <th scope="col">What</th>
                  <th scope="col">Page</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row, at) => (
                  <tr key={at}>
                    <th scope="row">{row.about}</th>
                    <td>{row.words["event"]}</td>
                    <td>{row.words["page"]}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Sheet>
      <Sheet title="What cannot be told">
        <div className="sheet-body">
          <ul className="plain">
            {not.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      </Sheet>
    </>
  );
}
