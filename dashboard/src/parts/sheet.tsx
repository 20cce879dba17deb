/** A sheet with a title, what it holds, and how that was counted. */

import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";

import type { Asks, Form, Told } from "../api/types";
import { clock, dayBefore, dayRange, longDay, withDays } from "../format/date";
import { type Cell } from "../format/csv";
import { sentence } from "../format/text";
import { Actions } from "../overview/actions";
import { howParts, precision } from "../overview/how";
import { HiddenRow } from "../overview/rows";
import { Failed, GhostRows } from "../overview/states";

interface SheetProps {
  title: string;
  /** At the right of the title. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Sheet({ title, aside, className = "", children }: SheetProps) {
  const id = useId();
  return (
    <section className={`sheet product ${className}`} aria-labelledby={id}>
      <div className="sheet-top">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** What was answered, or what stands in its place. The answer before stays, marked as such. */
export function Answered<T>({ answer, ghosts = 4, children }: { answer: UseQueryResult<T>; ghosts?: number; children: (data: T) => ReactNode }) {
  if (answer.data === undefined) {
    if (answer.isError) return <Failed error={answer.error} retry={() => void answer.refetch()} />;
    return (
      <div aria-busy="true">
        <GhostRows count={ghosts} />
      </div>
    );
  }
  return <div data-stale={answer.isPlaceholderData || undefined}>{children(answer.data)}</div>;
}

interface FootProps<K extends Form> {
  name: string;
  of: string;
  header: string[];
  rows: Cell[][];
  kind: K;
  asked: Asks[K];
  data: Told;
}

/** How it was counted, and what can be taken along. */
export function Foot<K extends Form>({ name, of, header, rows, kind, asked, data }: FootProps<K>) {
  return (
    <div className="foot">
      <div className="foot-how">
        <How data={data} of={of} />
        {data.how.life === "history" && (data.how.notes ?? []).length > 0 && <p className="how how-told">{(data.how.notes ?? []).map((note) => sentence(withDays(note))).join(" ")}</p>}
      </div>
      <Actions name={name} of={of} header={header} rows={rows} form={kind} asked={asked} answer={data} />
    </div>
  );
}

function How({ data: { how }, of }: { data: Told; of: string }) {
  // Of history they are said beside it.
  const notes = how.life === "history" ? [] : (how.notes ?? []);
  return (
    <details className="how how-long">
      <summary>
        <span className="visually-hidden">How {of} came about: </span>
        {howParts(how)}
      </summary>
      <ul className="how-notes">
        {how.unit && <li>Counted: {how.unit}.</li>}
        <li>
          {dayRange(how.window[0], how.window[1])}, days of {how.time_zone}.
        </li>
        <li>
          {how.floor > 1
            ? `Numbers of fewer than ${how.floor} people are not told; a dash stands in their place.`
            : "Groups of any size are told: this is a development setting."}{" "}
          {how.noise ? `Counts are ${precision(how)} (one standard error).` : how.rounded_to > 1 ? `Counts are rounded to ${how.rounded_to}.` : "Counts are exact."}
        </li>
        <li>
          {how.life === "history"
            ? `Counts are released when a day is over; the last one in this answer is ${longDay(dayBefore(how.fresh_as_of, how.time_zone))}.`
            : `Includes everything received until ${clock(how.fresh_as_of, how.time_zone)}.`}
        </li>
        {notes.map((note) => (
          <li key={note}>{sentence(withDays(note))}</li>
        ))}
      </ul>
    </details>
  );
}

/** Groups that are counted together, with what they are. */
export function Hidden({ data: { hidden }, what }: { data: Told; what: string }) {
  if (hidden.groups === 0) return null;
  return (
    <div className="hidden-under">
      <HiddenRow groups={hidden.groups} floor={hidden.floor} what={what} />
    </div>
  );
}
