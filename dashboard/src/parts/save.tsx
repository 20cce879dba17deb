/** A name, and the button that saves under it; taking away what was saved. */

import { Button } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";

import type { DefinitionKind, DefinitionOf } from "../api/types";
import { useAnnounce } from "../app/announce";
import { sentence } from "../format/text";
import { useRemoveDefinition, useSaveDefinition } from "./definitions";
import { Text } from "./fields";

interface Props<K extends DefinitionKind> {
  kind: K;
  /** In a sentence: `funnel`. */
  what: string;
  name: string | undefined;
  /** Undefined while there is nothing to be saved. */
  value: DefinitionOf<K> | undefined;
  about?: ReactNode;
  onSaved: (name: string) => void;
  onRemoved?: () => void;
}

export function Save<K extends DefinitionKind>({ kind, what, name, value, about, onSaved, onRemoved }: Props<K>) {
  const [text, setText] = useState(name ?? "");
  const [before, setBefore] = useState(name);
  if (before !== name) {
    setBefore(name);
    setText(name ?? "");
  }
  const save = useSaveDefinition<K>();
  const remove = useRemoveDefinition();
  const announce = useAnnounce();
  const known = text.trim();
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!value || known === "") return;
    save.mutate(
      { kind, name: known, value },
      {
        onSuccess: () => {
          announce(`Saved: ${known}`);
          onSaved(known);
        },
      },
    );
  }
  const wrong = save.error ?? remove.error;
  return (
    <form className="save" onSubmit={submit}>
      <Text label={`Name of the ${what}`} value={text} onChange={setText} wrong={wrong ? sentence(wrong.message) : undefined} />
      <Button type="submit" variant="default" disabled={!value || known === ""} loading={save.isPending}>
        Save {what}
      </Button>
      {name && onRemoved && (
        <Button
          variant="subtle"
          className="quiet-button"
          loading={remove.isPending}
          onClick={() =>
            remove.mutate(
              { kind, name },
              {
                onSuccess: () => {
                  announce(`Removed: ${name}`);
                  onRemoved();
                },
              },
            )
          }
        >
          Remove
        </Button>
      )}
      {about && <p className="quiet small">{about}</p>}
    </form>
  );
}
