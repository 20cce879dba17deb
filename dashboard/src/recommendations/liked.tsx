/** What is liked and kept, by tag: guarded counts like all others. */

import { useAnswer } from "../api/queries";
import type { ItemsAsked } from "../api/types";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { AllHidden, State } from "../overview/states";
import { Bars } from "../parts/bars";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { valueName } from "../view/words";

const TAGS = 15;

export function Liked() {
  const { site } = useScope();
  const asked: ItemsAsked = { site: site.site, period: { preset: "91d" }, by: "tag", limit: TAGS, offset: 0, order: ["likes", "desc"] };
  const answer = useAnswer("items", asked);
  return (
    <Sheet title="Liked, by tag" aside={<span className="quiet small">Last 91 days</span>}>
      <Answered answer={answer} ghosts={6}>
        {(data) => {
          const rows = data.rows.filter((row) => row.likes !== null && row.likes > 0);
          if (rows.length === 0 && data.hidden.groups > 0) return <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what="tags" />;
          if (rows.length === 0)
            return (
              <State title="Nothing was liked in this time">
                <p>The application sends an event “like” or “bookmark” with item and tags; they are told here once enough people liked something of a tag.</p>
              </State>
            );
          return (
            <>
              <Bars
                label="Tag"
                columns={["Likes", "Bookmarks"]}
                rows={rows.map((row) => ({
                  key: `${row.kind}${row.key}`,
                  name: row.kind === "value" ? row.key : valueName("tag", row.key),
                  odd: row.kind !== "value",
                  size: row.likes,
                  cells: [say("events", row.likes), say("events", row.bookmarks)],
                }))}
              />
              <Hidden data={data} what="tags" />
              <Foot name="liked" of="tags" header={["tag", "likes", "bookmarks"]} rows={rows.map((row) => [row.key, row.likes, row.bookmarks])} kind="items" asked={asked} data={data} />
            </>
          );
        }}
      </Answered>
    </Sheet>
  );
}
