/** `/setup#CODE`: makes an account with the code that the server printed, or that an owner's invitation holds. */

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { ApiError, api } from "../api/client";
import { sentence } from "../format/text";
import { Bare } from "./bare";
import { Problem } from "./problem";

const LEAST = 12;

export function SetUp() {
  const navigate = useNavigate();
  const client = useQueryClient();
  // The code stands behind the #, which browsers do not send: it reaches no log on the way.
  const [given] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const [short, setShort] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get("password"));
    if ([...password].length < LEAST) {
      setShort(true);
      return;
    }
    setBusy(true);
    setProblem(undefined);
    try {
      await api.setUp(given || String(form.get("code")).trim(), String(form.get("email")), password);
      client.removeQueries({ queryKey: ["session"] });
      await navigate({ to: "/", replace: true });
    } catch (error) {
      setProblem(said(error));
      setBusy(false);
    }
  }

  return (
    <Bare title="Set up Outis">
      <p>This makes your account on this server. What it may do was decided by whoever made the link.</p>
      <form onSubmit={submit} className="stack">
        <Problem text={problem} />
        {given === "" && (
          <TextInput
            name="code"
            label="Setup code"
            description="It is in the link that the server printed, or that an owner gave you."
            autoComplete="one-time-code"
            required
            size="md"
          />
        )}
        <TextInput name="email" type="email" label="E-mail" autoComplete="username" required autoFocus size="md" />
        <PasswordInput
          name="password"
          label="Password"
          description={`At least ${LEAST} characters. A few unrelated words do well.`}
          error={short ? `This password has fewer than ${LEAST} characters.` : undefined}
          onChange={(event) => short && setShort([...event.currentTarget.value].length < LEAST)}
          autoComplete="new-password"
          required
          size="md"
        />
        <Button type="submit" loading={busy} size="md">
          Create account
        </Button>
      </form>
    </Bare>
  );
}

function said(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong in the browser. Try again.";
  if (error.status === 0) return "The server did not answer. Check your connection and try again.";
  if (error.code === "setup_code") {
    return "This link has been used, or is too old. Ask whoever gave it to you for a new one, or run “outis setup” on the server.";
  }
  return sentence(error.message);
}
