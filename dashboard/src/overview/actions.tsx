/** What can be done with the numbers of a panel: take them along as CSV, or as a command. */

import { ActionIcon, Menu } from "@mantine/core";

import type { Asks, Form } from "../api/types";
import { useCopy } from "../app/copy";
import { type Cell, csv, download } from "../format/csv";
import { curl } from "../format/curl";
import { Dots } from "../header/icons";
import { useScope } from "./scope";

interface Props {
  /** Of the file. */
  name: string;
  /** What the numbers are, for those who hear it. */
  of: string;
  header: string[];
  rows: Cell[][];
  form: Form;
  asked: Asks[Form];
  /** The answer itself, where it holds more than the rows. */
  answer?: unknown;
}

export function Actions({ name, of, header, rows, form, asked, answer }: Props) {
  const { site, window } = useScope();
  const copy = useCopy();
  const days = window ? `-${window.from}-${window.to}` : "";
  const file = `${site.site}-${name}${days}`.replaceAll(/[^\w.-]/g, "_");
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" size="md" className="quiet-button" aria-label={`More: ${of}`}>
          <Dots />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={rows.length === 0} onClick={() => download(`${file}.csv`, csv(header, rows), "text/csv")}>
          Download shown rows as CSV
        </Menu.Item>
        {answer !== undefined && (
          <Menu.Item onClick={() => download(`${file}.json`, JSON.stringify(answer, null, 2), "application/json")}>
            Download answer as JSON
          </Menu.Item>
        )}
        <Menu.Item onClick={() => void copy(curl(origin(), form, asked), "Command copied; it reads the token from OUTIS_TOKEN")}>
          Copy as curl
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function origin(): string {
  return globalThis.location.origin;
}
