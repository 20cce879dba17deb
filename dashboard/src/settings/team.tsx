/** Who has an account, with which roles, and links for those who are to get one. */

import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { ApiError, api } from "../api/client";
import { again } from "../api/queries";
import type { Invitation, Role, Team as Accounts, User } from "../api/types";
import { useAnnounce } from "../app/announce";
import { useCopy } from "../app/copy";
import { Dialog } from "../app/dialog";
import { sentence } from "../format/text";
import { Some } from "../parts/fields";
import { Answered, Sheet } from "../parts/sheet";

const NAMES: Record<Role, string> = {
  owner: "Owner",
  analyst: "Analyst",
  viewer: "Viewer",
  support: "Support",
  privacy_officer: "Privacy officer",
};

const MEANS: Record<Role, string> = {
  owner: "runs sites, settings and accounts",
  analyst: "asks, and saves goals, funnels and the like",
  viewer: "asks",
  support: "sees what a member sees, by the member’s code",
  privacy_officer: "has people forgotten, sees requests and who did what",
};

export function Team() {
  const team = useQuery({ queryKey: ["team"], queryFn: ({ signal }) => api.team(signal), retry: again });
  return (
    <>
      <Sheet title="Team">
        <div className="sheet-body">
          <p className="quiet">
            All accounts see all sites. Owners give every role but the privacy officer’s, which privacy officers give: neither makes themselves the other.
          </p>
        </div>
        <Answered answer={team}>{(found) => <Users team={found} />}</Answered>
      </Sheet>
      {team.data && <Invite team={team.data} />}
    </>
  );
}

/** The roles to choose from: those that are this account's to give, and those that somebody has already. */
function choices(team: Accounts, has: Role[]): [Role, string][] {
  return team.roles.filter(({ role, yours_to_give }) => yours_to_give || has.includes(role)).map(({ role }) => [role, NAMES[role]]);
}

function said(error: Error | null): string | undefined {
  if (!error) return undefined;
  return error instanceof ApiError && error.status !== 0 ? sentence(error.message) : "The server did not answer. Nothing was changed.";
}

function Users({ team }: { team: Accounts }) {
  return (
    <ul className="team">
      {team.users.map((user) => (
        <Account key={user.id} team={team} user={user} />
      ))}
    </ul>
  );
}

function Account({ team, user }: { team: Accounts; user: User }) {
  const client = useQueryClient();
  const announce = useAnnounce();
  const [asking, setAsking] = useState(false);
  const done = async (message: string) => {
    announce(message);
    setAsking(false);
    for (const queryKey of [["team"], ["session"]]) await client.invalidateQueries({ queryKey });
  };
  const roles = useMutation({ mutationFn: (now: Role[]) => api.setRoles(user.id, now), onSuccess: () => done("Roles changed") });
  const remove = useMutation({ mutationFn: () => api.removeUser(user.id), onSuccess: () => done("Account removed") });
  const problem = said(roles.error ?? remove.error);
  return (
    <li>
      <p className="team-who">
        {user.email} {user.you && <span className="quiet small">you</span>}
      </p>
      <Some label={`Roles of ${user.email}`} options={choices(team, user.roles)} chosen={user.roles} onChange={(now) => roles.mutate(now as Role[])} />
      <Button variant="default" size="xs" onClick={() => setAsking(true)} aria-label={`Remove ${user.email}`}>
        Remove
      </Button>
      <div role="alert">{problem && <p className="problem">{problem}</p>}</div>
      {asking && (
        <Dialog onClose={() => setAsking(false)} title={`Remove ${user.email}?`}>
          <p>Their sessions end at once, and every link that was not used yet is of no use any more.</p>
          <div className="saving">
            <Button loading={remove.isPending} onClick={() => remove.mutate()}>
              Remove account
            </Button>
            <Button variant="subtle" className="quiet-button" onClick={() => setAsking(false)}>
              Keep it
            </Button>
          </div>
        </Dialog>
      )}
    </li>
  );
}

function Invite({ team }: { team: Accounts }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const invite = useMutation({ mutationFn: () => api.invite(chosen as Role[]) });
  const options = choices(team, []);
  return (
    <Sheet title="Invite somebody">
      <div className="sheet-body">
        <Some label="What the account is for" options={options} chosen={chosen} onChange={setChosen} />
        <ul className="plain quiet">
          {options.map(([role, name]) => (
            <li key={role}>
              {name} {MEANS[role]}.
            </li>
          ))}
        </ul>
        <div className="saving">
          <div role="alert">{invite.error && <p className="problem">{said(invite.error)}</p>}</div>
          <Button disabled={chosen.length === 0} loading={invite.isPending} onClick={() => invite.mutate()}>
            Make a link
          </Button>
        </div>
        {invite.data && <Made invitation={invite.data} />}
      </div>
    </Sheet>
  );
}

function Made({ invitation }: { invitation: Invitation }) {
  const copy = useCopy();
  return (
    <div className="made" role="status">
      <p>
        Hand this link over yourself; nothing is mailed. It is good once, for {invitation.hours} hours, and shown only now.
      </p>
      <code className="made-link">{invitation.link}</code>
      <Button variant="default" size="xs" onClick={() => void copy(invitation.link, "Link copied")}>
        Copy link
      </Button>
    </div>
  );
}
