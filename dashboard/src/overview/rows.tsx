/** Rows of a list. Each is a link that narrows the page to it. */

import { Link } from "@tanstack/react-router";

import type { Answer, Row } from "../api/types";
import { say, UNKNOWN, whole } from "../format/number";
import { narrowed } from "../view/filter";
import { valueName } from "../view/words";
import type { ListTab } from "./panels";
import { useScope } from "./scope";

/** Rows of a list before its details. */
export const SHOWN = 8;

export function Rows({ tab, answer }: { tab: ListTab; answer: Answer }) {
  // What is folded together is told with the hidden groups, once.
  const told = answer.rows.filter((row) => row.kind !== "other").slice(0, SHOWN);
  const folded = answer.rows.find((row) => row.kind === "other");
  const most = Math.max(1, ...told.map((row) => row.values[0] ?? 0));
  return (
    <>
      <div className="rows-head" aria-hidden="true">
        <span>{tab.label}</span>
        <span>People</span>
        <span className="rows-share">Share</span>
      </div>
      <ul className="rows">
        {told.map((row) => (
          <li key={`${row.kind}${row.keys[0]}`}>
            <OneRow tab={tab} row={row} part={(row.values[0] ?? 0) / most} />
          </li>
        ))}
        {answer.hidden.groups > 0 && (
          <li>
            <HiddenRow
              groups={answer.hidden.groups}
              floor={answer.hidden.floor}
              what={tab.what}
              folded={folded && say("visitors", folded.values[0])}
            />
          </li>
        )}
      </ul>
    </>
  );
}

function OneRow({ tab, row, part }: { tab: ListTab; row: Row; part: number }) {
  const { view } = useScope();
  const value = row.keys[0] ?? "";
  const name = valueName(tab.dimension, value);
  const people = say("visitors", row.values[0]);
  const share = say("percentage", row.values[1]);
  const inside = (
    <>
      <span className="row-bar" style={{ width: `${Math.round(part * 1000) / 10}%` }} aria-hidden="true" />
      <span className={row.kind === "value" ? "row-name" : "row-name row-odd"} title={name}>
        {name}{" "}
      </span>
      <span className="row-value">
        {people}
        <span className="visually-hidden"> people </span>
      </span>
      <span className="row-share">{share === UNKNOWN ? "" : share}</span>
    </>
  );
  if (tab.links === false) return <div className="row">{inside}</div>;
  return (
    <Link
      to="."
      search={narrowed(view, tab.dimension, value)}
      className="row"
    >
      {inside}
    </Link>
  );
}

interface Hidden {
  groups: number;
  floor: number;
  what: string;
  /** People in all of them together, where that is told. */
  folded?: string | undefined;
}

/** What is behind the floor: how much of it, what became of it, and why. */
export function HiddenRow({ groups, floor, what, folded }: Hidden) {
  return (
    <details className="hidden-row">
      <summary>
        <span>
          {whole(groups)} more{folded && `, ${folded} people together`}
        </span>
        <span>fewer than {floor} people each</span>
      </summary>
      <p>
        These {what} are counted together and are in every total. They are not listed, so that nobody can be picked out by
        what they alone did.
      </p>
    </details>
  );
}
