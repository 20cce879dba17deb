/** `/new`: adds a site. What follows, the snippet and the wait for the first event, is on the site's own page. */

import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { ApiError, api } from "../api/client";
import { sentence } from "../format/text";
import { Bare } from "./bare";
import { Problem } from "./problem";
import { SignedIn } from "./signed-in";

export function NewSite() {
  return <SignedIn>{({ sites }) => <Form first={sites.length === 0} />}</SignedIn>;
}

function Form({ first }: { first: boolean }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [zone, setZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [zones] = useState(() => Intl.supportedValuesOf("timeZone"));
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const site = domain(String(new FormData(event.currentTarget).get("site")));
    setBusy(true);
    setProblem(undefined);
    try {
      await api.addSite(site, zone);
      await client.refetchQueries({ queryKey: ["session"] });
      await navigate({ to: "/$site", params: { site }, replace: true });
    } catch (error) {
      setProblem(error instanceof ApiError ? sentence(error.message) : "Something went wrong in the browser. Try again.");
      setBusy(false);
    }
  }

  return (
    <Bare title={first ? "Add your first site" : "Add a site"}>
      <form onSubmit={submit} className="stack">
        <Problem text={problem} />
        <TextInput
          name="site"
          label="Domain"
          description="As visitors see it, without www."
          placeholder="library.example.org"
          autoCapitalize="off"
          spellCheck={false}
          required
          autoFocus
          size="md"
        />
        <TextInput
          label="Time zone"
          description="Days begin and end at midnight here."
          list="zones"
          value={zone}
          onChange={(event) => setZone(event.currentTarget.value)}
          error={zones.includes(zone) || zone === "UTC" ? undefined : "Choose a name such as Europe/Vienna."}
          required
          size="md"
        />
        <datalist id="zones">
          {zones.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Button type="submit" loading={busy} size="md">
          Add site
        </Button>
      </form>
      {!first && <Link to="/">Back</Link>}
    </Bare>
  );
}

/** What somebody pasted, as a site is named: lower case, no scheme, no `www.`, no slash at the end. */
export function domain(text: string): string {
  const bare = text.trim().toLowerCase().replace(/^https?:\/\//, "").replace(/^www\./, "");
  return bare.replace(/[?#].*$/, "").replace(/\/+$/, "");
}
