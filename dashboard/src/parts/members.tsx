/** What stands where numbers of members would be, while there are none. */

import type { Told } from "../api/types";

export function MembersOnly({ hidden }: { hidden: Told["hidden"] }) {
  if (hidden.groups > 0) {
    return (
      <div className="state hatched">
        <p className="state-title">Hidden: fewer than {hidden.floor} members</p>
        <p>There are members, but not yet enough in any week to say something that could not be about one of them.</p>
      </div>
    );
  }
  return (
    <div className="state">
      <p className="state-title">This fills once members sign in</p>
      <p>
        A visitor is known for one day only, so nobody can be seen to return from one day to the next. Members are different: when your
        application signs an identity token for somebody who has logged in, Outis notes whether this is their first time today, this week
        or this period, and in which week they came first. That is enough for these numbers, without any number that spans days.
      </p>
    </div>
  );
}
