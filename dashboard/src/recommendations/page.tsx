/** `/SITE/recommendations`: what is offered, what is liked, what lists are made of it, and how well. */

import { Frame } from "../parts/frame";
import { Catalogue } from "./catalogue";
import { Learning } from "./learning";
import { Liked } from "./liked";
import { Placements } from "./placements";
import { Preview } from "./preview";

export function RecommendationsPage() {
  return (
    <Frame title="Recommendations" about="What is offered, what is liked, and the lists that come of it: made from what members say, never from what they do." plain>
      <Liked />
      <Preview />
      <Placements />
      <Learning />
      <Catalogue />
    </Frame>
  );
}
