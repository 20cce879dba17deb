/** `?`: the list of shortcuts. */

import { Dialog } from "../app/dialog";
import { presetName } from "../view/period";
import { PRESET_KEYS } from "./period";

const OTHERS: [string, string][] = [
  ["C", "Other days"],
  ["←  →", "Period before, period after"],
  ["X", "Compare, or do not"],
  ["I", "Next interval of the graph"],
  ["R", "Who is here right now"],
  ["/", "Ask in words (Ctrl K, ⌘ K)"],
  ["+", "Add a filter"],
  ["Esc", "Remove all filters"],
  ["1 to 9, 0", "Switch site"],
  ["?", "This list"],
];

export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const periods = PRESET_KEYS.map(([key, preset]): [string, string] => [key.toUpperCase(), presetName(preset)]);
  return (
    <Dialog onClose={onClose} title="Shortcuts" size="lg">
      <div className="two shortcuts">
        <Keys list={periods} />
        <Keys list={OTHERS} />
      </div>
      <p className="quiet small">Single keys do nothing while you type. They can be switched off in the settings.</p>
    </Dialog>
  );
}

function Keys({ list }: { list: [string, string][] }) {
  return (
    <dl>
      {list.map(([key, means]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{means}</dd>
        </div>
      ))}
    </dl>
  );
}
