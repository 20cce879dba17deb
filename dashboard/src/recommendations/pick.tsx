/** Fields that name items by title and tags of the catalogue. */

import { useState } from "react";

import { useScope } from "../overview/scope";
import { Suggest } from "../parts/suggest";
import { useItems, useTags } from "./calls";

interface Props {
  label: string;
  /** What was chosen; empty where each choice goes elsewhere at once. */
  value: string;
  /** Not offered again. */
  taken?: string[];
  /** What is not in the catalogue may be named too. */
  free?: boolean;
  wrong?: string | undefined;
}

export function PickTag({ label, value, taken = [], free = false, wrong, onChoose }: Props & { onChoose: (tag: string) => void }) {
  const { site } = useScope();
  const tags = useTags(site.site);
  const options = (tags.data?.tags ?? []).filter(({ tag }) => !taken.includes(tag)).map(({ tag, items }) => ({ value: tag, label: tag, hint: String(items) }));
  return (
    <div className="choice">
      <span className="choice-label" aria-hidden="true">
        {label}
      </span>
      <Suggest key={taken.length} label={label} value={value} placeholder="Begin to type" options={options} free={free} invalid={wrong} onChoose={onChoose} />
    </div>
  );
}

export function PickItem({ label, value, taken = [], free = false, wrong, onChoose }: Props & { onChoose: (id: string, title: string) => void }) {
  const { site } = useScope();
  const [text, setText] = useState("");
  const found = useItems(site.site, { q: text, limit: 8 });
  const chosen = useItems(site.site, { ids: value, limit: 1 }, value !== "");
  const items = (found.data?.items ?? []).filter(({ id }) => !taken.includes(id));
  // What was typed with a letter wrong is found by the server, so nothing is left out here.
  const all = value && text === "" ? [...(chosen.data?.items ?? []).filter(({ id }) => id === value), ...items.filter(({ id }) => id !== value)] : items;
  const options = all.map(({ id, title, kind }) => ({ value: id, label: title, ...(kind ? { hint: kind } : {}) }));
  return (
    <div className="choice">
      <span className="choice-label" aria-hidden="true">
        {label}
      </span>
      <Suggest
        key={taken.length}
        label={label}
        value={value}
        placeholder="Words of its title"
        options={options}
        all
        free={free}
        invalid={wrong}
        onText={setText}
        onChoose={(id) => {
          setText("");
          onChoose(id, all.find((item) => item.id === id)?.title ?? id);
        }}
      />
    </div>
  );
}
