/** `/SITE/features`: which parts of the product are used, by how many, and whether they come back. */

import { useAnswer } from "../api/queries";
import type { FeaturesAsked } from "../api/types";
import { compared, question, useScope } from "../overview/scope";
import { Frame } from "../parts/frame";
import { Composition } from "./composition";
import { Customers } from "./customers";
import { FeatureEditor } from "./editor";
import { Engagement } from "./engagement";
import { FeatureTable } from "./table";

export function FeaturesPage() {
  return (
    <Frame compares title="Features" about="Which parts of the product are used, by how many people, and what that goes with.">
      <Content />
    </Frame>
  );
}

function Content() {
  const scope = useScope();
  const asked: FeaturesAsked = { ...question(scope), ...compared(scope) };
  const answer = useAnswer("features", asked, { growing: scope.growing });
  return (
    <>
      <FeatureTable answer={answer} asked={asked} />
      {answer.data && <Customers data={answer.data} asked={asked} />}
      <FeatureEditor />
      <Engagement />
      <Composition />
    </>
  );
}
