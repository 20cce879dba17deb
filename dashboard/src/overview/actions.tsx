/** What can be done with the numbers of a panel: take them along as CSV, or as a command. */

import { ActionIcon } from "@mantine/core";
import { lazy, Suspense } from "react";

import type { Asks, Form } from "../api/types";
import type { Cell } from "../format/csv";
import { Dots } from "../header/icons";
import { useLayer } from "../parts/layer";

export interface ActionsProps {
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

const load = () => import("./actions-menu");
const ActionsMenu = lazy(load);

export function Actions(props: ActionsProps) {
  const { button, layer } = useLayer(load, "menu");
  return (
    <>
      <ActionIcon {...button} variant="subtle" size="md" className="quiet-button" aria-label={`More: ${props.of}`}>
        <Dots />
      </ActionIcon>
      <Suspense>{layer && <ActionsMenu layer={layer} {...props} />}</Suspense>
    </>
  );
}
