/** `/SITE/support`: what a member sees of themselves, once, by the code that they read out. */

import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";

import { ApiError, api } from "../api/client";
import type { Seen } from "../api/types";
import { sentence } from "../format/text";
import { may } from "../header/pages";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Text } from "../parts/fields";
import { Frame } from "../parts/frame";
import { Sheet } from "../parts/sheet";
import { Held } from "./held";

export function SupportPage() {
  return (
    <Frame plain title="Support" about="Nobody can be looked up. A member who wants help makes a code on their own page and reads it to you.">
      <Content />
    </Frame>
  );
}

function Content() {
  const { session } = useScope();
  if (may(session, "see_by_code")) return <ByCode />;
  return (
    <section className="sheet product">
      <State title="Not for this account">
        <p>Support sees this. An owner gives the role under Settings, Team.</p>
      </State>
    </section>
  );
}

function ByCode() {
  const { site } = useScope();
  const [code, setCode] = useState("");
  const [seen, setSeen] = useState<Seen>();
  const look = useMutation({
    mutationFn: () => api.seeByCode(site.site, code),
    onSuccess: (found) => {
      setSeen(found);
      setCode("");
    },
    // Not kept a moment longer than it is shown.
    gcTime: 0,
  });
  const hide = () => {
    setSeen(undefined);
    look.reset();
  };
  useEffect(() => {
    if (!seen) return;
    const timer = setTimeout(hide, seen.seconds * 1000);
    return () => clearTimeout(timer);
  }, [seen]);
  function submit(event: FormEvent) {
    event.preventDefault();
    look.mutate();
  }
  if (seen) return <Held seen={seen} onHide={hide} />;
  return (
    <Sheet title="Enter a code">
      <form onSubmit={submit} className="sheet-body">
        <Text label="Code" value={code} onChange={setCode} placeholder="ABC DEF GHJ" about="Good once, for ten minutes. Spaces and case do not matter. That you looked is written down, not at whom." />
        <div className="saving">
          <div role="alert">{look.error && <p className="problem">{said(look.error)}</p>}</div>
          <Button type="submit" disabled={code.trim() === ""} loading={look.isPending}>
            See what the member sees
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

function said(error: Error): string {
  return error instanceof ApiError && error.status !== 0 ? sentence(error.message) : "The server did not answer. The code may still be good: try again.";
}
