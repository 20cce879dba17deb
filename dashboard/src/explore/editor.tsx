/** Which events, how they are measured and split. Each change is in the address at once. */

import { ActionIcon, Button } from "@mantine/core";

import type { ApiError } from "../api/client";
import { MEASURES } from "../api/types";
import { sentence } from "../format/text";
import { Cross, Plus } from "../header/icons";
import { useDefinitions } from "../parts/definitions";
import { By, Choice, LateText, Some } from "../parts/fields";
import { useOwn } from "../parts/own";
import { SelectorField } from "../parts/selector";
import { type Step, writeStep } from "../parts/selectors";
import { joined } from "../view/view";
import { type ExploreState, letter, MEASURE_NAMES, MOST_EVENTS, needsProperty } from "./state";

export function ExploreEditor({ state, wrong }: { state: ExploreState; wrong: ApiError | undefined }) {
  const own = useOwn();
  const definitions = useDefinitions();
  const { events, measure } = state;
  const put = (list: Step[]) => own.put({ event: list.map(writeStep) });
  const place = wrong?.pointer?.match(/^\/events\/(\d+)/)?.[1];
  const at = (key: string) => (wrong?.pointer?.startsWith(`/${key}`) ? sentence(wrong.message) : undefined);
  const segments = Object.keys(definitions.data?.segments ?? {});
  return (
    <section className="sheet product" aria-label="What is counted">
      <div className="sheet-body editor-body">
        <ol className="steps">
          {events.map((event, n) => (
            <li key={`${n}-${writeStep({ ...event, filters: undefined })}`}>
              <span className="step-place" aria-hidden="true">
                {letter(n)}
              </span>
              <SelectorField
                label={`Event ${letter(n)}`}
                selector={event}
                invalid={place === String(n) && wrong ? sentence(wrong.message) : undefined}
                onChange={(changed) => put(events.map((e, m) => (m === n ? changed : e)))}
              />
              <div className="step-tools">
                <ActionIcon variant="subtle" className="quiet-button" disabled={events.length === 1} aria-label={`Remove event ${letter(n)}`} onClick={() => put(events.filter((_, m) => m !== n))}>
                  <Cross />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ol>
        <Button variant="subtle" className="quiet-button" leftSection={<Plus />} disabled={events.length >= MOST_EVENTS} onClick={() => put([...events, { event: "" }])}>
          Add an event
        </Button>
        <div className="choices">
          <Choice label="Measured as" value={measure} options={MEASURES.map((name) => [name, MEASURE_NAMES[name]] as const)} onChange={(name) => own.put({ measure: name === "uniques" ? undefined : name })} />
          {needsProperty(measure) && <LateText label="Property" placeholder="price" value={state.property} wrong={at("property")} onChange={(property) => own.put({ property: property || undefined })} />}
          <By label="Split by" none="Not split" value={state.group} onChange={(group) => own.put({ group: group || undefined })} />
          <LateText
            label="Formula"
            placeholder="UNIQUES(A) / UNIQUES(B) * 100"
            value={state.formula}
            wrong={at("formula")}
            about={state.formula ? "UNIQUES, TOTALS, AVG and ACTIVE of the letters above" : undefined}
            onChange={(formula) => own.put({ formula: formula || undefined })}
          />
        </div>
        {segments.length > 0 && (
          <Some label="Each among" options={segments.map((name) => [name, name] as const)} chosen={state.segments} onChange={(chosen) => own.put({ segment: chosen.map((name) => joined([name])) })} />
        )}
      </div>
    </section>
  );
}
