/** `/SITE/intents`: what people may want and how they say it, how well that is told apart, and a text to try. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import { may } from "../header/pages";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Frame } from "../parts/frame";
import { Answered, Sheet } from "../parts/sheet";
import { Bench } from "./bench";
import { Confusion } from "./confusion";
import { Files } from "./files";
import { List } from "./list";

export function IntentsPage() {
  return (
    <Frame plain title="Intents" about="What people may want, how they say it, and what is done then. Texts are told here, on this server, and kept nowhere.">
      <Content />
    </Frame>
  );
}

/** How often it is looked whether a model is learnt. */
const WAIT_MS = 1000;

function Content() {
  const { session, site } = useScope();
  const allowed = may(session, "define");
  const intents = useQuery({
    queryKey: ["intents", site.site],
    queryFn: ({ signal }) => api.intents(site.site, signal),
    enabled: allowed,
    refetchInterval: (query) => (query.state.data?.state === "learning" ? WAIT_MS : false),
    retry: again,
  });
  if (!allowed) {
    return (
      <section className="sheet product">
        <State title="Not for this account">
          <p>Owners and analysts see this. An owner gives the role.</p>
        </State>
      </section>
    );
  }
  if (intents.data === undefined) {
    return (
      <Sheet title="Intents">
        <Answered answer={intents} ghosts={6}>
          {() => null}
        </Answered>
      </Sheet>
    );
  }
  const { state } = intents.data;
  return (
    <>
      {state !== "none" && <Bench key={`bench ${site.site}`} learnt={state === "ready"} />}
      <List key={`${site.site} ${intents.data.version}`} told={intents.data} />
      {state !== "none" && <Confusion told={intents.data} />}
      <Files version={intents.data.version} />
    </>
  );
}
