/** How the live count comes about. */

import { Popover } from "@mantine/core";

import type { Live } from "../api/types";
import { counted } from "../format/number";
import { Hung } from "../parts/hung";
import type { Layer } from "../parts/layer";

export default function LiveBox({ layer, live }: { layer: Layer; live: Live | undefined }) {
  return (
    <Popover opened={layer.opened} onChange={layer.onChange} position="bottom-start" width={280} trapFocus={false}>
      <Popover.Target>
        <Hung to={layer} />
      </Popover.Target>
      <Popover.Dropdown>
        <p className="small">{explained(live)}</p>
      </Popover.Dropdown>
    </Popover>
  );
}

function explained(live: Live | undefined): string {
  if (!live) return "The count of people who are here now could not be loaded.";
  const minutes = counted(live.minutes, "minute", "minutes");
  const few = live.floor > 1 ? ` With fewer than ${live.floor}, the number is not told, so that nobody can be watched.` : "";
  return `People who did something in the last ${minutes}, rounded. Who they are is not known.${few}`;
}
