/** The foot of a form of settings: what is wrong, and the button that saves. */

import { Button } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";

import { ApiError } from "../api/client";
import { sentence } from "../format/text";

interface Props {
  label: string;
  changed: boolean;
  saving: Pick<UseMutationResult<unknown, Error, never>, "error" | "isPending">;
  onUndo: () => void;
}

export function Saving({ label, changed, saving: { error, isPending }, onUndo }: Props) {
  const place = error instanceof ApiError && error.pointer ? ` (${error.pointer})` : "";
  return (
    <div className="saving">
      <div role="alert">{error && <p className="problem">{sentence(error.message) + place}</p>}</div>
      <Button type="submit" disabled={!changed} loading={isPending}>
        {label}
      </Button>
      {changed && (
        <Button variant="subtle" className="quiet-button" onClick={onUndo}>
          Undo changes
        </Button>
      )}
    </div>
  );
}
