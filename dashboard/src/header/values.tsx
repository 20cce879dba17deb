/** A field that suggests values of a dimension, out of what may be shown of the period: never more than a list shows. */

import { useDebouncedValue } from "@mantine/hooks";
import { type KeyboardEvent, useId, useState } from "react";

import { useAnswer } from "../api/queries";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { replaced } from "../view/filter";
import { dimensionName, valueName } from "../view/words";

interface Props {
  dimension: string;
  /** The place of the filter that is edited: it does not narrow its own suggestions. */
  nth: number;
  /** Any text may be entered, not only what is suggested. */
  free: boolean;
  chosen: string[];
  onChoose: (value: string) => void;
}

export function Values({ dimension, nth, free, chosen, onChoose }: Props) {
  const scope = useScope();
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [search] = useDebouncedValue(text.trim(), 150);
  // Countries are codes to the server and names to people: all of them are fetched and searched by name here.
  const named = dimension === "country" || dimension === "region";
  const others = { ...scope, view: replaced(scope.view, nth, undefined) };
  const answer = useAnswer("breakdown", {
    ...question(others),
    metrics: ["visitors"],
    dimension,
    limit: named ? 300 : 12,
    ...(search !== "" && !named ? { search } : {}),
  });
  // What was found for the text before stays until the new answer is there, so it is narrowed here as well.
  const rows = (answer.data?.rows ?? []).filter((row) => row.kind !== "other" && !chosen.includes(row.keys[0] ?? ""));
  const found = rows
    .filter((row) => valueName(dimension, row.keys[0] ?? "").toLowerCase().includes(text.trim().toLowerCase()))
    .slice(0, 8);
  const choose = (value: string) => {
    onChoose(value);
    setText("");
    setAt(0);
  };
  function keyed(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && text !== "") {
      const row = found[at];
      if (free) choose(text.trim());
      else if (row) choose(row.keys[0] ?? "");
    } else return;
    event.preventDefault();
  }
  const hint = free ? "Press Enter to take the text" : "Type to search";
  return (
    <div className="suggest">
      <label className="mantine-Input-label" htmlFor={id}>
        {dimensionName(dimension)}
      </label>
      <input
        id={id}
        className="field"
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={found.length > 0 ? `${id}-list` : undefined}
        aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={hint}
        value={text}
        data-autofocus
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={keyed}
      />
      {found.length > 0 && <ul id={`${id}-list`} role="listbox" aria-label={`${dimensionName(dimension)}: suggestions`} className="options">
        {found.map((row, n) => (
          <li
            key={row.keys[0]}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === at}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(row.keys[0] ?? "")}
          >
            <span>{valueName(dimension, row.keys[0] ?? "")}</span>
            <span className="quiet">{say("visitors", row.values[0])}</span>
          </li>
        ))}
      </ul>}
      {answer.isSuccess && found.length === 0 && (
        <p className="quiet small">
          {free ? "No value that may be shown contains this." : "Nothing that may be shown matches."}
        </p>
      )}
      {answer.isError && <p className="quiet small">Suggestions are not available: {answer.error.message}</p>}
    </div>
  );
}
