/** What was captured by mistake: looked at as it would be purged, then purged, and what was purged before. */

import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";

import { ApiError, api } from "../api/client";
import { again } from "../api/queries";
import type { PurgeListed, PurgeOutcome, PurgeWhat } from "../api/types";
import { useAnnounce } from "../app/announce";
import { Dialog } from "../app/dialog";
import { longDay } from "../format/date";
import { counted, whole } from "../format/number";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { Choice, Text } from "../parts/fields";
import { Answered, Sheet } from "../parts/sheet";
import { dimensionName } from "../view/words";
import { EMPTY, KINDS, type Draft, type Kind, isWhole, kindName, recentText, whatOf } from "./purging";

const DIMENSIONS = ["page", "event", "source", "referrer", "hostname", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "item", "tag", "customer"];

export function PurgeForm() {
  const { site } = useScope().site;
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [confirming, setConfirming] = useState(false);
  const client = useQueryClient();
  const announce = useAnnounce();
  const look = useMutation({ mutationFn: (what: PurgeWhat) => api.purge(site, what, true) });
  const purge = useMutation({
    mutationFn: (what: PurgeWhat) => api.purge(site, what, false),
    onSuccess: async (done) => {
      setConfirming(false);
      look.reset();
      announce(done.state === "done" ? "Purged" : "The purge goes on by itself");
      // Every answer may be another one now.
      await client.invalidateQueries();
    },
  });
  function change(part: Partial<Draft>) {
    setDraft({ ...draft, ...part });
    look.reset();
    purge.reset();
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    purge.reset();
    look.mutate(whatOf(draft));
  }
  return (
    <>
      <form onSubmit={submit}>
        <Sheet title="Purge what was captured by mistake">
          <div className="sheet-body">
            <p className="measured">
              A word, a property or an item is struck everywhere: rows and counts stay, without it. Events are taken out, with their counts. Both hold for everything that is stored, and for every backup that opens with the present keys. It cannot be undone.
            </p>
            <Fields draft={draft} onChange={change} />
            <Wrong error={look.error} />
            <div className="saving">
              <Button type="submit" variant="default" disabled={!isWhole(draft)} loading={look.isPending}>
                Look what would be purged
              </Button>
            </div>
          </div>
        </Sheet>
      </form>
      <div role="status">
        {look.data && (
          <Sheet title="What would be purged">
            <div className="sheet-body">
              <Told outcome={look.data} />
              <div className="saving">
                <Button color="red" onClick={() => setConfirming(true)}>
                  Purge…
                </Button>
              </div>
            </div>
          </Sheet>
        )}
        {purge.data && (
          <Sheet title={purge.data.state === "done" ? "Purged" : "Being purged"}>
            <div className="sheet-body">
              <Told outcome={purge.data} />
            </div>
          </Sheet>
        )}
      </div>
      {confirming && (
        <Dialog title="Purge for good?" onClose={() => setConfirming(false)}>
          <p>{kindName(draft.kind)}: this cannot be undone, and no backup brings it back.</p>
          <Wrong error={purge.error} />
          <div className="saving">
            <Button color="red" data-autofocus loading={purge.isPending} onClick={() => purge.mutate(whatOf(draft))}>
              Purge for good
            </Button>
            <Button variant="subtle" className="quiet-button" onClick={() => setConfirming(false)}>
              Keep it
            </Button>
          </div>
        </Dialog>
      )}
      <Before />
    </>
  );
}

function Fields({ draft, onChange }: { draft: Draft; onChange: (part: Partial<Draft>) => void }) {
  const { kind, text, dimension, from, to } = draft;
  const about = KINDS.find(([name]) => name === kind)?.[2];
  const ofDays = kind === "event" || kind === "page" || kind === "channel" || kind === "days";
  return (
    <div className="fields">
      <Choice label="What" value={kind} options={KINDS.map(([name, label]) => [name, label] as const)} onChange={(next: Kind) => onChange({ kind: next })} />
      {kind !== "days" && <Text label={kindName(kind)} about={about} value={text} onChange={(next) => onChange({ text: next })} />}
      {kind === "word" && (
        <Choice label="Where" value={dimension} options={[["", "Wherever it is known"], ...DIMENSIONS.map((name) => [name, dimensionName(name)] as const)]} onChange={(next: string) => onChange({ dimension: next })} />
      )}
      {kind === "word" && <Text label="Or as value of the property" about="The property's name; leave it empty for any other word." value={draft.property} onChange={(next) => onChange({ property: next })} />}
      {ofDays && (
        <>
          <Text label="First day" placeholder="2026-11-24" about={kind === "days" ? about : "Leave both empty for all days."} value={from} onChange={(next) => onChange({ from: next })} />
          <Text label="Last day" placeholder="2026-11-25" value={to} onChange={(next) => onChange({ to: next })} />
        </>
      )}
    </div>
  );
}

function Wrong({ error }: { error: Error | null }) {
  return <div role="alert">{error && <p className="problem">{sentence(error instanceof ApiError ? error.message : "the server did not answer")}</p>}</div>;
}

function Told({ outcome }: { outcome: PurgeOutcome }) {
  const { words, recent, days, cells, spans_in_part, catalogue, definitions, plan, notes } = outcome;
  return (
    <>
      <dl className="facts">
        <Fact name="Words">{words === 0 ? "none" : whole(words)}</Fact>
        <Fact name="Recent events">{recentText(recent.events, recent)}</Fact>
        <Fact name="Recent visitors">{recentText(recent.visitors, recent)}</Fact>
        {days !== null && <Fact name="Days rewritten">{whole(days)}</Fact>}
        <Fact name="Counts of history">{cells === 0 ? "none" : whole(cells)}</Fact>
        {spans_in_part > 0 && <Fact name="Weeks and periods">{counted(spans_in_part, "lies", "lie")} in these days only in part; what was told of them as a whole goes</Fact>}
        {catalogue && <Fact name="Catalogue">the item goes too</Fact>}
        {plan.length > 0 && <Fact name="Named in the plan">{plan.join(", ")}</Fact>}
        {definitions.length > 0 && <Fact name="Named in what was saved">{definitions.map(({ kind, name }) => `${name} (${kind})`).join(", ")}</Fact>}
      </dl>
      {notes.map((note) => (
        <p key={note} className="quiet small">
          {sentence(note)}
        </p>
      ))}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Before() {
  const { site } = useScope().site;
  const purges = useQuery({
    queryKey: ["purges", site],
    queryFn: ({ signal }) => api.purges(site, signal),
    refetchInterval: (query) => (query.state.data?.purges.some((one) => one.state === "running") ? 2000 : false),
    retry: again,
  });
  return (
    <Sheet title="Purged before">
      <Answered answer={purges} ghosts={2}>
        {({ purges }) => (purges.length === 0 ? <p className="quiet sheet-body">Nothing was purged yet.</p> : <Table purges={purges} />)}
      </Answered>
    </Sheet>
  );
}

function Table({ purges }: { purges: PurgeListed[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Purges">
      <table className="table words">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">What kind</th>
            <th scope="col">Words</th>
            <th scope="col">Days rewritten</th>
            <th scope="col">Counts of history</th>
          </tr>
        </thead>
        <tbody>
          {purges.map((one) => (
            <tr key={one.id}>
              <th scope="row">{longDay(one.day)}</th>
              <td>
                {kindName(one.kind)}
                {one.state === "running" && <span className="tag">running</span>}
              </td>
              <td className="numeric">{whole(one.words)}</td>
              <td className="numeric">{whole(one.days)}</td>
              <td className="numeric">{whole(one.cells)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
