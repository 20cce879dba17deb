/** The list of a made-up person: tags and items are chosen here, sent with the question, and kept nowhere. */

import { useState } from "react";

import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Choice } from "../parts/fields";
import { Answered, Sheet } from "../parts/sheet";
import { useList, usePlacements } from "./calls";
import { PickItem, PickTag } from "./pick";
import type { List } from "./shapes";
import { reasonText, TIERS } from "./words";

const LENGTH = 10;
const MOST = 20;

export function Preview() {
  const { site } = useScope();
  const [tags, setTags] = useState<string[]>([]);
  const [items, setItems] = useState<[string, string][]>([]);
  const [placement, setPlacement] = useState("default");
  const list = useList(site.site, { placement, limit: LENGTH, tags, likes: items.map(([id]) => id) });
  const add = <T,>(all: T[], one: T) => [...all, one].slice(-MOST);
  return (
    <Sheet title="Preview for a made-up person" className="preview">
      <div className="sheet-body">
        <p className="quiet measured">Choose what somebody follows and likes. It is sent with the question and kept nowhere; members’ own lists are seen by nobody but them.</p>
        <div className="choices">
          <PickTag label="Follows a tag" value="" taken={tags} onChoose={(tag) => setTags(add(tags, tag))} />
          <PickItem label="Likes an item" value="" taken={items.map(([id]) => id)} onChoose={(id, title) => setItems(add(items, [id, title]))} />
          <Where value={placement} onChange={setPlacement} />
        </div>
        {tags.length + items.length > 0 && (
          <ul className="picker" aria-label="What the made-up person says">
            {tags.map((tag) => (
              <Said key={tag} text={`follows ${tag}`} onRemove={() => setTags(tags.filter((one) => one !== tag))} />
            ))}
            {items.map(([id, title]) => (
              <Said key={id} text={`likes ${title}`} onRemove={() => setItems(items.filter(([one]) => one !== id))} />
            ))}
          </ul>
        )}
      </div>
      <Answered answer={list} ghosts={6}>
        {(told) => <Shown list={told} />}
      </Answered>
    </Sheet>
  );
}

function Said({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <li>
      <button type="button" className="picked" onClick={onRemove} aria-label={`Take away: ${text}`}>
        {text} <span aria-hidden="true">×</span>
      </button>
    </li>
  );
}

function Where({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { site } = useScope();
  const { data } = usePlacements(site.site);
  const names = [...(data?.built_in ?? ["default"]), ...(data?.placements ?? []).map(({ name }) => name)];
  return <Choice label="Placement" value={value} options={names.map((name) => [name, name] as const)} onChange={onChange} />;
}

function Shown({ list: { items, computed } }: { list: List }) {
  return (
    <>
      {items.length === 0 && (
        <State title="Nothing to suggest">
          <p>{computed.fallback ? sentence(computed.fallback) : "No item of the catalogue may be shown here: it is empty, or rules and hidden items leave nothing."}</p>
        </State>
      )}
      <ol className="suggested">
        {items.map((item) => (
          <li key={item.id}>
            <p className="suggested-title">
              {item.title} {item.kind && <span className="quiet small">{item.kind}</span>}
            </p>
            <p className="quiet small">{item.reasons.map(reasonText).join(" · ")}</p>
          </li>
        ))}
      </ol>
      <div className="sheet-line quiet small">
        {TIERS[computed.tier]}, model {computed.model}, variant {computed.variant}.{items.length > 0 && computed.fallback ? ` ${sentence(computed.fallback)}` : ""}
      </div>
    </>
  );
}
