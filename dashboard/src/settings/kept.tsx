/** What history keeps of everything saved, since when, and why not. */

import type { HistoryKeeps, SavedInHistory } from "../api/types";
import { longDay } from "../format/date";
import { useHistory } from "../parts/definitions";
import { Answered, Sheet } from "../parts/sheet";
import { dimensionName } from "../view/words";

const KINDS: Record<SavedInHistory["kind"], string> = { goals: "goal", features: "feature", funnels: "funnel", pairs: "pair" };

export function KeptSheet() {
  const history = useHistory();
  return (
    <Sheet title="Kept in history">
      <div className="sheet-body">
        <Answered answer={history} ghosts={3}>
          {(keeps) => <Kept keeps={keeps} />}
        </Answered>
      </div>
    </Sheet>
  );
}

function Kept({ keeps }: { keeps: HistoryKeeps }) {
  const { days, saved, members_since: members, page_to_page_since: ways } = keeps;
  return (
    <>
      <p className="measured">
        {days ? `Days from ${longDay(days[0])} to ${longDay(days[1])} are history. ` : "No day is history yet. "}
        {members && `Retention and lifecycle are kept since ${longDay(members)}. `}
        {ways && `Where visits go after each page is kept since ${longDay(ways)}.`}
      </p>
      {saved.length === 0 ? (
        <p className="quiet">Nothing is saved yet. Goals, features and funnels are kept from the close after they were saved on.</p>
      ) : (
        <ul className="pairs" aria-label="What is saved, in history">
          {saved.map((one) => (
            <li key={`${one.kind}/${one.name}`}>
              <span>
                {one.name} <span className="quiet small">{KINDS[one.kind]}</span>
              </span>
              <span className="quiet">{told(one)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** In a sentence. */
export function told({ kept, since, by, why }: Pick<SavedInHistory, "kept" | "since" | "by" | "why">): string {
  if (!kept) return `Not kept: ${why ?? "nothing tells it"}.`;
  if (!since) return "From the next close on.";
  const split = by.map((name) => dimensionName(name).toLowerCase()).join(", ");
  return split ? `Since ${longDay(since)}, by ${split} too.` : `Since ${longDay(since)}.`;
}
