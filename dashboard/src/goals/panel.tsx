/** The goals on the overview: their numbers, and the way to more of them. */

import { Link } from "@tanstack/react-router";

import "../styles/product.css";
import { ApiError } from "../api/client";
import { useAnswer } from "../api/queries";
import type { GoalsAsked } from "../api/types";
import { say } from "../format/number";
import { compared, question, useScope } from "../overview/scope";
import { Bars } from "../parts/bars";
import { Changed } from "../parts/changed";
import { Answered, Foot, Sheet } from "../parts/sheet";
import { shared } from "../view/view";

const SHOWN = 6;

export default function GoalPanel() {
  const scope = useScope();
  const asked: GoalsAsked = { ...question(scope), ...compared(scope) };
  const answer = useAnswer("goals", asked, { growing: scope.growing });
  // A server that does not count goals yet has none.
  if (answer.error instanceof ApiError && answer.error.status === 404) return null;
  const all = (name: string) => (
    <Link to="/$site/goals" params={{ site: scope.site.site }} search={shared(scope.view)}>
      {name}
    </Link>
  );
  return (
    <Sheet title="Goals" className="goal-panel" aside={all("All about goals")}>
      <Answered answer={answer}>
        {(data) =>
          data.rows.length === 0 ? (
            <div className="state">
              <p className="state-title">No goal yet</p>
              <p>Say what you hope people do here, and how many do it stands in this place. {all(data.suggestions.length > 0 ? "See what is suggested" : "Add a goal")}</p>
            </div>
          ) : (
            <Bars
              label="Goal"
              columns={["People", "Rate"]}
              rows={data.rows.slice(0, SHOWN).map((row) => ({
                key: row.goal,
                name: (
                  <>
                    {row.goal} {data.how.compare_window && <Changed metric="visitors" now={row.uniques} before={row.compare?.uniques} />}
                  </>
                ),
                size: row.uniques,
                cells: [say("visitors", row.uniques), say("percentage", row.conversion_rate)],
              }))}
            />
          )
        }
      </Answered>
      {answer.data && answer.data.rows.length > 0 && (
        <Foot name="goals" of="goals" header={["goal", "uniques", "total", "conversion_rate"]} rows={answer.data.rows.map((row) => [row.goal, row.uniques, row.total, row.conversion_rate])} kind="goals" asked={asked} data={answer.data} />
      )}
    </Sheet>
  );
}
