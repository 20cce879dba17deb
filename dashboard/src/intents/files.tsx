/** Intents as files: our own forms, and those of other engines. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../api/client";
import type { IntentForm } from "../api/types";
import { useAnnounce } from "../app/announce";
import { counted } from "../format/number";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { Check, Choice } from "../parts/fields";
import { Sheet } from "../parts/sheet";

const FORMS: readonly (readonly [IntentForm, string])[] = [
  ["toml", "TOML"],
  ["json", "JSON"],
  ["snips", "Snips (JSON)"],
  ["rasa", "Rasa (YAML)"],
];

const ENDS: Record<IntentForm, string> = { toml: "toml", json: "json", snips: "json", rasa: "yml" };

export function Files({ version }: { version: number }) {
  const { site } = useScope();
  const client = useQueryClient();
  const announce = useAnnounce();
  const [form, setForm] = useState<IntentForm>("toml");
  const [add, setAdd] = useState(false);
  const take = useMutation({
    mutationFn: async (file: File) => api.importIntents(site.site, { format: form, text: await file.text(), add }),
    onSuccess: (now) => {
      client.setQueryData(["intents", site.site], now);
      announce("The file was taken; its intents are being learnt");
    },
  });
  const give = useMutation({
    mutationFn: () => api.exportIntents(site.site, form),
    onSuccess: ({ text }) => save(`intents-${site.site}.${ENDS[form]}`, text),
  });
  const problem = take.error ?? give.error;
  const leftOut = take.data?.left_out ?? [];
  return (
    <Sheet title="Files">
      <div className="sheet-body">
        <p className="quiet">Snips and Rasa have no place for what is done: actions of intents that are here already stay as they are.</p>
        <div className="fields">
          <Choice label="Form" value={form} options={FORMS} onChange={setForm} />
          <label className="choice">
            <span className="choice-label">Take a file</span>
            <input
              type="file"
              className="field"
              accept=".toml,.json,.yml,.yaml"
              disabled={take.isPending}
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file) take.mutate(file);
                event.currentTarget.value = "";
              }}
            />
          </label>
        </div>
        <Check checked={add} onChange={setAdd}>
          Add to what is here, instead of replacing it
        </Check>
        <div className="saving">
          <div role="alert">{problem && <p className="problem">{sentence(problem.message)}</p>}</div>
          <Button type="button" variant="default" disabled={version === 0} loading={give.isPending} onClick={() => give.mutate()}>
            Download
          </Button>
        </div>
        {leftOut.length > 0 && (
          <div role="status">
            <p>{counted(leftOut.length, "thing was", "things were")} left out:</p>
            <ul className="plain quiet">
              {leftOut.slice(0, 20).map((place) => (
                <li key={place}>{place}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Sheet>
  );
}

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
