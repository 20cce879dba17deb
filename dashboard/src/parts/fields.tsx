/** Small fields: one of several words, a text, yes or no. */

import { type ReactNode, useId, useState } from "react";

import { dimensionName } from "../view/words";

interface ChoiceProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, hideLabel, value, options, onChange }: ChoiceProps<T>) {
  const all = options.some(([word]) => word === value) ? options : [[value, value] as const, ...options];
  return (
    <label className="choice">
      <span className={hideLabel ? "visually-hidden" : "choice-label"}>{label}</span>
      <select className="field" value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {all.map(([word, name]) => (
          <option key={word} value={word}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Check({ checked, onChange, children }: { checked: boolean; onChange: (checked: boolean) => void; children: ReactNode }) {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

interface TextProps {
  label: string;
  value: string;
  placeholder?: string;
  about?: ReactNode;
  wrong?: string | undefined;
  rows?: number;
  onChange: (value: string) => void;
}

export function Text({ label, value, placeholder, about, wrong, rows, onChange }: TextProps) {
  const id = useId();
  const given = {
    id,
    className: "field",
    value,
    placeholder,
    "aria-describedby": about || wrong ? `${id}-about` : undefined,
    "aria-invalid": wrong !== undefined || undefined,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  return (
    <div className="choice">
      <label className="choice-label" htmlFor={id}>
        {label}
      </label>
      {rows ? <textarea {...given} rows={rows} /> : <input type="text" autoComplete="off" {...given} />}
      {(about || wrong) && (
        <p id={`${id}-about`} className={wrong ? "wrong small" : "quiet small"}>
          {wrong ?? about}
        </p>
      )}
    </div>
  );
}

/** A text that counts once it is left or Enter is pressed, for what is asked of the server. */
export function LateText({ value, onChange, ...rest }: TextProps) {
  const [text, setText] = useState(value);
  const [before, setBefore] = useState(value);
  if (before !== value) {
    setBefore(value);
    setText(value);
  }
  const commit = () => text.trim() !== value && onChange(text.trim());
  return (
    <form
      className="late"
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
      onBlur={commit}
    >
      <Text {...rest} value={text} onChange={setText} />
    </form>
  );
}

interface SomeProps {
  label: string;
  options: readonly (readonly [string, string])[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Any of several words, each a button that is pressed or not. */
export function Some({ label, options, chosen, onChange }: SomeProps) {
  return (
    <div className="choice" role="group" aria-label={label}>
      <span className="choice-label" aria-hidden="true">
        {label}
      </span>
      <div className="some">
        {options.map(([word, name]) => {
          const on = chosen.includes(word);
          return (
            <button key={word} type="button" className="picked" aria-pressed={on} onClick={() => onChange(on ? chosen.filter((one) => one !== word) : [...chosen, word])}>
              {name}
            </button>
          );
        })}
      </div>
    </div>
  );
}

/** What answers are commonly split by. */
export const DIMENSIONS = [
  "source",
  "channel",
  "utm_campaign",
  "page",
  "entry_page",
  "country",
  "region",
  "browser",
  "os",
  "device",
  "screen",
  "item",
  "tag",
  "customer",
];

interface ByProps {
  label: string;
  /** What stands for no dimension; left out where one is needed. */
  none?: string;
  value: string;
  of?: readonly string[];
  onChange: (dimension: string) => void;
}

export function By({ label, none, value, of = DIMENSIONS, onChange }: ByProps) {
  const options = of.map((dimension): [string, string] => [dimension, dimensionName(dimension)]);
  const all: [string, string][] = none ? [["", none], ...options] : options;
  return <Choice label={label} value={value} options={all} onChange={onChange} />;
}
