/** A placement as it is being written: what lists are made by, rules, and variants that are compared. */

import { Button } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { ApiError } from "../api/client";
import { useAnnounce } from "../app/announce";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { Choice, Text } from "../parts/fields";
import { useRemovePlacement, useSavePlacement, useTitles } from "./calls";
import { PickItem, PickTag } from "./pick";
import type { Placement, Rule, Variant } from "./shapes";
import { type Draft, itemsOf, LOGICS, RULES, ruleOf, ruleText } from "./words";

interface Props {
  placement: Placement;
  fresh?: boolean;
  onClose: () => void;
}

export function PlacementEditor({ placement, fresh = false, onClose }: Props) {
  const { site } = useScope();
  const [now, setNow] = useState(placement);
  const save = useSavePlacement(site.site);
  const remove = useRemovePlacement(site.site);
  const announce = useAnnounce();
  const change = (part: Partial<Placement>) => {
    setNow({ ...now, ...part });
    save.reset();
  };
  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(now, {
      onSuccess: () => {
        announce(`Saved: ${now.name}`);
        onClose();
      },
    });
  }
  const wrong = save.error ?? remove.error;
  const rules = now.rules ?? [];
  const variants = now.variants ?? [];
  return (
    <form className="placement-editor" onSubmit={submit} aria-label={fresh ? "New placement" : `Change ${placement.name}`}>
      <div className="choices">
        {fresh && <Text label="Name" value={now.name} placeholder="home-page" about="Letters, digits, - and _." onChange={(name) => change({ name: name.trim() })} />}
        <Choice label="Lists are made of" value={now.logic} options={LOGICS} onChange={(logic) => change({ logic })} />
        <Share label="Different topics" about="0: the best scores; 1: as different as can be" most={1} value={now.diversity} onChange={(diversity) => change({ diversity })} />
        <Share label="Share for new items" about="0 to 0.5 of the list" most={0.5} value={now.explore} onChange={(explore) => change({ explore })} />
      </div>
      <RuleList rules={rules} onChange={(next) => change({ rules: next })} />
      <VariantList variants={variants} onChange={(next) => change({ variants: next })} />
      <div role="alert">
        {wrong && (
          <p className="problem">
            {sentence(wrong instanceof ApiError ? wrong.message : "the server did not answer")} {wrong instanceof ApiError && wrong.pointer && placeText(wrong.pointer)}
          </p>
        )}
      </div>
      <div className="saving">
        <Button type="submit" disabled={now.name === ""} loading={save.isPending}>
          Save placement
        </Button>
        <Button variant="subtle" className="quiet-button" onClick={onClose}>
          Cancel
        </Button>
        {!fresh && (
          <Button variant="subtle" className="quiet-button" loading={remove.isPending} onClick={() => remove.mutate(placement.name, { onSuccess: onClose })}>
            Remove placement
          </Button>
        )}
      </div>
    </form>
  );
}

/** Where the mistake is, as people count. */
export function placeText(pointer: string): string {
  const rule = /^\/rules\/(\d+)/.exec(pointer);
  if (rule) return `It is rule ${Number(rule[1]) + 1}.`;
  const variant = /^\/variants\/(\d+)/.exec(pointer);
  return variant ? `It is variant ${Number(variant[1]) + 1}.` : "";
}

interface ShareProps {
  label: string;
  about: string;
  most: number;
  value: number;
  onChange: (value: number) => void;
}

function Share({ label, about, most, value, onChange }: ShareProps) {
  const [text, setText] = useState(String(value));
  const good = (now: string) => now.trim() !== "" && Number(now) >= 0 && Number(now) <= most;
  return (
    <Text
      label={label}
      value={text}
      about={about}
      wrong={good(text) ? undefined : about}
      onChange={(now) => {
        setText(now);
        if (good(now)) onChange(Number(now));
      }}
    />
  );
}

const EMPTY: Draft = { kind: "pin", of: "item", text: "", number: "1" };

function RuleList({ rules, onChange }: { rules: Rule[]; onChange: (rules: Rule[]) => void }) {
  const { site } = useScope();
  const titleOf = useTitles(site.site, itemsOf(rules));
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [wrong, setWrong] = useState<string>();
  const put = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    setWrong(undefined);
  };
  function add() {
    const rule = ruleOf(draft);
    if (typeof rule === "string") return setWrong(rule);
    onChange([...rules, rule]);
    setDraft({ ...EMPTY, kind: draft.kind, of: draft.of });
  }
  const byTag = draft.kind === "must_have_tag" || (draft.kind !== "pin" && draft.of === "tag");
  return (
    <fieldset className="rules">
      <legend>Rules</legend>
      {rules.length > 0 && (
        <ol className="plain">
          {rules.map((rule, at) => (
            <li key={`${at}${ruleText(rule)}`}>
              {ruleText(rule, titleOf)}{" "}
              <button type="button" className="text-button" aria-label={`Remove rule ${at + 1}: ${ruleText(rule, titleOf)}`} onClick={() => onChange(rules.filter((_, other) => other !== at))}>
                Remove
              </button>
            </li>
          ))}
        </ol>
      )}
      <div className="choices">
        <Choice label="What" value={draft.kind} options={RULES} onChange={(kind) => put({ kind, number: "1", text: "" })} />
        {(draft.kind === "boost" || draft.kind === "exclude") && (
          <Choice
            label="Which"
            value={draft.of}
            options={[
              ["item", "One item"],
              ["tag", "Items of a tag"],
            ]}
            onChange={(of) => put({ of, text: "" })}
          />
        )}
        {byTag ? (
          <PickTag key="tag" label="Tag" value={draft.text} free wrong={wrong} onChoose={(text) => put({ text })} />
        ) : (
          <PickItem key="item" label="Item" value={draft.text} free wrong={wrong} onChoose={(text) => put({ text })} />
        )}
        {draft.kind === "pin" && <Text label="Place" about="1 is the first" value={draft.number} onChange={(number) => put({ number })} />}
        {draft.kind === "boost" && <Text label="Factor" about="0.1 to 10; below 1 it lowers" value={draft.number} onChange={(number) => put({ number })} />}
      </div>
      <Button variant="default" size="xs" onClick={add}>
        Add rule
      </Button>
    </fieldset>
  );
}

function VariantList({ variants, onChange }: { variants: Variant[]; onChange: (variants: Variant[]) => void }) {
  const put = (at: number, part: Partial<Variant>) => onChange(variants.map((variant, n) => (n === at ? { ...variant, ...part } : variant)));
  const add = () => {
    const next = variants.length === 0 ? ["control", "variant"] : [`variant-${variants.length}`];
    onChange([...variants, ...next.map((name) => ({ name, share: 1 }))]);
  };
  return (
    <fieldset className="rules">
      <legend>Variants</legend>
      <p className="quiet small">The first one is the control. Who sees which is drawn by the visit and kept nowhere.</p>
      {variants.map((variant, at) => (
        <div className="choices" key={at} role="group" aria-label={`Variant ${at + 1}`}>
          <Text label="Name" value={variant.name} onChange={(name) => put(at, { name: name.trim() })} />
          <Text label="Share" value={String(variant.share)} onChange={(share) => /^\d{0,4}$/.test(share) && put(at, { share: Number(share) })} />
          <Choice label="Lists are made of" value={variant.logic ?? ("" as const)} options={[["", "As the placement"] as const, ...LOGICS]} onChange={(logic) => onChange(variants.map((other, n) => (n === at ? withLogic(other, logic) : other)))} />
          <div className="choice">
            <Button variant="default" size="xs" aria-label={`Remove variant ${at + 1}`} onClick={() => onChange(variants.filter((_, n) => n !== at))}>
              Remove
            </Button>
          </div>
        </div>
      ))}
      {variants.length < 8 && (
        <Button variant="default" size="xs" onClick={add}>
          {variants.length === 0 ? "Compare two variants" : "Add variant"}
        </Button>
      )}
    </fieldset>
  );
}

function withLogic({ logic: _, ...variant }: Variant, logic: Variant["logic"] | ""): Variant {
  return logic ? { ...variant, logic } : variant;
}
