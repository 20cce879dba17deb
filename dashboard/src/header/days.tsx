/** Two days, chosen in the browser's own calendar: a period, or what it is compared with. */

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";

import { Dialog } from "../app/dialog";
import { useScope } from "../overview/scope";
import { plusDays } from "../view/day";
import { useGo } from "./period";

export default function Days({ of, onClose }: { of: "period" | "comparison"; onClose: () => void }) {
  const { view, today, window } = useScope();
  const go = useGo();
  const [reversed, setReversed] = useState(false);
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [from, to] = [String(form.get("from")), String(form.get("to"))];
    if (from > to) {
      setReversed(true);
      return;
    }
    setReversed(false);
    const { date: _d, interval: _i, ...rest } = view;
    if (of === "period") go({ ...rest, period: "custom", from, to });
    else go({ ...view, comparison: "custom", compare_from: from, compare_to: to });
    onClose();
  }
  const from = (of === "comparison" ? view.compare_from : window?.from) ?? plusDays(today, -28);
  const to = (of === "comparison" ? view.compare_to : window?.to) ?? plusDays(today, -1);
  return (
    <Dialog onClose={onClose} title={of === "comparison" ? "Compare with other days" : "Other days"} size="sm">
      <form onSubmit={submit} className="stack">
        <div className="two">
          <TextInput type="date" name="from" label="First day" defaultValue={from} max={today} required data-autofocus />
          <TextInput type="date" name="to" label="Last day" defaultValue={to} max={today} required />
        </div>
        <div role="alert">{reversed && <p className="problem">The last day comes before the first.</p>}</div>
        <Button type="submit">Show these days</Button>
      </form>
    </Dialog>
  );
}
