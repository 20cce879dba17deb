/** One planned event: what for, and its properties. */

import { ActionIcon, Button } from "@mantine/core";
import { useState } from "react";

import type { Plan, PlannedProperty } from "../api/types";
import { counted } from "../format/number";
import { Cross, Plus } from "../header/icons";
import { Check, Choice, Text } from "../parts/fields";

type Event = Plan["events"][string];

const KINDS: readonly (readonly [PlannedProperty["kind"], string])[] = [
  ["flag", "yes or no"],
  ["count", "whole number"],
  ["money", "amount of money"],
  ["choice", "one of listed values"],
  ["term", "word, once shared"],
  ["item", "item of the catalogue"],
];
const BLANK: PlannedProperty = { kind: "term", values: [], purpose: "", sensitive: false };

interface Props {
  name: string;
  event: Event;
  isNew: boolean;
  onChange: (event: Event) => void;
  onRemove: () => void;
}

export function PlannedEvent({ name, event, isNew, onChange, onRemove }: Props) {
  const [property, setProperty] = useState("");
  const properties = Object.entries(event.properties);
  const put = (key: string, now: PlannedProperty | undefined) => {
    const { [key]: _, ...rest } = event.properties;
    onChange({ ...event, properties: now ? { ...event.properties, [key]: now } : rest });
  };
  return (
    <details className="planned-event" open={isNew}>
      <summary>
        <strong>{name}</strong> <span className="quiet">{event.purpose || "what for is not stated"}</span>
        <span className="quiet small">{counted(properties.length, "property", "properties")}</span>
      </summary>
      <div className="planned-body">
        <Text label={`What ${name} is collected for`} value={event.purpose} onChange={(purpose) => onChange({ ...event, purpose })} />
        {properties.map(([key, now]) => (
          <fieldset key={key} className="property">
            <legend>{key}</legend>
            <Choice label={`Kind of ${key}`} value={now.kind} options={KINDS} onChange={(kind) => put(key, { ...now, kind })} />
            <Text label={`What ${key} is for`} value={now.purpose} onChange={(purpose) => put(key, { ...now, purpose })} />
            {(now.kind === "choice" || now.kind === "term") && (
              <Text label={`Values of ${key}`} value={now.values.join(", ")} about="With commas between. They are kept at once." onChange={(text) => put(key, { ...now, values: text === "" ? [] : text.split(",").map((value) => value.trimStart()) })} />
            )}
            <Check checked={now.sensitive} onChange={(sensitive) => put(key, { ...now, sensitive })}>
              sensitive: never shown with place or device
            </Check>
            <ActionIcon variant="subtle" className="quiet-button" aria-label={`Remove ${key} of ${name}`} onClick={() => put(key, undefined)}>
              <Cross />
            </ActionIcon>
          </fieldset>
        ))}
        <div className="save">
          <Text label={`New property of ${name}`} value={property} onChange={setProperty} />
          <Button
            variant="default"
            leftSection={<Plus />}
            disabled={property.trim() === "" || event.properties[property.trim()] !== undefined}
            onClick={() => {
              put(property.trim(), BLANK);
              setProperty("");
            }}
          >
            Add
          </Button>
          <Button variant="subtle" className="quiet-button" onClick={onRemove}>
            Remove {name} from the plan
          </Button>
        </div>
      </div>
    </details>
  );
}
