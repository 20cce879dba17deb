/** A question as a command for the terminal. */

import type { Asks, Form } from "../api/types";

/** Single quotes for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function curl(origin: string, form: Form, asked: Asks[Form]): string {
  return [
    `curl ${quoted(`${origin}/api/v1/insights/${form}`)}`,
    `-H "Authorization: Bearer $OUTIS_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(asked))}`,
  ].join(" \\\n  ");
}
