/** All rows of the list that the address names, with the metrics it names: `?details=page&measure=exit_rate`. */

import { metricsOf } from "../ask/where";
import { useOwn } from "../parts/own";
import { dimensionName } from "../view/words";
import Details from "./details";
import { type ListTab, PANELS } from "./panels";
import { parted } from "../view/view";

export default function Named() {
  const own = useOwn();
  const dimension = own.one("details") ?? "";
  const known = PANELS.flatMap((panel) => panel.tabs).find((tab) => tab.dimension === dimension);
  const label = dimensionName(dimension);
  const tab: ListTab = known ?? { dimension, label, what: `values of ${label.toLowerCase()}`, metrics: ["visitors"] };
  const asked = own.all("measure").map((text) => parted(text)[0] ?? "");
  const metrics = metricsOf(asked, tab.metrics);
  const by = asked.length > 0 ? metrics[0] : undefined;
  return <Details key={dimension} tab={{ ...tab, metrics }} {...(by ? { by } : {})} onClose={() => own.put({ details: undefined, measure: undefined })} />;
}
