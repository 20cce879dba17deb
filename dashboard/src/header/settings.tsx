/** The settings menu: theme, shortcuts, signing out. */

import { ActionIcon } from "@mantine/core";
import { lazy, Suspense } from "react";

import { useLayer } from "../parts/layer";
import { Sliders } from "./icons";

const load = () => import("./menus");
const SettingsMenu = lazy(async () => ({ default: (await load()).SettingsMenu }));

export function Settings() {
  const { button, layer } = useLayer(load, "menu");
  return (
    <>
      <ActionIcon {...button} variant="subtle" size="lg" aria-label="Settings" className="quiet-button settings">
        <Sliders />
      </ActionIcon>
      <Suspense>{layer && <SettingsMenu layer={layer} />}</Suspense>
    </>
  );
}
