/** What the people of the period are made up of, by one attribute. */

import { useAnswer } from "../api/queries";
import { say } from "../format/number";
import { question, useScope } from "../overview/scope";
import { AllHidden, NoData } from "../overview/states";
import { Bars } from "../parts/bars";
import { By, DIMENSIONS } from "../parts/fields";
import { known, useOwn } from "../parts/own";
import { Answered, Foot, Hidden, Sheet } from "../parts/sheet";
import { dimensionName, valueName } from "../view/words";

export function Composition() {
  const scope = useScope();
  const own = useOwn();
  const dimension = known(DIMENSIONS, own.one("by"), "device");
  const asked = { ...question(scope), dimension };
  const answer = useAnswer("composition", asked, { growing: scope.growing });
  return (
    <Sheet title="Made up of" aside={<By label="By" value={dimension} onChange={(by) => own.put({ by: by === "device" ? undefined : by })} />} className="aside-fields">
      <Answered answer={answer}>
        {(data) => {
          const rows = data.rows.filter((row) => row.kind !== "other" || row.visitors !== null);
          if (rows.length === 0) return data.hidden.groups > 0 ? <AllHidden groups={data.hidden.groups} floor={data.hidden.floor} what="groups" /> : <NoData what="people" />;
          return (
            <Bars
              label={dimensionName(dimension)}
              columns={["People", "Share"]}
              rows={rows.map((row) => ({ key: `${row.kind}${row.key}`, name: valueName(dimension, row.key), odd: row.kind !== "value", size: row.visitors, cells: [say("visitors", row.visitors), say("percentage", row.percent)] }))}
            />
          );
        }}
      </Answered>
      {answer.data && (
        <>
          <Hidden data={answer.data} what="groups" />
          <Foot name={`composition-${dimension}`} of="what people are made up of" header={[dimension, "visitors", "percent"]} rows={answer.data.rows.map((r) => [r.key, r.visitors, r.percent])} kind="composition" asked={asked} data={answer.data} />
        </>
      )}
    </Sheet>
  );
}
