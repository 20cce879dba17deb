/** What members say they like, by tag: counted of their statements with each batch, not of events. */

import { counted, whole } from "../format/number";
import { longDay } from "../format/date";
import { useScope } from "../overview/scope";
import { HiddenRow } from "../overview/rows";
import { AllHidden, State } from "../overview/states";
import { Bars } from "../parts/bars";
import { Answered, Sheet } from "../parts/sheet";
import { useLiked } from "./calls";
import type { LikedTags } from "./shapes";

const SHOWN = 15;

export function Liked() {
  const { site } = useScope();
  const answer = useLiked(site.site);
  return (
    <Sheet title="Liked, by tag" aside={answer.data?.counted_ms ? <span className="quiet small">As of {longDay(new Date(answer.data.counted_ms).toISOString().slice(0, 10))}</span> : undefined}>
      <Answered answer={answer} ghosts={6}>
        {(told) => <Tags told={told} />}
      </Answered>
    </Sheet>
  );
}

function Tags({ told: { counted_ms, members, tags, hidden, floor } }: { told: LikedTags }) {
  if (counted_ms === null)
    return (
      <State title="Not counted yet">
        <p>Members who agreed to personal lists are counted by the tags of what they like or have bookmarked, together with similar items: at most once a day, and once at least 20 of them said something new.</p>
      </State>
    );
  if (tags.length === 0 && hidden > 0) return <AllHidden groups={hidden} floor={floor} what="tags" />;
  if (tags.length === 0)
    return (
      <State title="Nothing that is liked has a tag">
        <p>Items get their tags in the catalogue below.</p>
      </State>
    );
  const share = (of: number) => (members === null || members === 0 ? "–" : `${Math.min(100, Math.round((100 * of) / members))} %`);
  const rows = tags.slice(0, SHOWN);
  return (
    <>
      <Bars label="Tag" columns={["Members", "Share"]} rows={rows.map(({ tag, members: of }) => ({ key: tag, name: tag, size: of, cells: [whole(of), share(of)] }))} />
      {hidden > 0 && (
        <div className="hidden-under">
          <HiddenRow groups={hidden} floor={floor} what="tags" />
        </div>
      )}
      <div className="sheet-body">
        <p className="quiet small measured">
          {members === null ? "" : `Of ${counted(members, "member", "members")} who like anything. `}A member counts once for a tag and those above it. Numbers are rounded to fives and change with the batch, so that no change tells what one member said.
        </p>
      </div>
    </>
  );
}
