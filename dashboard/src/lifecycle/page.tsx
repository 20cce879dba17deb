/** `/SITE/lifecycle`: who is new, who stays, who comes back and who stays away. */

import { ApiError } from "../api/client";
import { useAnswer } from "../api/queries";
import type { LifecycleAnswer, LifecycleAsked } from "../api/types";
import { firstAskable, longDay } from "../format/date";
import { say } from "../format/number";
import { unfiltered, useScope } from "../overview/scope";
import { Choice } from "../parts/fields";
import { Frame } from "../parts/frame";
import Lines from "../parts/lines";
import { MembersOnly } from "../parts/members";
import { known, useOwn } from "../parts/own";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { Spread } from "../parts/spread";
import { msOf, plusDays } from "../view/day";
import { PARTS, Stacked } from "./stacked";

export function LifecyclePage() {
  return (
    <Frame unfiltered title="Lifecycle" about="Which members are new, which stay, which come back and which stay away.">
      <Content />
    </Frame>
  );
}

function Content() {
  const scope = useScope();
  const own = useOwn();
  const interval = known(["week", "period"], own.one("every"), "week");
  const wanted: LifecycleAsked = { ...unfiltered(scope), interval };
  const whole = useAnswer("lifecycle", wanted, { growing: scope.growing });
  // Who stays away was there in the week before, so a week more is asked for than is shown. Where its rows are gone, the
  // first week that can be told begins later.
  const from = interval === "week" ? firstWeek(whole.error) : undefined;
  const to = scope.window?.to;
  const later = from !== undefined && to !== undefined && from <= to ? { ...wanted, period: { from, to } } : undefined;
  const part = useAnswer("lifecycle", later ?? wanted, { enabled: later !== undefined, growing: scope.growing });
  const [answer, asked] = later ? [part, later] : [whole, wanted];
  const data = answer.data;
  const none = data !== undefined && isEmpty(data);
  return (
    <>
      <Sheet
        title="New, returning, back again, away"
        className="aside-fields"
        aside={
          <Choice
            label="By"
            value={interval}
            options={[
              ["week", "Weeks"],
              ["period", "Periods of five weeks"],
            ]}
            onChange={(every) => own.put({ every: every === "week" ? undefined : every })}
          />
        }
      >
        <Answered answer={answer} ghosts={8}>
          {(told) => (isEmpty(told) ? <MembersOnly hidden={told.hidden} /> : <Stacked data={told} />)}
        </Answered>
        {data && (
          <>
            {later && !none && <p className="sheet-line quiet small">Begins with the week of {longDay(later.period.from)}: rows of the days before it are gone, and history does not tell who is a member for how long.</p>}
            {!none && <Hidden data={data} what="weeks" />}
            <Foot name="lifecycle" of="lifecycle" header={[interval, ...PARTS.map(([name]) => name)]} rows={data.labels.map((label, n) => [label, ...PARTS.map(([name]) => data.series[name][n] ?? null)])} kind="lifecycle" asked={asked} data={data} />
          </>
        )}
      </Sheet>
      {data && !none && (
        <div className="columns">
          <Actives data={data} asked={asked} />
          <Stickiness data={data} asked={asked} />
        </div>
      )}
    </>
  );
}

/** The first Monday whose week before it has all its rows. */
function firstWeek(error: Error | null): string | undefined {
  if (!(error instanceof ApiError) || error.code !== "not_in_history") return undefined;
  const first = firstAskable(error.message);
  if (!first) return undefined;
  const weekday = (new Date(msOf(first)).getUTCDay() + 6) % 7;
  return plusDays(first, ((7 - weekday) % 7) + 7);
}

const isEmpty = (data: LifecycleAnswer) => PARTS.every(([name]) => data.series[name].every((value) => !value));

function Actives({ data, asked }: { data: LifecycleAnswer; asked: LifecycleAsked }) {
  const { day, week, period } = data.actives;
  const last = (list: (number | null)[]) => say("visitors", list.at(-1));
  return (
    <Sheet title="Active members">
      <p className="sheet-line">
        <strong>{last(day)}</strong> on the last day, <strong>{last(week)}</strong> in the last week, <strong>{last(period)}</strong> in the last period.
      </p>
      <div className="graph-body grow">
        <Lines label="Active members by day" labels={data.day_labels} courses={[{ name: "Active members", points: day }]} interval="day" running={data.how.partial_last} say={(value) => say("visitors", value)} />
      </div>
      <Foot name="actives" of="active members" header={["day", "members"]} rows={data.day_labels.map((label, n) => [label, day[n] ?? null])} kind="lifecycle" asked={asked} data={data} />
    </Sheet>
  );
}

function Stickiness({ data, asked }: { data: LifecycleAnswer; asked: LifecycleAsked }) {
  const list = data.stickiness ?? [];
  return (
    <Sheet title="On how many days of a week">
      <div className="sheet-body grow">
        {list.length === 0 ? (
          <p className="quiet">
            {data.stickiness ? "Too few members to be told." : "Days of the same week are joined only where the site’s settings let consenting members be joined for a period."}
          </p>
        ) : (
          <Spread label="Members by days of the week on which they were there" of="percent of members" percent ranges={list.map(({ days, percent }) => ({ name: days === 1 ? "1 day" : `${days} days`, value: percent }))} />
        )}
      </div>
      <Foot name="stickiness" of="days of a week" header={["days", "percent"]} rows={list.map((row) => [row.days, row.percent])} kind="lifecycle" asked={asked} data={data} />
    </Sheet>
  );
}
