/** A menu that hangs on a button which was there before it. */

import { Menu } from "@mantine/core";
import type { ReactNode } from "react";

import { Hung } from "./hung";
import type { Layer } from "./layer";

interface Props {
  layer: Layer;
  /** In pixels. */
  width: number;
  /** Which side of the button it keeps to. */
  side?: "start" | "end";
  children: ReactNode;
}

export function HungMenu({ layer, width, side = "end", children }: Props) {
  return (
    <Menu opened={layer.opened} onChange={layer.onChange} position={`bottom-${side}`} width={width}>
      <Menu.Target>
        <Hung to={layer} />
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
