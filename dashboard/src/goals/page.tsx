/** `/SITE/goals`: what visitors are hoped to do, how many do it, and where they came from. */

import { useAnswer } from "../api/queries";
import type { GoalsAsked } from "../api/types";
import { compared, question, useScope } from "../overview/scope";
import { Frame } from "../parts/frame";
import { useOwn } from "../parts/own";
import { Attribution } from "./attribution";
import { GoalEditor } from "./editor";
import { Suggestions } from "./suggestions";
import { GoalTable } from "./table";

export function GoalsPage() {
  return (
    <Frame compares title="Goals" about="What you hope people do here, how many do it, and what brought them.">
      <Content />
    </Frame>
  );
}

function Content() {
  const scope = useScope();
  const group = useOwn().one("group") ?? "";
  const asked: GoalsAsked = { ...question(scope), ...compared(scope), ...(group ? { group } : {}) };
  const answer = useAnswer("goals", asked, { growing: scope.growing });
  return (
    <>
      <GoalTable answer={answer} asked={asked} group={group} />
      <Attribution />
      <Suggestions answer={answer} />
      <GoalEditor />
    </>
  );
}
