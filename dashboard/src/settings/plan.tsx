/** The plan: events and their properties, each with a purpose; and what was let in without being planned. */

import { Button } from "@mantine/core";
import { type FormEvent, useState } from "react";

import type { Plan, Settings } from "../api/types";
import { useAnnounce } from "../app/announce";
import { Plus } from "../header/icons";
import { whole } from "../format/number";
import { Choice, Text } from "../parts/fields";
import { Sheet } from "../parts/sheet";
import { useSavePlan } from "./page";
import { PlannedEvent } from "./planned";
import { Saving } from "./saving";

const told = (lines: string[]) => lines.map((line) => line.trim()).filter((line) => line !== "");
/** Nothing typed is no line, rather than an empty one. */
const linesOf = (text: string) => (text === "" ? [] : text.split("\n"));

export function PlanEditor({ settings }: { settings: Settings }) {
  const [plan, setPlan] = useState<Plan>(settings.plan);
  const [name, setName] = useState("");
  const save = useSavePlan();
  const announce = useAnnounce();
  const changed = JSON.stringify(plan) !== JSON.stringify(settings.plan);
  const add = (event: string) => {
    if (event !== "" && !plan.events[event]) setPlan({ ...plan, events: { ...plan.events, [event]: { purpose: "", properties: {} } } });
  };
  function submit(event: FormEvent) {
    event.preventDefault();
    // Empty lines are no pages.
    save.mutate({ ...plan, pages: told(plan.pages), sensitive_pages: told(plan.sensitive_pages) }, { onSuccess: () => announce("Plan saved") });
  }
  return (
    <form onSubmit={submit} className="stack">
      <Unplanned settings={settings} plan={plan} onAdd={add} onPlan={setPlan} />
      <Sheet title="Plan">
        <div className="sheet-body">
          <div className="setting">
            <Choice
              label="What is not planned"
              value={plan.mode}
              options={[
                ["learn", "Is let in once enough people share it"],
                ["strict", "Is dropped and counted"],
              ]}
              onChange={(mode) => setPlan({ ...plan, mode })}
            />
            <p className="quiet">
              {plan.mode === "learn" ? "Good for the first weeks: new events appear by themselves and are offered above." : "Nothing is collected that nobody planned. New events have to be added here before they count."}
            </p>
          </div>
          <h3>Events</h3>
          {Object.keys(plan.events).length === 0 && <p className="quiet">None yet. Page views, how far and how long a page was looked at, and which list of suggestions was shown or clicked on are always part of the plan.</p>}
          <div className="planned">
            {Object.entries(plan.events).map(([event, planned]) => (
              <PlannedEvent
                key={event}
                name={event}
                event={planned}
                isNew={!settings.plan.events[event]}
                onChange={(now) => setPlan({ ...plan, events: { ...plan.events, [event]: now } })}
                onRemove={() => {
                  const { [event]: _, ...events } = plan.events;
                  setPlan({ ...plan, events });
                }}
              />
            ))}
          </div>
          <div className="save">
            <Text label="Name of an event" value={name} onChange={setName} />
            <Button
              variant="default"
              leftSection={<Plus />}
              disabled={name.trim() === "" || plan.events[name.trim()] !== undefined}
              onClick={() => {
                add(name.trim());
                setName("");
              }}
            >
              Add to the plan
            </Button>
          </div>
          <h3>Pages</h3>
          <div className="fields">
            <Text label="Declared pages" rows={4} value={plan.pages.join("\n")} about="One a line. A declared page is kept from its first visit; * stands for one part, ** at the end for any rest." onChange={(text) => setPlan({ ...plan, pages: linesOf(text) })} />
            <Text label="Sensitive pages" rows={4} value={plan.sensitive_pages.join("\n")} about="Pages on health, religion and the like. They are never shown together with a place or device." onChange={(text) => setPlan({ ...plan, sensitive_pages: linesOf(text) })} />
          </div>
          <Saving label="Save plan" changed={changed} saving={save} onUndo={() => setPlan(settings.plan)} />
        </div>
      </Sheet>
    </form>
  );
}

interface UnplannedProps {
  settings: Settings;
  plan: Plan;
  onAdd: (event: string) => void;
  onPlan: (plan: Plan) => void;
}

/** Names that were let in but that nobody has planned. */
function Unplanned({ settings: { admitted }, plan, onAdd, onPlan }: UnplannedProps) {
  const events = admitted.events.filter((event) => !plan.events[event]);
  const properties = admitted.properties.filter(({ event, name }) => (event ? !plan.events[event]?.properties[name] : true));
  const addProperty = (event: string, name: string) => {
    const planned = plan.events[event] ?? { purpose: "", properties: {} };
    const property = { kind: "term" as const, values: [], purpose: "", sensitive: false };
    onPlan({ ...plan, events: { ...plan.events, [event]: { ...planned, properties: { ...planned.properties, [name]: property } } } });
  };
  if (events.length === 0 && properties.length === 0) return null;
  return (
    <Sheet title="Let in, but not planned">
      <div className="sheet-body">
        <p className="quiet">These names came with events that enough people share. {plan.mode === "strict" ? "They are dropped until they are planned." : "They would be dropped once the plan is strict."}</p>
        <ul className="pairs">
          {events.map((event) => (
            <li key={event}>
              <span>
                {event} <span className="quiet">event</span>
              </span>
              <Button variant="default" size="compact-sm" onClick={() => onAdd(event)}>
                Add to the plan<span className="visually-hidden"> event {event}</span>
              </Button>
            </li>
          ))}
          {properties.map(({ event, name }) => (
            <li key={`${event} ${name}`}>
              <span>
                {name} <span className="quiet">{event ? `property of ${event}` : "property of several events"}</span>
              </span>
              {event && (
                <Button variant="default" size="compact-sm" onClick={() => addProperty(event, name)}>
                  Add to the plan<span className="visually-hidden"> property {name}</span>
                </Button>
              )}
            </li>
          ))}
        </ul>
        {admitted.pages > 0 && <p className="quiet small">{whole(admitted.pages)} pages were let in as well.</p>}
      </div>
    </Sheet>
  );
}
