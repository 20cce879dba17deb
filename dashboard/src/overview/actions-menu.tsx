/** What the menu of a panel holds. */

import { Menu } from "@mantine/core";

import { useCopy } from "../app/copy";
import { csv, download } from "../format/csv";
import { curl } from "../format/curl";
import { HungMenu } from "../parts/hung-menu";
import type { Layer } from "../parts/layer";
import type { ActionsProps } from "./actions";
import { useScope } from "./scope";

export default function ActionsMenu({ layer, name, header, rows, form, asked, answer }: ActionsProps & { layer: Layer }) {
  const { site, window } = useScope();
  const copy = useCopy();
  const days = window ? `-${window.from}-${window.to}` : "";
  const file = `${site.site}-${name}${days}`.replaceAll(/[^\w.-]/g, "_");
  return (
    <HungMenu layer={layer} width={240}>
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
    </HungMenu>
  );
}

function origin(): string {
  return globalThis.location.origin;
}
