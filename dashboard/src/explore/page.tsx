/** `/SITE/explore`: any events, counted, split and compared. */

import { ApiError } from "../api/client";
import { useAnswer } from "../api/queries";
import { question, useScope } from "../overview/scope";
import { Frame } from "../parts/frame";
import { useOwn } from "../parts/own";
import { ExploreEditor } from "./editor";
import { Result } from "./result";
import { readExplore, toAsk } from "./state";

export function ExplorePage() {
  return (
    <Frame compares title="Explore" about="How often something happens, among whom, and how that changes.">
      <Content />
    </Frame>
  );
}

function Content() {
  const scope = useScope();
  const state = readExplore(useOwn());
  const asked = toAsk(scope, state);
  const answer = useAnswer("segmentation", asked ?? { ...question(scope), events: [] }, { enabled: asked !== undefined, growing: scope.growing });
  const wrong = answer.error instanceof ApiError && answer.error.status === 400 ? answer.error : undefined;
  return (
    <>
      <ExploreEditor state={state} wrong={wrong} />
      <Result answer={answer} asked={asked} state={state} />
    </>
  );
}
