/** Traffic that is left out, and where browsers may send from. */

import { type FormEvent, useState } from "react";

import type { Settings } from "../api/types";
import { useAnnounce } from "../app/announce";
import { Text } from "../parts/fields";
import { Sheet } from "../parts/sheet";
import { useSaveSettings } from "./page";
import { Saving } from "./saving";

const FIELDS = [
  ["networks", "Networks", "One a line, such as 192.0.2.0/24. Useful for your own office. Events from there are dropped; the address itself is never stored."],
  ["paths", "Pages", "One a line; * stands for one part of a path, ** at the end for any rest, such as /admin/**."],
  ["countries", "Countries", "Two letters, one a line, such as AT."],
  ["hostnames", "Only these hosts", "If any is named, events of other hosts are dropped. * stands for any characters."],
] as const;

const lines = (text: string) => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

type Texts = Record<(typeof FIELDS)[number][0] | "origins", string>;

function textsOf({ shields, origins }: Settings): Texts {
  const text = (list: string[]) => list.join("\n");
  return { networks: text(shields.networks), paths: text(shields.paths), countries: text(shields.countries), hostnames: text(shields.hostnames), origins: text(origins) };
}

export function ShieldsForm({ settings }: { settings: Settings }) {
  const [texts, setTexts] = useState(() => textsOf(settings));
  const save = useSaveSettings();
  const announce = useAnnounce();
  const changed = JSON.stringify(texts) !== JSON.stringify(textsOf(settings));
  function submit(event: FormEvent) {
    event.preventDefault();
    const { networks, paths, countries, hostnames, origins } = texts;
    const shields = { networks: lines(networks), paths: lines(paths), countries: lines(countries).map((code) => code.toUpperCase()), hostnames: lines(hostnames) };
    save.mutate({ shields, origins: lines(origins) }, { onSuccess: () => announce("Settings saved") });
  }
  return (
    <form onSubmit={submit}>
      <Sheet title="Left out">
        <div className="sheet-body">
          <p className="quiet">What is left out is dropped before anything is written, and counted under “What is collected”.</p>
          <div className="fields">
            {FIELDS.map(([name, label, about]) => (
              <Text key={name} label={label} rows={3} about={about} value={texts[name]} onChange={(text) => setTexts({ ...texts, [name]: text })} />
            ))}
            <Text label="Other origins that may send" rows={3} about="Origins besides the site's own domain, one a line, such as https://app.example.org." value={texts.origins} onChange={(origins) => setTexts({ ...texts, origins })} />
          </div>
          <Saving label="Save settings" changed={changed} saving={save} onUndo={() => setTexts(textsOf(settings))} />
        </div>
      </Sheet>
    </form>
  );
}
