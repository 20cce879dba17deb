/** What stands where history cannot answer: why, since when it can be asked, and keeping it from the next close on. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { ApiError, api } from "../api/client";
import type { Keep } from "../api/types";
import { useAnnounce } from "../app/announce";
import { firstAskable, shortDay, withDays } from "../format/date";
import { sentence } from "../format/text";
import { useDefinitions } from "../parts/definitions";
import { withOwn } from "../parts/own";
import { plusDays } from "../view/day";
import { useScope } from "./scope";
import { State } from "./states";

export default function NotKept({ error }: { error: ApiError }) {
  return (
    <State title="History does not tell this">
      <p>
        {sentence(withDays(error.message))} <Askable text={error.message} />
      </p>
      {error.keep && <Keeping keep={error.keep} />}
    </State>
  );
}

/** The way to days that can be asked, where the refusal names the first of them. */
function Askable({ text }: { text: string }) {
  const { view, today, window } = useScope();
  const first = firstAskable(text);
  const { from: _f, to: _t, date: _d, interval: _i, ...rest } = view;
  if (!first || first > today) {
    return (
      <Link to="." search={{ ...rest, period: "7d" }}>
        Show the last 7 days
      </Link>
    );
  }
  const yesterday = plusDays(today, -1);
  const last = window && window.to >= first && window.to < today ? window.to : first > yesterday ? today : yesterday;
  return (
    <Link to="." search={{ ...rest, period: "custom", from: first, to: last }}>
      Show what there is from {shortDay(first)} on
    </Link>
  );
}

function Keeping({ keep }: { keep: Keep }) {
  const { site } = useScope().site;
  const client = useQueryClient();
  const announce = useAnnounce();
  const definitions = useDefinitions();
  const place = useRef<HTMLParagraphElement>(null);
  const save = useMutation({
    mutationFn: () => api.saveDefinition(site, keep.kind, keep.name, keep.value),
    onSuccess: async () => {
      announce(`Kept from tonight on: ${keep.name}`);
      await client.invalidateQueries({ queryKey: ["definitions", site] });
      // Nothing of today's answers changes by it, so nothing on the page is asked again.
      await client.invalidateQueries({ queryKey: ["insight", site], refetchType: "none" });
    },
  });
  // The button is gone once it was pressed; what took its place is read instead.
  useEffect(() => {
    if (save.isSuccess) place.current?.focus();
  }, [save.isSuccess]);
  if (save.isSuccess || definitions.data?.[keep.kind]?.[keep.name] !== undefined) {
    return (
      <p ref={place} tabIndex={-1} className="kept">
        <strong>Kept from tonight on:</strong> {keep.name}. It is told of every day from the next close on; days before it stay as they are. Undo it under <Undo kind={keep.kind} />.
      </p>
    );
  }
  const forbidden = save.error instanceof ApiError && save.error.status === 403;
  return (
    <>
      <p>
        History can tell “{keep.name}” from the next close on, tonight. It becomes counts over enough people, like everything in history; nothing is kept of anybody singly.
      </p>
      <div role="alert">
        {forbidden && <p className="wrong">This account may not change what is kept. Somebody who may change the site’s settings can do it here.</p>}
        {save.isError && !forbidden && <p className="wrong">{sentence(save.error.message)}</p>}
      </div>
      {!forbidden && (
        <Button variant="default" size="xs" loading={save.isPending} onClick={() => save.mutate()}>
          Keep it from the next close on
        </Button>
      )}
    </>
  );
}

const PLACES = { goals: ["/$site/goals", "Goals"], funnels: ["/$site/funnels", "Funnels"], features: ["/$site/features", "Features"] } as const;

function Undo({ kind }: { kind: Keep["kind"] }) {
  const { site, view } = useScope();
  if (kind === "pairs") {
    return (
      <Link to="/$site/settings" params={{ site: site.site }} search={withOwn({ ...view, own: undefined }, { tab: "history" })}>
        Settings › History
      </Link>
    );
  }
  const [to, name] = PLACES[kind];
  return (
    <Link to={to} params={{ site: site.site }} search={{ ...view, own: undefined }}>
      {name}
    </Link>
  );
}
