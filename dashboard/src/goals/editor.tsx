/** Adds a goal, changes or removes one. */

import { Button } from "@mantine/core";
import { useState } from "react";

import { useDefinitions } from "../parts/definitions";
import { Save } from "../parts/save";
import { SelectorField } from "../parts/selector";
import { asSelector, isComplete, selectorSentence, type Step } from "../parts/selectors";
import { Answered, Sheet } from "../parts/sheet";

const BLANK: Step = { event: "" };

export function GoalEditor() {
  const definitions = useDefinitions();
  const [name, setName] = useState<string>();
  const [step, setStep] = useState<Step>(BLANK);
  const open = (goal: string | undefined, selector: Step) => {
    setName(goal);
    setStep(selector);
  };
  return (
    <Sheet
      title={name ? `Change ${name}` : "Add a goal"}
      aside={
        name && (
          <Button variant="subtle" size="compact-sm" className="quiet-button" onClick={() => open(undefined, BLANK)}>
            Add another instead
          </Button>
        )
      }
    >
      <div className="sheet-body">
        <SelectorField label="Reached by" kinds={["event", "page"]} selector={step} onChange={setStep} />
        <Save
          key={name ?? ""}
          kind="goals"
          what="goal"
          name={name}
          value={isComplete(step) ? asSelector(step) : undefined}
          onSaved={() => open(undefined, BLANK)}
          onRemoved={() => open(undefined, BLANK)}
        />
        <Answered answer={definitions} ghosts={2}>
          {({ goals }) =>
            Object.keys(goals).length > 0 && (
              <ul className="pairs" aria-label="Saved goals">
                {Object.entries(goals).map(([goal, selector]) => (
                  <li key={goal}>
                    <span>
                      {goal} <span className="quiet">{selectorSentence(selector)}</span>
                    </span>
                    <Button variant="subtle" size="compact-sm" className="quiet-button" aria-label={`Change ${goal}`} onClick={() => open(goal, selector)}>
                      Change
                    </Button>
                  </li>
                ))}
              </ul>
            )
          }
        </Answered>
      </div>
    </Sheet>
  );
}
