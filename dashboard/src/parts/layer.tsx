/** Buttons that open menus and boxes. What floats is loaded when it is first wanted: the first page goes without. */

import { type RefObject, useRef, useState } from "react";

/** What a menu or box is told of its button. */
export interface Layer {
  at: RefObject<HTMLButtonElement | null>;
  opened: boolean;
  onChange: (opened: boolean) => void;
  /** Told once it is there: before that nothing can be opened. */
  onHung: () => void;
}

/** A button and what it opens. `load` fetches that; whether it is open may be decided elsewhere. */
export function useLayer(load: () => Promise<unknown>, popup: "menu" | "dialog", decided?: readonly [boolean, (opened: boolean) => void]) {
  const at = useRef<HTMLButtonElement>(null);
  const own = useState(false);
  const [wanted, setWanted] = decided ?? own;
  const [hung, setHung] = useState(false);
  const soon = () => void load();
  return {
    button: { ref: at, "aria-haspopup": popup, "aria-expanded": wanted, onClick: () => setWanted(!wanted), onPointerEnter: soon, onFocus: soon } as const,
    /** `undefined` until it is wanted. */
    layer: wanted || hung ? ({ at, opened: wanted && hung, onChange: setWanted, onHung: () => setHung(true) } satisfies Layer) : undefined,
  };
}
