/** The steps of a funnel and its rules. Each change is in the address at once. */

import { ActionIcon, Button } from "@mantine/core";

import type { ApiError } from "../api/client";
import { Cross, Plus } from "../header/icons";
import { By, Check, Choice } from "../parts/fields";
import { Down, Up } from "../parts/icons";
import { useOwn } from "../parts/own";
import { Save } from "../parts/save";
import { SelectorField } from "../parts/selector";
import { isComplete, type Step, writeStep } from "../parts/selectors";
import { sentence } from "../format/text";
import { Exclusions } from "./exclusions";
import { DAY_S, type FunnelState, MOST_STEPS, ORDERS, toSave, WINDOWS } from "./state";

export function FunnelEditor({ state, wrong }: { state: FunnelState; wrong: ApiError | undefined }) {
  const own = useOwn();
  const { steps } = state;
  const put = (list: Step[]) => own.put({ step: list.map(writeStep) });
  const place = wrong?.pointer?.match(/^\/steps\/(\d+)/)?.[1];
  const complete = steps.length >= 2 && steps.every(isComplete);
  const swap = (at: number, by: number) => {
    const list = [...steps];
    const [moved] = list.splice(at, 1);
    if (moved) list.splice(at + by, 0, moved);
    put(list);
  };
  return (
    <details className="sheet product editor" open={!state.saved || !complete || place !== undefined}>
      <summary>
        <h2>Steps and rules</h2>
        <span className="quiet small">{rules(state)}</span>
      </summary>
      <div className="sheet-body">
        <ol className="steps">
          {steps.map((step, at) => (
            <li key={`${at}-${writeStep({ ...step, filters: undefined })}`}>
              <span className="step-place" aria-hidden="true">
                {at + 1}
              </span>
              <SelectorField
                label={`Step ${at + 1}`}
                selector={step}
                invalid={place === String(at) && wrong ? sentence(wrong.message) : undefined}
                onChange={(changed) => put(steps.map((s, n) => (n === at ? changed : s)))}
              />
              <div className="step-tools">
                {mayBeOptional(state, at) && (
                  <Check
                    checked={step.optional === true}
                    onChange={(optional) => {
                      const { optional: _, ...rest } = step;
                      put(steps.map((s, n) => (n === at ? (optional ? { ...rest, optional } : rest) : s)));
                    }}
                  >
                    may be left out<span className="visually-hidden"> step {at + 1}</span>
                  </Check>
                )}
                <ActionIcon variant="subtle" className="quiet-button" disabled={at === 0} aria-label={`Move step ${at + 1} up`} onClick={() => swap(at, -1)}>
                  <Up />
                </ActionIcon>
                <ActionIcon variant="subtle" className="quiet-button" disabled={at === steps.length - 1} aria-label={`Move step ${at + 1} down`} onClick={() => swap(at, 1)}>
                  <Down />
                </ActionIcon>
                <ActionIcon variant="subtle" className="quiet-button" disabled={steps.length <= 2} aria-label={`Remove step ${at + 1}`} onClick={() => put(steps.filter((_, n) => n !== at))}>
                  <Cross />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ol>
        <Button
          variant="subtle"
          className="quiet-button"
          leftSection={<Plus />}
          disabled={steps.length >= MOST_STEPS}
          onClick={() => put([...steps, { event: "" }])}
        >
          Add a step
        </Button>
        <div className="choices">
          <Choice label="Order" value={state.order} options={ORDERS} onChange={(order) => own.put({ order: order === "ordered" ? undefined : order })} />
          <Choice
            label="Within"
            value={String(state.window_s)}
            options={WINDOWS}
            onChange={(window) => own.put({ window: window === String(DAY_S) ? undefined : window })}
          />
          <By label="The same in all steps" none="Nothing needs to be the same" value={state.hold} of={["item", "tag", "page", "hostname"]} onChange={(hold) => own.put({ hold: hold || undefined })} />
          <By label="Split by" none="Not split" value={state.group} onChange={(group) => own.put({ group: group || undefined })} />
        </div>
        <Exclusions state={state} />
        <Save
          kind="funnels"
          what="funnel"
          name={state.saved}
          value={complete ? toSave(state) : undefined}
          onSaved={(saved) => own.put({ saved })}
          onRemoved={() => own.put({ saved: undefined })}
        />
      </div>
    </details>
  );
}

/** One step between first and last may be left out, where steps come in order. */
function mayBeOptional({ steps, order }: FunnelState, at: number): boolean {
  if (steps[at]?.optional) return true;
  return order === "ordered" && at > 0 && at < steps.length - 1 && !steps.some((step) => step.optional);
}

function rules(state: FunnelState): string {
  const order = ORDERS.find(([name]) => name === state.order)?.[1].toLowerCase() ?? "";
  const within = WINDOWS.find(([size]) => size === String(state.window_s))?.[1] ?? `${state.window_s} seconds`;
  return `${state.steps.length} steps, ${order}, within ${within}`;
}
