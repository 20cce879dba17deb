/** How many people are here right now, roughly. */

import { Popover, UnstyledButton } from "@mantine/core";
import { useEffect, useState } from "react";

import { useLive } from "../api/queries";
import { counted, whole } from "../format/number";
import type { Live } from "../api/types";
import { useScope } from "../overview/scope";
import { may } from "./pages";

/** Sent by the keyboard: show how the live count comes about. */
export const SHOW_LIVE = "outis:live";

export function LiveCount() {
  const { session, site } = useScope();
  const asks = may(session, "ask_questions");
  const live = useLive(site.site, asks);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const show = () => setOpen((was) => !was);
    window.addEventListener(SHOW_LIVE, show);
    return () => window.removeEventListener(SHOW_LIVE, show);
  }, []);
  if (!asks) return null;
  const words = live.data ? liveWords(live.data) : live.isError ? "live count not available" : " ";
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" width={280} trapFocus={false}>
      <Popover.Target>
        <UnstyledButton className="live" onClick={() => setOpen((was) => !was)} aria-expanded={open}>
          <span className="dot" data-off={!live.data?.about || undefined} aria-hidden="true" />
          <span role="status">{words}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <p className="small">{explained(live.data)}</p>
      </Popover.Dropdown>
    </Popover>
  );
}

export function liveWords({ about, floor }: Live): string {
  if (about !== null) return `about ${whole(about)} right now`;
  return floor > 1 ? `fewer than ${floor} right now` : "nobody right now";
}

function explained(live: Live | undefined): string {
  if (!live) return "The count of people who are here now could not be loaded.";
  const minutes = counted(live.minutes, "minute", "minutes");
  const few = live.floor > 1 ? ` With fewer than ${live.floor}, the number is not told, so that nobody can be watched.` : "";
  return `People who did something in the last ${minutes}, rounded. Who they are is not known.${few}`;
}
