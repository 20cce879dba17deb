/** What surrounds every page: colours, the skip link, and messages that are read aloud. */

import { MantineProvider } from "@mantine/core";
import { useColorScheme } from "@mantine/hooks";
import { Outlet } from "@tanstack/react-router";

import { useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Session } from "../api/types";
import { Announcer } from "./announce";
import { nonce, nowhere, theme, variables } from "./theme";

/** The theme of the signed-in account; what the system prefers before that. */
function useScheme(): "light" | "dark" {
  const client = useQueryClient();
  const system = useColorScheme("light", { getInitialValueInEffect: false });
  const cache = client.getQueryCache();
  const chosen = useSyncExternalStore(
    (changed) => cache.subscribe(changed),
    () => client.getQueryData<Session>(["session"])?.preferences.theme ?? "system",
  );
  return chosen === "system" ? system : chosen;
}

export function Root() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={nowhere}
      forceColorScheme={useScheme()}
      getStyleNonce={nonce}
      deduplicateCssVariables
    >
      <a className="skip" href="#main">
        Skip to content
      </a>
      <Announcer>
        <Outlet />
      </Announcer>
    </MantineProvider>
  );
}
