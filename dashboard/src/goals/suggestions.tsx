/** Goals that the site's own traffic suggests. One click makes one of them a goal. */

import { Button } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";

import type { GoalsAnswer } from "../api/types";
import { useAnnounce } from "../app/announce";
import { say } from "../format/number";
import { sentence } from "../format/text";
import { useSaveDefinition } from "../parts/definitions";
import { selectorSentence } from "../parts/selectors";
import { Sheet } from "../parts/sheet";

export function Suggestions({ answer }: { answer: UseQueryResult<GoalsAnswer> }) {
  const save = useSaveDefinition<"goals">();
  const announce = useAnnounce();
  const list = answer.data?.suggestions ?? [];
  if (list.length === 0) return null;
  return (
    <Sheet title="Suggested by what people do">
      <div className="sheet-body">
        {save.isError && <p className="problem">{sentence(save.error.message)}</p>}
        <ul className="pairs">
          {list.map((one) => (
            <li key={one.label}>
              <span>
                <strong>{one.label}</strong>
                <span className="quiet">
                  {selectorSentence(one.selector) !== one.label && ` ${selectorSentence(one.selector)},`} {say("visitors", one.visitors)} people
                </span>
              </span>
              <Button
                variant="default"
                size="compact-sm"
                disabled={save.isPending}
                aria-label={`Make a goal: ${one.label}`}
                onClick={() => save.mutate({ kind: "goals", name: one.label, value: one.selector }, { onSuccess: () => announce(`Goal added: ${one.label}`) })}
              >
                Make a goal
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </Sheet>
  );
}
