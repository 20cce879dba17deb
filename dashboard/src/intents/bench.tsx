/** A text to try: what it is told to mean, and why. */

import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { api } from "../api/client";
import type { Interpreted } from "../api/types";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { Text } from "../parts/fields";
import { Sheet } from "../parts/sheet";
import { ACTIONS } from "./draft";

const FOUND_BY: Record<Interpreted["slots"][number]["by"], string> = {
  template: "an example that fits the whole text",
  gazetteer: "a list or the catalogue",
  builtin: "how days, numbers and the like are written",
  tagger: "the words around it",
  context: "what is being looked at",
};

const OUT: Record<NonNullable<Interpreted["out_of_scope"]>, string> = {
  empty: "There are no words in it.",
  nothing_known: "Nothing in it is like anything in any example: another script or language, perhaps.",
  unlike_examples: "It fits all intents worse than nearly all examples fit theirs.",
};

export function Bench({ learnt }: { learnt: boolean }) {
  const { site } = useScope();
  const [text, setText] = useState("");
  const told = useMutation({ mutationFn: async (asked: string) => ({ asked, told: await api.interpret(site.site, asked) }) });
  return (
    <Sheet title="Try a text">
      <form
        className="sheet-body"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") told.mutate(text);
        }}
      >
        <div className="bench">
          <Text label="What somebody writes" value={text} placeholder="find articles about open access" onChange={setText} about={learnt ? undefined : "The change is being learnt; until then the intents before it answer."} />
          <Button type="submit" loading={told.isPending}>
            Tell
          </Button>
        </div>
        <div role="status">
          {told.error && <p className="problem">{sentence(told.error.message)}</p>}
          {told.data && !told.error && <Told {...told.data} />}
        </div>
      </form>
    </Sheet>
  );
}

function Told({ asked, told }: { asked: string; told: Interpreted }) {
  return (
    <dl className="facts">
      <Fact name="Meaning">{meaning(told)}</Fact>
      <Fact name="Text">
        <Marked text={asked} told={told} />
      </Fact>
      {told.slots.map((slot) => (
        <Fact key={`${slot.slot} ${slot.span.start}`} name={slot.slot}>
          <code>{shown(slot.value)}</code> <span className="quiet">by {FOUND_BY[slot.by]}</span>
        </Fact>
      ))}
      {told.missing.length > 0 && <Fact name="Missing">{told.missing.join(", ")}: the application has to ask for it.</Fact>}
      {told.intent && (
        <Fact name="Then">
          {actionName(told.action)}
          {told.needs_confirmation ? ", after they have confirmed it" : ""}
        </Fact>
      )}
      {told.alternatives.length > 0 && <Fact name="Or else">{told.alternatives.map(({ intent, confidence }) => `${intent} (${percent(confidence)})`).join(", ")}</Fact>}
      {told.unknown.length > 0 && <Fact name="New words">{told.unknown.map((span) => cut(asked, span)).join(", ")}: no example and no list has them.</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function meaning(told: Interpreted): ReactNode {
  if (told.decision === "out_of_scope") return `Out of scope. ${told.out_of_scope ? OUT[told.out_of_scope] : ""}`;
  const sure = told.confidence === 1 ? "an example with these values" : `${percent(told.confidence)} likely to be right`;
  return (
    <>
      <strong>{told.intent}</strong> <span className="quiet">{told.decision === "clarify" ? `perhaps: ${sure}, so people are asked what they mean` : sure}</span>
    </>
  );
}

function actionName(action: Interpreted["action"]): string {
  if (action === null) return "Nothing: the application decides";
  if (typeof action === "object") return `Webhook ${action.webhook}`;
  return ACTIONS.find(([word]) => word === action)?.[1] ?? action;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A value as it is told to the application. */
function shown(value: unknown): string {
  const [only] = typeof value === "object" && value !== null ? Object.values(value) : [value];
  return typeof only === "string" ? only : JSON.stringify(only);
}

/** Bytes of UTF-8, as the server counts them. */
function cut(text: string, { start, end }: { start: number; end: number }): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(start, end));
}

/** The text with the values that were found in it. */
function Marked({ text, told }: { text: string; told: Interpreted }) {
  const spans = told.slots.filter(({ span }) => span.end > span.start);
  const parts: ReactNode[] = [];
  let at = 0;
  for (const { slot, span } of spans) {
    parts.push(cut(text, { start: at, end: span.start }));
    parts.push(
      <mark key={span.start} className="marked" title={slot}>
        {cut(text, span)}
      </mark>,
    );
    at = span.end;
  }
  parts.push(cut(text, { start: at, end: Number.MAX_SAFE_INTEGER }));
  return <>{parts}</>;
}
