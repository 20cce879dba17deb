/** The top of every page of a site: which site, who is here now, settings. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";

import { Wordmark } from "../brand/mark";
import { useScope } from "../overview/scope";
import { useLayer } from "../parts/layer";
import { Chevron } from "./icons";
import { LiveCount } from "./live";
import { may } from "./pages";
import { Sections } from "./sections";
import { Settings } from "./settings";
import { SHOW_ASK, SHOW_SHEET } from "./shortcuts";

const loadMenus = () => import("./menus");
const SiteMenu = lazy(async () => ({ default: (await loadMenus()).SiteMenu }));
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
  const { site } = useScope();
  const { button, layer } = useLayer(loadMenus, "menu");
  return (
    <>
      <Button {...button} variant="subtle" className="switcher" rightSection={<Chevron />} aria-label={`Site: ${site.site}. Switch site`}>
        {site.site}
      </Button>
      <Suspense>{layer && <SiteMenu layer={layer} />}</Suspense>
    </>
  );
}
