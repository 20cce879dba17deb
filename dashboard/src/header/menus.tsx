/** What the menus of the header hold. */

import { Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { api } from "../api/client";
import { useSavePreferences } from "../api/queries";
import type { Preferences } from "../api/types";
import { useAnnounce } from "../app/announce";
import { useScope } from "../overview/scope";
import { HungMenu } from "../parts/hung-menu";
import type { Layer } from "../parts/layer";
import { presetName } from "../view/period";
import type { Comparison, Preset } from "../view/view";
import { may } from "./pages";
import { COMPARED, KEYS, ofPeriod, useGo } from "./period";
import { SHOW_SHEET } from "./shortcuts";

interface Props {
  layer: Layer;
}

export function SiteMenu({ layer }: Props) {
  const { session, site } = useScope();
  const navigate = useNavigate();
  return (
    <HungMenu layer={layer} width={280} side="start">
      {session.sites.map((s, at) => (
        <Menu.RadioItem
          key={s.site}
          value={s.site}
          checked={s.site === site.site}
          rightSection={at < 10 && <kbd>{(at + 1) % 10}</kbd>}
          closeMenuOnClick
          onChange={() => void navigate({ to: "/$site", params: { site: s.site } })}
        >
          {s.site}
        </Menu.RadioItem>
      ))}
      {may(session, "add_sites") && (
        <>
          <Menu.Divider />
          <Menu.Item onClick={() => void navigate({ to: "/new" })}>Add a site</Menu.Item>
        </>
      )}
    </HungMenu>
  );
}

const THEMES: [NonNullable<Preferences["theme"]>, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function SettingsMenu({ layer }: Props) {
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
    <HungMenu layer={layer} width={248}>
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
    </HungMenu>
  );
}

/** The presets in groups, shortest first. */
const GROUPS: Preset[][] = [
  ["today", "yesterday", "24h"],
  ["7d", "28d", "30d", "91d"],
  ["month", "last_month"],
  ["year", "6mo", "12mo", "all"],
];

interface PeriodProps extends Props {
  /** Other days are wanted. */
  onCustom: () => void;
}

export function PeriodMenu({ layer, onCustom }: PeriodProps) {
  const { view } = useScope();
  const go = useGo();
  return (
    <HungMenu layer={layer} width={264}>
      {GROUPS.map((group, at) => (
        <div key={group[0]} role="presentation">
          {at > 0 && <Menu.Divider />}
          {group.map((preset) => (
            <Menu.RadioItem
              key={preset}
              value={preset}
              checked={view.period === preset && !view.date}
              rightSection={<kbd>{KEYS[preset]}</kbd>}
              closeMenuOnClick
              onChange={() => go(ofPeriod(view, preset))}
            >
              {presetName(preset)}
            </Menu.RadioItem>
          ))}
        </div>
      ))}
      <Menu.Divider />
      <Menu.Item rightSection={<kbd>C</kbd>} onClick={onCustom}>
        Other days…
      </Menu.Item>
    </HungMenu>
  );
}

interface ComparingProps extends PeriodProps {
  now: Comparison;
}

export function ComparingMenu({ layer, now, onCustom }: ComparingProps) {
  const { view } = useScope();
  const go = useGo();
  const exact = view.match_day_of_week === false;
  const choose = (comparison: Comparison) => {
    const { compare_from: _f, compare_to: _t, ...rest } = view;
    go({ ...rest, comparison });
  };
  return (
    <HungMenu layer={layer} width={264}>
      {COMPARED.map(([mode, label]) => (
        <Menu.RadioItem key={mode} value={mode} checked={now === mode} closeMenuOnClick onChange={() => choose(mode)}>
          {label}
        </Menu.RadioItem>
      ))}
      <Menu.Item onClick={onCustom}>Other days…</Menu.Item>
      <Menu.Divider />
      <Menu.CheckboxItem
        checked={!exact}
        closeMenuOnClick
        onChange={() => {
          const { match_day_of_week: _, ...rest } = view;
          go(exact ? rest : { ...view, match_day_of_week: false });
        }}
      >
        Begin on the same day of the week
      </Menu.CheckboxItem>
    </HungMenu>
  );
}
