/** One intent: its name, how people say it, what is done, and its values. */

import { Button } from "@mantine/core";

import { counted } from "../format/number";
import { Check, Choice, Text } from "../parts/fields";
import { ACTIONS, blankSlot, destroys, type Draft, type DraftSlot, SLOT_TYPES } from "./draft";

interface Props {
  draft: Draft;
  lists: string[];
  open: boolean;
  wrong: string | undefined;
  onChange: (draft: Draft) => void;
  onRemove: () => void;
}

const CONFIRM = [
  ["usual", "Webhooks, and what destroys something"],
  ["always", "Always"],
  ["never", "Only what destroys something"],
] as const;

export function Editor({ draft, lists, open, wrong, onChange, onRemove }: Props) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const examples = draft.examples.split("\n").filter((line) => line.trim() !== "").length;
  const action = ACTIONS.find(([word]) => word === draft.action)?.[1] ?? draft.action;
  const setSlot = (at: number, slot: DraftSlot) => set({ slots: draft.slots.map((one, place) => (place === at ? slot : one)) });
  return (
    <details className="planned-event" open={open || wrong !== undefined}>
      <summary>
        <strong>{draft.name || "New intent"}</strong>
        <span className="quiet">{draft.action === "webhook" ? `Webhook ${draft.webhook}` : action}</span>
        <span className="quiet small">{counted(examples, "example", "examples")}</span>
      </summary>
      <div className="planned-body">
        {wrong && <p className="problem">{wrong}</p>}
        <div className="fields">
          <Text label="Name" value={draft.name} about="Letters, digits, _, - or ." onChange={(name) => set({ name })} />
          <Choice label="What is done" value={draft.action} options={ACTIONS} onChange={(chosen) => set({ action: chosen })} />
          {draft.action === "webhook" && <Text label="Webhook" value={draft.webhook} about="As it is called in the server’s configuration." onChange={(webhook) => set({ webhook })} />}
          {draft.action !== "" && <Choice label="People are asked first" value={draft.confirm} options={CONFIRM} onChange={(confirm) => set({ confirm })} />}
        </div>
        {draft.action === "webhook" && (
          <Check checked={draft.destructive} onChange={(destructive) => set({ destructive })}>
            It destroys something
          </Check>
        )}
        {destroys(draft) && <p className="quiet small">It destroys something: people are always asked first.</p>}
        <Text
          label="How people say it"
          rows={Math.min(14, Math.max(4, examples + 1))}
          value={draft.examples}
          about={
            <>
              A sentence a line; ten or more tell it well. Values are marked as <code>[open access](topic)</code>.
            </>
          }
          onChange={(text) => set({ examples: text })}
        />
        {draft.slots.map((slot, at) => (
          <Slot key={at} slot={slot} lists={lists} onChange={(now) => setSlot(at, now)} onRemove={() => set({ slots: draft.slots.filter((_, place) => place !== at) })} />
        ))}
        <div className="actions">
          <Button type="button" variant="default" size="xs" onClick={() => set({ slots: [...draft.slots, blankSlot()] })}>
            Add a value
          </Button>
          <Button type="button" variant="subtle" className="quiet-button" size="xs" onClick={onRemove} aria-label={`Remove intent ${draft.name}`}>
            Remove intent
          </Button>
        </div>
      </div>
    </details>
  );
}

interface SlotProps {
  slot: DraftSlot;
  lists: string[];
  onChange: (slot: DraftSlot) => void;
  onRemove: () => void;
}

function Slot({ slot, lists, onChange, onRemove }: SlotProps) {
  const set = (change: Partial<DraftSlot>) => onChange({ ...slot, ...change });
  const choice = slot.type === "choice";
  const options: [string, string][] = [["", "The words below"], ...lists.map((name): [string, string] => [name, name])];
  return (
    <fieldset className="property">
      <legend>Value {slot.name}</legend>
      <Text label="Called" value={slot.name} onChange={(name) => set({ name })} />
      <Choice label="Is a" value={slot.type} options={SLOT_TYPES} onChange={(type) => set({ type })} />
      {choice && lists.length > 0 && <Choice label="From the list" value={slot.list} options={options} onChange={(list) => set({ list })} />}
      {choice && slot.list === "" && <Text label="Words" rows={3} value={slot.values} placeholder="screen: monitor, display" about="One a line, other words for it behind a colon." onChange={(values) => set({ values })} />}
      {choice && (
        <Check checked={slot.open} onChange={(now) => set({ open: now })}>
          Other words too
        </Check>
      )}
      <Check checked={slot.required} onChange={(required) => set({ required })}>
        Needed
      </Check>
      <Check checked={slot.many} onChange={(many) => set({ many })}>
        Several
      </Check>
      <Button type="button" variant="subtle" className="quiet-button" size="xs" onClick={onRemove} aria-label={`Remove value ${slot.name}`}>
        Remove
      </Button>
    </fieldset>
  );
}
