/** The settings menu: theme, shortcuts, signing out. */

import { ActionIcon, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { api } from "../api/client";
import { useSavePreferences } from "../api/queries";
import type { Preferences } from "../api/types";
import { useAnnounce } from "../app/announce";
import { useScope } from "../overview/scope";
import { Sliders } from "./icons";
import { may } from "./pages";
import { SHOW_SHEET } from "./shortcuts";

const THEMES: [NonNullable<Preferences["theme"]>, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function Settings() {
  const { session, site } = useScope();
  const { theme = "system", shortcuts = true } = session.preferences;
  const save = useSavePreferences();
  const navigate = useNavigate();
  const client = useQueryClient();
  const announce = useAnnounce();

  async function signOut() {
    try {
      await api.signOut();
      client.clear();
      await navigate({ to: "/sign-in" });
    } catch {
      announce("You are still signed in: the server did not answer. Try again.");
    }
  }

  return (
    <Menu position="bottom-end" width={248}>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label="Settings" className="quiet-button settings">
          <Sliders />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.email}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {THEMES.map(([value, label]) => (
          <Menu.RadioItem key={value} value={value} checked={theme === value} onChange={() => save({ theme: value })}>
            {label}
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.CheckboxItem checked={shortcuts} onChange={() => save({ shortcuts: !shortcuts })}>
          Single-key shortcuts
        </Menu.CheckboxItem>
        <Menu.Item rightSection={<kbd>?</kbd>} onClick={() => window.dispatchEvent(new Event(SHOW_SHEET))}>
          List of shortcuts
        </Menu.Item>
        <Menu.Divider />
        {may(session, "ask_questions") && (
          <Menu.Item onClick={() => void navigate({ to: "/$site/collection", params: { site: site.site } })}>
            What is collected
          </Menu.Item>
        )}
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
