/** How long it takes, how it goes over time, and how groups differ. */

import type { FunnelAnswer, FunnelAsked, Interval } from "../api/types";
import { say } from "../format/number";
import { useScope } from "../overview/scope";
import { AllHidden } from "../overview/states";
import { Choice } from "../parts/fields";
import Lines from "../parts/lines";
import { useOwn } from "../parts/own";
import { Foot, Hidden, Sheet } from "../parts/sheet";
import { ranged, Spread, timeRange } from "../parts/spread";
import { dimensionName, valueName } from "../view/words";
import type { FunnelState } from "./state";

interface Props {
  data: FunnelAnswer;
  asked: FunnelAsked;
}

export function TimeToConvert({ data, asked }: Props) {
  const { buckets, median_s } = data.time_to_convert;
  const told = buckets.some((bucket) => bucket.visitors !== null && bucket.visitors > 0);
  return (
    <Sheet title="Time from first to last step">
      <div className="sheet-body grow">
        {told ? (
          <>
            <p>
              {median_s === null ? "The median is not told." : <>Half of those who went all the way needed at most <strong>{say("visit_duration", median_s)}</strong>.</>}
            </p>
            <Spread label="Time from first to last step" of="people" whole={data.steps.at(-1)?.visitors} ranges={ranged(buckets, (b) => [b.from_s, b.to_s, b.visitors], timeRange)} />
          </>
        ) : (
          <p className="quiet">Nobody, or fewer than {data.hidden.floor} people, went all the way.</p>
        )}
      </div>
      <Foot
        name="time-to-convert"
        of="time to convert"
        header={["from_s", "to_s", "visitors"]}
        rows={buckets.map((b) => [b.from_s, b.to_s, b.visitors])}
        kind="funnel"
        asked={asked}
        data={data}
      />
    </Sheet>
  );
}

const NAMES: Record<Interval, string> = { hour: "Hours", day: "Days", week: "Weeks", month: "Months" };

export function OverTime({ data, asked, over }: Props & { over: FunnelState["over"] }) {
  const { intervals } = useScope();
  const own = useOwn();
  const rows = data.over_time ?? [];
  const options: [FunnelState["over"], string][] = [["none", "Not shown"], ...intervals.map((name): [Interval, string] => [name, NAMES[name]])];
  return (
    <Sheet
      title="Over time"
      aside={<Choice label="Interval" hideLabel value={over} options={options} onChange={(name) => own.put({ over: name })} />}
    >
      {over === "" || over === "none" || rows.length === 0 ? (
        <div className="sheet-body grow">
          <p className="quiet">Choose an interval to see how the share of those who go all the way changes.</p>
        </div>
      ) : (
        <>
          <div className="graph-body grow">
              <Lines
                label="Share that went all the way"
                labels={rows.map((row) => row.key)}
                courses={[{ name: "Went all the way", points: rows.map((row) => row.conversion) }]}
                interval={over}
                running={data.how.partial_last}
                say={(value) => say("percentage", value)}
              />
          </div>
          <Foot
            name="funnel-over-time"
            of="conversion over time"
            header={["time", "entered", "converted", "conversion"]}
            rows={rows.map((row) => [row.key, row.entered, row.converted, row.conversion])}
            kind="funnel"
            asked={asked}
            data={data}
          />
        </>
      )}
    </Sheet>
  );
}

export function Groups({ data, asked, group }: Props & { group: string }) {
  if (!group || !data.groups) return null;
  const shown = data.groups.filter((row) => row.kind !== "other");
  return (
    <Sheet title={`By ${dimensionName(group).toLowerCase()} at the first step`}>
      {shown.length === 0 && data.hidden.groups > 0 && <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what="groups" />}
      {shown.length > 0 && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Groups of the funnel">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{dimensionName(group)}</th>
                {data.steps.map((step, at) => (
                  <th scope="col" key={`${at}-${step.label}`} title={step.label}>
                    {at + 1}. {step.label}
                  </th>
                ))}
                <th scope="col">All the way</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={`${row.kind}${row.key}`}>
                  <th scope="row">{valueName(group, row.key)}</th>
                  {data.steps.map((step, at) => (
                    <td key={`${at}-${step.label}`}>{say("visitors", row.visitors[at])}</td>
                  ))}
                  <td>
                    <strong>{say("percentage", row.conversion)}</strong>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Hidden data={data} what="groups" />
      <Foot
        name={`funnel-by-${group}`}
        of="groups of the funnel"
        header={[group, ...data.steps.map((step) => step.label), "conversion"]}
        rows={data.groups.map((row) => [row.key, ...row.visitors, row.conversion])}
        kind="funnel"
        asked={asked}
        data={data}
      />
    </Sheet>
  );
}
