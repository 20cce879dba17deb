/** Tabs: one stop of the tab key, arrow keys between them. */

import { type KeyboardEvent, useRef } from "react";

interface Props {
  label: string;
  /** Of the element that the chosen tab shows. */
  controls: string;
  names: string[];
  chosen: number;
  onChoose: (at: number) => void;
}

export function Tabs({ label, controls, names, chosen, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  function keyed(event: KeyboardEvent) {
    const to: Record<string, number> = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: names.length - 1 };
    const wanted = to[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const at = (wanted + names.length) % names.length;
    onChoose(at);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[at]?.focus();
  }
  return (
    <div ref={list} className="tabs" role="tablist" aria-label={label} onKeyDown={keyed}>
      {names.map((name, at) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`${controls}-tab-${at}`}
          aria-controls={controls}
          aria-selected={at === chosen}
          tabIndex={at === chosen ? 0 : -1}
          onClick={() => onChoose(at)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
