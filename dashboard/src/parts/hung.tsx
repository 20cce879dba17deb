/** Hangs a menu or box of Mantine on a button that was there before it. */

import { type Ref, useEffect, useLayoutEffect } from "react";

import type { Layer } from "./layer";

interface Props {
  to: Layer;
  /** By Mantine, as it would give them to a button of its own. */
  ref?: Ref<HTMLElement>;
  id?: string;
}

/** To be the only child of a `Target`. */
export function Hung({ to: { at, onHung }, ref, id }: Props) {
  useLayoutEffect(() => {
    const button = at.current;
    if (button && id) button.id = id;
    if (typeof ref === "function") ref(button);
    else if (ref) ref.current = button;
  }, [at, ref, id]);
  useEffect(onHung, []);
  return null;
}
