/** The intents of a site, each to be opened and changed; saved together. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError, api } from "../api/client";
import type { Intents } from "../api/types";
import { useAnnounce } from "../app/announce";
import { counted } from "../format/number";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Sheet } from "../parts/sheet";
import { blank, type Draft, draft, placeOf, whole } from "./draft";
import { Editor } from "./editor";

export function List({ told }: { told: Intents }) {
  const { site } = useScope();
  const client = useQueryClient();
  const announce = useAnnounce();
  const read = () => told.definitions.intents.map(draft);
  const [drafts, setDrafts] = useState<Draft[]>(read);
  const [changed, setChanged] = useState(false);
  const [open, setOpen] = useState<number>();
  const keep = (now: Intents, message: string) => {
    client.setQueryData(["intents", site.site], now);
    announce(message);
  };
  const save = useMutation({
    mutationFn: () => api.saveIntents(site.site, told.version, whole(told.definitions, drafts)),
    onSuccess: (now) => keep(now, "Saved; they are being learnt"),
  });
  const begin = useMutation({
    mutationFn: () => api.importIntents(site.site, { format: "starter" }),
    onSuccess: (now) => keep(now, "Intents to begin with are there"),
  });
  const change = (now: Draft[]) => {
    setDrafts(now);
    setChanged(true);
  };
  const add = () => {
    const fresh = blank();
    change([...drafts, fresh]);
    setOpen(fresh.key);
  };
  const wrong = save.error instanceof ApiError ? placeOf(save.error.pointer) : undefined;
  const problem = save.error ?? begin.error;
  return (
    <Sheet title="Intents" aside={<Progress told={told} />}>
      <form
        className="sheet-body"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {drafts.length === 0 && (
          <State title="Nothing is defined yet">
            <p>An intent is something that people want, with a few sentences in which they say it. Begin with those for what Outis does itself, in English and German, or with one of your own.</p>
            <Button type="button" loading={begin.isPending} onClick={() => begin.mutate()}>
              Begin with the built-in actions
            </Button>
          </State>
        )}
        {drafts.length > 0 && (
          <div className="planned">
            {drafts.map((one, at) => (
              <Editor
                key={one.key}
                draft={one}
                lists={Object.keys(told.definitions.lists ?? {})}
                open={open === one.key}
                wrong={wrong?.intent === at ? `${sentence(save.error?.message ?? "")}${wrong.rest ? ` (${wrong.rest})` : ""}` : undefined}
                onChange={(now) => change(drafts.map((other) => (other.key === one.key ? now : other)))}
                onRemove={() => change(drafts.filter((other) => other.key !== one.key))}
              />
            ))}
          </div>
        )}
        <div className="saving">
          <div role="alert">{problem && <p className="problem">{sentence(problem.message)}</p>}</div>
          <Button type="submit" disabled={!changed} loading={save.isPending}>
            Save intents
          </Button>
          <Button type="button" variant="default" onClick={add}>
            Add an intent
          </Button>
          {changed && (
            <Button
              type="button"
              variant="subtle"
              className="quiet-button"
              onClick={() => {
                setDrafts(read());
                setChanged(false);
                save.reset();
              }}
            >
              Undo changes
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  );
}

function Progress({ told: { state, learnt, definitions } }: { told: Intents }) {
  if (state === "none") return null;
  const count = counted(definitions.intents.length, "intent", "intents");
  const when = learnt ? `, learnt ${learnt.slice(0, 16).replace("T", " at ")} UTC` : "";
  const said = {
    learning: `${count}, being learnt …`,
    ready: `${count}${when}`,
    failed: `${count}; they could not be learnt. The next change tries again.`,
  }[state];
  return (
    <p className="quiet small" role="status">
      {said}
    </p>
  );
}
