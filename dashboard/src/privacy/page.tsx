/** `/SITE/privacy`: what is held of people and until when, what became of their requests, and who of the staff did what. */

import { useQuery } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import { may } from "../header/pages";
import { useScope } from "../overview/scope";
import { State } from "../overview/states";
import { Frame } from "../parts/frame";
import { Answered, Sheet } from "../parts/sheet";
import { AuditSheet } from "./audit";
import { Clocks } from "./clocks";
import { EgressSheet } from "./egress";
import { KeySheet } from "./keys";
import { RequestSheet } from "./requests";

export function PrivacyPage() {
  return (
    <Frame plain title="Privacy" about="What is held of people and until when, and what became of their requests. Counts and days; never who.">
      <Content />
    </Frame>
  );
}

function Content() {
  const { session, site } = useScope();
  const allowed = may(session, "see_privacy");
  const privacy = useQuery({ queryKey: ["privacy", site.site], queryFn: ({ signal }) => api.privacy(site.site, signal), enabled: allowed, retry: again });
  if (!allowed && may(session, "see_egress")) return <EgressSheet />;
  if (!allowed) {
    return (
      <section className="sheet product">
        <State title="Not for this account">
          <p>Privacy officers see this. One of them, or whoever runs the server, gives the role.</p>
        </State>
      </section>
    );
  }
  return (
    <>
      <Sheet title="Held, and for how long">
        <Answered answer={privacy} ghosts={5}>
          {(held) => <Clocks held={held} />}
        </Answered>
      </Sheet>
      <RequestSheet />
      <AuditSheet />
      <EgressSheet />
      <KeySheet />
    </>
  );
}
