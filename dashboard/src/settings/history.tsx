/** What history tells together: the pairs of every site, and those that this one keeps besides. */

import { Button } from "@mantine/core";
import { type FormEvent, useState } from "react";

import type { Settings } from "../api/types";
import { useAnnounce } from "../app/announce";
import { sentence } from "../format/text";
import { useDefinitions, useRemoveDefinition, useSaveDefinition } from "../parts/definitions";
import { By, DIMENSIONS } from "../parts/fields";
import { Answered, Sheet } from "../parts/sheet";
import { dimensionName } from "../view/words";
import { KeptSheet } from "./kept";

/** Told together on every site. */
const ALWAYS: readonly (readonly [string, string])[] = [
  ["page", "source"],
  ["page", "country"],
  ["page", "device"],
  ["source", "country"],
  ["source", "device"],
  ["country", "device"],
  ["event", "source"],
  ["event", "country"],
  ["event", "device"],
  ["event", "customer"],
];
/** Lists, and what is told below something else only. */
const NEVER = ["tag", "language", "item", "region"];
const ATTRIBUTES = [...new Set(["event", "hostname", "exit_page", ...DIMENSIONS])].filter((name) => !NEVER.includes(name));

const pairName = (a: string, b: string) => `${dimensionName(a)} × ${dimensionName(b)}`;
/** Under which it is saved; the server's offers are called the same. */
const savedAs = (a: string, b: string) => `${dimensionName(a)} x ${dimensionName(b)}`.toLowerCase();
const isSame = (one: readonly string[], a: string, b: string) => (one[0] === a && one[1] === b) || (one[0] === b && one[1] === a);

export function HistoryForm({ settings }: { settings: Settings }) {
  const definitions = useDefinitions();
  return (
    <>
      <KeptSheet />
      <Sheet title="Told together in history">
        <div className="sheet-body">
          <p className="measured">
            When rows are gone, history still tells each attribute by itself, most of what was saved, and some attributes together. What is told together can be split by one and filtered by the other, for years. Each pair is told only where enough people are behind it, and from the close after it was added on.
          </p>
          <h3>On every site</h3>
          <p className="quiet">{ALWAYS.map(([a, b]) => pairName(a, b)).join(", ")}</p>
          <h3>On this site besides</h3>
          <Answered answer={definitions} ghosts={2}>
            {({ pairs }) => (pairs === undefined ? <p className="quiet">This server keeps no further pairs.</p> : <Pairs pairs={pairs} settings={settings} />)}
          </Answered>
        </div>
      </Sheet>
    </>
  );
}

function Pairs({ pairs, settings }: { pairs: Record<string, readonly [string, string]>; settings: Settings }) {
  const remove = useRemoveDefinition();
  const announce = useAnnounce();
  const list = Object.entries(pairs);
  return (
    <>
      {list.length === 0 && <p className="quiet">None yet. Add two attributes that are looked at together.</p>}
      <ul className="pairs" aria-label="Pairs of this site">
        {list.map(([name, [a, b]]) => (
          <li key={name}>
            <span>{pairName(a, b)}</span>
            <Button
              variant="subtle"
              size="compact-sm"
              className="quiet-button"
              aria-label={`Remove ${pairName(a, b)}`}
              loading={remove.isPending && remove.variables.name === name}
              onClick={() => remove.mutate({ kind: "pairs", name }, { onSuccess: () => announce(`Removed: ${pairName(a, b)}. What was told stays told.`) })}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      {remove.isError && <p className="wrong">{sentence(remove.error.message)}</p>}
      <Add pairs={list.map(([, pair]) => pair)} settings={settings} />
      {list.length > 0 && <p className="quiet small">What is removed is no longer told from the next close on; counts that were told stay.</p>}
    </>
  );
}

function Add({ pairs, settings }: { pairs: (readonly [string, string])[]; settings: Settings }) {
  const properties = new Set(Object.values(settings.plan.events).flatMap((event) => Object.keys(event.properties)));
  const attributes = [...ATTRIBUTES, ...[...properties].map((name) => `prop:${name}`)];
  const [a, setA] = useState("page");
  const [b, setB] = useState("utm_campaign");
  const save = useSaveDefinition<"pairs">();
  const announce = useAnnounce();
  const known = [...ALWAYS, ...pairs].some((pair) => isSame(pair, a, b));
  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate({ kind: "pairs", name: savedAs(a, b), value: [a, b] }, { onSuccess: () => announce(`Kept from the next close on: ${pairName(a, b)}`) });
  }
  return (
    <form className="save" onSubmit={submit}>
      <By label="One attribute" value={a} of={attributes} onChange={setA} />
      <By label="Other attribute" value={b} of={attributes} onChange={setB} />
      <Button type="submit" variant="default" disabled={a === b || known} loading={save.isPending}>
        Keep from the next close on
      </Button>
      <div role="status">
        {a !== b && known && <p className="quiet small">These are told together already.</p>}
        {save.isError && <p className="wrong">{sentence(save.error.message)}</p>}
      </div>
    </form>
  );
}
