/** `/sign-in`: e-mail and password. */

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";

import { ApiError, api } from "../api/client";
import { sentence } from "../format/text";
import { Bare } from "./bare";
import { Problem } from "./problem";

export function SignIn() {
  const { next } = useSearch({ from: "__root__" });
  const router = useRouter();
  const client = useQueryClient();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      await api.signIn(String(form.get("email")), String(form.get("password")));
      client.removeQueries({ queryKey: ["session"] });
      router.history.push(next ?? "/");
    } catch (error) {
      setProblem(said(error));
      setBusy(false);
    }
  }

  return (
    <Bare title="Sign in">
      <form onSubmit={submit} className="stack">
        <Problem text={problem} />
        <TextInput name="email" type="email" label="E-mail" autoComplete="username" required autoFocus size="md" />
        <PasswordInput name="password" label="Password" autoComplete="current-password" required size="md" />
        <Button type="submit" loading={busy} size="md">
          Sign in
        </Button>
      </form>
      <p className="quiet small">
        Forgotten? Whoever runs this server can set a new password with <code>outis user</code>.
      </p>
    </Bare>
  );
}

function said(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong in the browser. Try again.";
  if (error.status === 401) return "This e-mail and password do not belong together.";
  if (error.status === 429) return "Too many attempts. Wait a minute, then try again.";
  if (error.status === 0) return "The server did not answer. Check your connection and try again.";
  return sentence(error.message);
}
