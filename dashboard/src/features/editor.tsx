/** Names a feature: which events and pages are a use of it. */

import { ActionIcon, Button } from "@mantine/core";
import { useState } from "react";

import { Cross, Plus } from "../header/icons";
import { useDefinitions } from "../parts/definitions";
import { Save } from "../parts/save";
import { SelectorField } from "../parts/selector";
import { asSelector, isComplete, selectorSentence, type Step } from "../parts/selectors";
import { Answered } from "../parts/sheet";

const MOST = 20;
const BLANK: Step[] = [{ event: "" }];

export function FeatureEditor() {
  const definitions = useDefinitions();
  const [name, setName] = useState<string>();
  const [events, setEvents] = useState<Step[]>(BLANK);
  const open = (feature: string | undefined, list: Step[]) => {
    setName(feature);
    setEvents(list);
  };
  const saved = Object.entries(definitions.data?.features ?? {});
  return (
    <details className="sheet product editor" open={definitions.isSuccess && saved.length === 0}>
      <summary>
        <h2>What is a feature</h2>
        <span className="quiet small">name parts of the product, change or remove them</span>
      </summary>
      <div className="sheet-body">
        <Answered answer={definitions} ghosts={2}>
          {() => (
            <ul className="pairs" aria-label="Saved features">
              {saved.map(([feature, { events: list }]) => (
                <li key={feature}>
                  <span>
                    {feature} <span className="quiet">{list.map(selectorSentence).join(", ")}</span>
                  </span>
                  <Button variant="subtle" size="compact-sm" className="quiet-button" aria-label={`Change ${feature}`} onClick={() => open(feature, list)}>
                    Change
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </Answered>
        <h3>{name ? `Change ${name}` : "A new feature"}</h3>
        <p className="quiet small">Any of these is a use of it.</p>
        <ul className="steps">
          {events.map((event, at) => (
            <li key={`${at}-${JSON.stringify({ ...event, filters: undefined })}`}>
              <SelectorField label={`Use ${at + 1}`} kinds={["event", "page"]} selector={event} onChange={(changed) => setEvents(events.map((e, n) => (n === at ? changed : e)))} />
              <div className="step-tools">
                <ActionIcon variant="subtle" className="quiet-button" disabled={events.length === 1} aria-label={`Remove use ${at + 1}`} onClick={() => setEvents(events.filter((_, n) => n !== at))}>
                  <Cross />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ul>
        <Button variant="subtle" className="quiet-button" leftSection={<Plus />} disabled={events.length >= MOST} onClick={() => setEvents([...events, { event: "" }])}>
          Add an event or page
        </Button>
        <Save
          key={name ?? ""}
          kind="features"
          what="feature"
          name={name}
          value={events.every(isComplete) ? { events: events.map(asSelector) } : undefined}
          onSaved={() => open(undefined, BLANK)}
          onRemoved={() => open(undefined, BLANK)}
        />
      </div>
    </details>
  );
}
