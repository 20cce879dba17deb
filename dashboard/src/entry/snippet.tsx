/** The line that goes into a site's pages. */

import { Button } from "@mantine/core";

import { useCopy } from "../app/copy";

export function Snippet({ text }: { text: string }) {
  const copy = useCopy();
  return (
    <div className="snippet">
      <pre tabIndex={0} aria-label="Snippet">
        <code>{text}</code>
      </pre>
      <Button variant="default" size="xs" onClick={() => void copy(text, "Snippet copied")}>
        Copy
      </Button>
    </div>
  );
}
