/** The fields that name events: an event, a page, a goal or a feature, and under which conditions. */

import { Button, Popover } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import { useAnswer } from "../api/queries";
import Editor from "../header/editor";
import { Cross, Plus } from "../header/icons";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { valueName } from "../view/words";
import { useDefinitions } from "./definitions";
import { Choice } from "./fields";
import { filterName, fromAsked, kindOf, type SelectorKind, type Step, toAsked, valueOf } from "./selectors";
import { type Option, Suggest } from "./suggest";

const KIND_NAMES: [SelectorKind, string][] = [
  ["event", "Event"],
  ["page", "Page"],
  ["goal", "Goal"],
  ["feature", "Feature"],
];
const SCROLLS: [string, string][] = [["", "is viewed"], ...[25, 50, 75, 90].map((n): [string, string] => [String(n), `scrolled to ${n}%`])];

interface Props {
  /** What it is for, for those who hear it: `Step 2`. */
  label: string;
  selector: Step;
  kinds?: readonly SelectorKind[];
  invalid?: string | undefined;
  onChange: (selector: Step) => void;
}

export function SelectorField({ label, selector, kinds, invalid, onChange }: Props) {
  const kind = kindOf(selector);
  const { event: _e, page: _p, goal: _g, feature: _f, scroll, ...rest } = selector;
  const of = (value: string, now = kind): Step => ({ ...rest, [now]: value, ...(now === "page" && scroll !== undefined ? { scroll } : {}) });
  const offered = KIND_NAMES.filter(([name]) => !kinds || kinds.includes(name));
  return (
    <div className="selector">
      <Choice label={`${label}: kind`} hideLabel value={kind} options={offered} onChange={(now) => onChange(of("", now))} />
      <ValueField label={label} kind={kind} value={valueOf(selector)} invalid={invalid} onChange={(value) => onChange(of(value))} />
      {kind === "page" && (
        <Choice
          label={`${label}: how far`}
          hideLabel
          value={scroll === undefined ? "" : String(scroll)}
          options={SCROLLS}
          onChange={(now) => onChange({ ...rest, page: selector.page ?? "", ...(now === "" ? {} : { scroll: Number(now) }) })}
        />
      )}
      <Conditions label={label} selector={selector} onChange={onChange} />
    </div>
  );
}

function ValueField({ label, kind, value, invalid, onChange }: { label: string; kind: SelectorKind; value: string; invalid?: string | undefined; onChange: (value: string) => void }) {
  const scope = useScope();
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text, 150);
  const definitions = useDefinitions();
  const saved = kind === "goal" || kind === "feature";
  const dimension = kind === "page" ? "page" : "event";
  const answer = useAnswer(
    "breakdown",
    { site: scope.site.site, period: question(scope).period, metrics: ["visitors"], dimension, limit: 30, ...(search ? { search } : {}) },
    { enabled: !saved },
  );
  const options: Option[] =
    saved
      ? Object.keys(definitions.data?.[kind === "goal" ? "goals" : "features"] ?? {}).map((name) => ({ value: name, label: name }))
      : (answer.data?.rows ?? [])
          .filter((row) => row.kind === "value")
          .map((row) => ({ value: row.keys[0] ?? "", label: valueName(dimension, row.keys[0] ?? ""), hint: say("visitors", row.values[0]) }));
  const hint = { event: "Name of an event", page: "/page or /pattern/*", goal: "A saved goal", feature: "A saved feature" }[kind];
  return <Suggest label={label} value={value} placeholder={hint} options={options} free={!saved} invalid={invalid} onText={setText} onChoose={onChange} />;
}

function Conditions({ label, selector, onChange }: { label: string; selector: Step; onChange: (selector: Step) => void }) {
  const [open, setOpen] = useState(false);
  const filters = selector.filters ?? [];
  const put = (list: typeof filters) => {
    const { filters: _, ...rest } = selector;
    onChange(list.length > 0 ? { ...rest, filters: list } : rest);
  };
  return (
    <div className="conditions">
      {filters.map((filter, at) => (
        <span className="value" key={JSON.stringify(filter)}>
          {filterName(fromAsked(filter))}
          <button type="button" className="bare-button" aria-label={`Remove condition: ${filterName(fromAsked(filter))}`} onClick={() => put(filters.filter((_, n) => n !== at))}>
            <Cross />
          </button>
        </span>
      ))}
      <Popover opened={open} onChange={setOpen} position="bottom-start" width={296} trapFocus returnFocus withRoles={false}>
        <Popover.Target>
          <Button
            variant="subtle"
            size="compact-sm"
            className="quiet-button"
            leftSection={<Plus />}
            aria-haspopup="dialog"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            where<span className="visually-hidden"> {label} …</span>
          </Button>
        </Popover.Target>
        <Popover.Dropdown role="dialog" aria-label={`${label}: condition`}>
          <Editor
            filter={{ operator: "is", dimension: "country", values: [] }}
            nth={Number.MAX_SAFE_INTEGER}
            apply="Add condition"
            onDone={(made) => {
              setOpen(false);
              if (made) put([...filters, toAsked(made)]);
            }}
          />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
