/** The form of a filter, hanging on the button that opened it. */

import { Popover } from "@mantine/core";
import type { ComponentProps } from "react";

import { Hung } from "../parts/hung";
import type { Layer } from "../parts/layer";
import Editor from "./editor";

interface Props extends ComponentProps<typeof Editor> {
  layer: Layer;
  label: string;
}

export default function FilterBox({ layer, label, ...editor }: Props) {
  return (
    <Popover opened={layer.opened} onChange={layer.onChange} position="bottom-start" width={296} trapFocus returnFocus withRoles={false}>
      <Popover.Target>
        <Hung to={layer} />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={label}>
        <Editor {...editor} />
      </Popover.Dropdown>
    </Popover>
  );
}
