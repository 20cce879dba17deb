/** How many people are here right now, roughly. */

import { UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";

import { useLive } from "../api/queries";
import { whole } from "../format/number";
import type { Live } from "../api/types";
import { useScope } from "../overview/scope";
import { useLayer } from "../parts/layer";
import { may } from "./pages";

const load = () => import("./live-box");
const LiveBox = lazy(load);

/** Sent by the keyboard: show how the live count comes about. */
export const SHOW_LIVE = "outis:live";

export function LiveCount() {
  const { session, site } = useScope();
  const asks = may(session, "ask_questions");
  const live = useLive(site.site, asks);
  const [open, setOpen] = useState(false);
  const { button, layer } = useLayer(load, "dialog", [open, setOpen]);
  useEffect(() => {
    const show = () => setOpen((was) => !was);
    window.addEventListener(SHOW_LIVE, show);
    return () => window.removeEventListener(SHOW_LIVE, show);
  }, []);
  if (!asks) return null;
  const words = live.data ? liveWords(live.data) : live.isError ? "live count not available" : " ";
  return (
    <>
      <UnstyledButton {...button} className="live">
        <span className="dot" data-off={!live.data?.about || undefined} aria-hidden="true" />
        <span role="status">{words}</span>
      </UnstyledButton>
      <Suspense>{layer && <LiveBox layer={layer} live={live.data} />}</Suspense>
    </>
  );
}

export function liveWords({ about, floor }: Live): string {
  if (about !== null) return `about ${whole(about)} right now`;
  return floor > 1 ? `fewer than ${floor} right now` : "nobody right now";
}
