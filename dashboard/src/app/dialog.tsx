/** A dialog that is there while it is needed, and gives the focus back to where it was when it goes. */

import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";

export function Dialog(props: Omit<ModalProps, "opened">) {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the dialog's own trap has let go.
      if (before instanceof HTMLElement) setTimeout(() => before.focus({ preventScroll: true }));
    },
    [before],
  );
  return <Modal opened {...props} />;
}
