/** A text field that suggests: arrow keys walk the list, Enter takes, Escape leaves the text as it was. */

import { type KeyboardEvent, useEffect, useId, useState } from "react";

export interface Option {
  value: string;
  label: string;
  hint?: string;
}

interface Props {
  label: string;
  value: string;
  placeholder?: string;
  options: Option[];
  /** Text that is not among the suggestions may be taken. */
  free?: boolean;
  /** The options are what was found for the text: none is left out. */
  all?: boolean;
  invalid?: string | undefined;
  onText?: (text: string) => void;
  onChoose: (value: string) => void;
}

export function Suggest({ label, value, placeholder, options, free, all, invalid, onText, onChoose }: Props) {
  const id = useId();
  const [text, setText] = useState<string>();
  const [at, setAt] = useState(-1);
  useEffect(() => setText(undefined), [value]);
  const open = text !== undefined;
  const shown = open ? text : (options.find((option) => option.value === value)?.label ?? value);
  const found = open ? options.filter((option) => all || option.label.toLowerCase().includes(text.trim().toLowerCase())).slice(0, 8) : [];
  const type = (now: string) => {
    setText(now);
    setAt(-1);
    onText?.(now.trim());
  };
  const take = (chosen: string) => {
    setText(undefined);
    if (chosen !== value && chosen !== "") onChoose(chosen);
  };
  const leave = () => {
    const typed = text?.trim() ?? "";
    const exact = options.find((option) => option.label === typed || option.value === typed);
    if (exact) take(exact.value);
    else if (free && typed !== "") take(typed);
    else setText(undefined);
  };
  function keyed(event: KeyboardEvent) {
    if (event.key === "ArrowDown") {
      if (!open) type("");
      setAt(Math.min(at + 1, (open ? found : options).length - 1));
    } else if (event.key === "ArrowUp") setAt(Math.max(at - 1, -1));
    else if (event.key === "Enter" && open) {
      const chosen = found[at] ?? (free ? undefined : found[0]);
      if (chosen) take(chosen.value);
      else leave();
    } else if (event.key === "Escape" && open) setText(undefined);
    else return;
    event.preventDefault();
  }
  return (
    <div className="suggest-field">
      <input
        className="field"
        role="combobox"
        aria-label={label}
        aria-expanded={found.length > 0}
        aria-controls={found.length > 0 ? `${id}-list` : undefined}
        aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        aria-invalid={invalid !== undefined || undefined}
        aria-describedby={invalid ? `${id}-wrong` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={shown}
        onChange={(event) => type(event.currentTarget.value)}
        onPointerDown={() => !open && type("")}
        onBlur={leave}
        onKeyDown={keyed}
      />
      {found.length > 0 && (
        <ul id={`${id}-list`} role="listbox" aria-label={`${label}: suggestions`} className="options floating">
          {found.map((option, n) => (
            <li
              key={option.value}
              id={`${id}-${n}`}
              role="option"
              aria-selected={n === at}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(option.value)}
            >
              <span>{option.label}</span>
              {option.hint && <span className="quiet">{option.hint}</span>}
            </li>
          ))}
        </ul>
      )}
      {invalid && (
        <p id={`${id}-wrong`} className="wrong small">
          {invalid}
        </p>
      )}
    </div>
  );
}
