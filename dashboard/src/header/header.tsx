/** The top of every page of a site: which site, who is here now, settings. */

import { Button, Menu } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";

import { Wordmark } from "../brand/mark";
import { useScope } from "../overview/scope";
import { Chevron } from "./icons";
import { LiveCount } from "./live";
import { may } from "./pages";
import { Sections } from "./sections";
import { Settings } from "./settings";
import { SHOW_ASK, SHOW_SHEET } from "./shortcuts";

const ShortcutSheet = lazy(() => import("./sheet"));
const AskDialog = lazy(() => import("../ask/dialog"));

export function Header() {
  const { session, site } = useScope();
  const asks = may(session, "ask_questions");
  const [sheet, setSheet] = useShown(SHOW_SHEET);
  const [ask, setAsk] = useShown(SHOW_ASK);
  return (
    <header className="header">
      <div className="header-in">
        <Link to="/$site" params={{ site: site.site }} className="home" aria-label="Outis, overview">
          <Wordmark />
        </Link>
        <SiteSwitcher />
        <LiveCount />
        {asks && (
          <Button variant="subtle" className="quiet-button ask-open" aria-haspopup="dialog" aria-keyshortcuts="/ Control+K" rightSection={<kbd>/</kbd>} onClick={() => setAsk(true)}>
            Ask
          </Button>
        )}
        {asks && (
          <nav className="header-nav" aria-label="Pages">
            <Link to="/$site/collection" params={{ site: site.site }}>
              What is collected
            </Link>
          </nav>
        )}
        <Settings />
      </div>
      <Sections />
      <Suspense>{sheet && <ShortcutSheet onClose={() => setSheet(false)} />}</Suspense>
      <Suspense>{ask && asks && <AskDialog onClose={() => setAsk(false)} />}</Suspense>
    </header>
  );
}

/** Whether something is shown that the keyboard can ask for. */
function useShown(name: string) {
  const state = useState(false);
  const [, set] = state;
  useEffect(() => {
    const show = () => set(true);
    window.addEventListener(name, show);
    return () => window.removeEventListener(name, show);
  }, [name, set]);
  return state;
}

function SiteSwitcher() {
  const { session, site } = useScope();
  const navigate = useNavigate();
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <Button variant="subtle" className="switcher" rightSection={<Chevron />} aria-label={`Site: ${site.site}. Switch site`}>
          {site.site}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
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
      </Menu.Dropdown>
    </Menu>
  );
}
