/** What must not happen between two steps. */

import { ActionIcon, Button } from "@mantine/core";

import { Cross, Plus } from "../header/icons";
import { Choice } from "../parts/fields";
import { useOwn } from "../parts/own";
import { SelectorField } from "../parts/selector";
import { type Exclusion, type FunnelState, writeExclusion } from "./state";

export function Exclusions({ state }: { state: FunnelState }) {
  const own = useOwn();
  const list = state.exclusions;
  const put = (changed: Exclusion[]) => own.put({ exclude: changed.map(writeExclusion) });
  const change = (at: number, change: Partial<Exclusion>) => put(list.map((one, n) => (n === at ? { ...one, ...change } : one)));
  const last = state.steps.length - 1;
  const places = state.steps.map((_, n): [string, string] => [String(n), `step ${n + 1}`]);
  return (
    <div className="exclusions">
      {list.map((one, at) => (
        <div key={`${at}-${one.step.event ?? one.step.page ?? one.step.goal}`} className="exclusion" role="group" aria-label={`Exclusion ${at + 1}`}>
          <span className="quiet">Not counted with</span>
          <SelectorField label={`Exclusion ${at + 1}`} selector={one.step} onChange={(step) => change(at, { step })} />
          <Choice label="between" value={String(one.after)} options={places.slice(0, -1)} onChange={(after) => change(at, { after: Number(after), before: Math.max(one.before, Number(after) + 1) })} />
          <Choice label="and" value={String(one.before)} options={places.slice(one.after + 1)} onChange={(before) => change(at, { before: Number(before) })} />
          <ActionIcon variant="subtle" className="quiet-button" aria-label={`Remove exclusion ${at + 1}`} onClick={() => put(list.filter((_, n) => n !== at))}>
            <Cross />
          </ActionIcon>
        </div>
      ))}
      <Button variant="subtle" className="quiet-button" leftSection={<Plus />} onClick={() => put([...list, { step: { event: "" }, after: 0, before: Math.max(1, last) }])}>
        Add what must not happen in between
      </Button>
    </div>
  );
}
