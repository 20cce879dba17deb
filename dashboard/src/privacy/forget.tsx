/** Has somebody forgotten: asks whom and how, and that it is meant; then shows the receipt. */

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { ApiError, api } from "../api/client";
import type { Erasure } from "../api/types";
import { Dialog } from "../app/dialog";
import { download } from "../format/csv";
import { sentence } from "../format/text";
import { useScope } from "../overview/scope";
import { Check, Choice, Text } from "../parts/fields";

type Mode = "fold" | "delete";

export function Forget({ onClose }: { onClose: () => void }) {
  const { site } = useScope();
  const client = useQueryClient();
  const [id, setId] = useState("");
  const [mode, setMode] = useState<Mode>("fold");
  const [meant, setMeant] = useState(false);
  const erase = useMutation({
    mutationFn: () => api.erase(site.site, id, mode),
    onSuccess: async () => {
      setId("");
      for (const queryKey of [["erasures", site.site], ["audit"]]) await client.invalidateQueries({ queryKey });
    },
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    erase.mutate();
  }
  if (erase.data) return <Done request={erase.data} onClose={onClose} />;
  return (
    <Dialog onClose={onClose} title={`Forget somebody of ${site.site}`}>
      <form onSubmit={submit} className="forget">
        <Text label="The application’s id of the member" value={id} onChange={setId} about="It is sent once, kept nowhere, and stands in no address. Whether there is such a member is not told." />
        <Choice
          label="What becomes of rows of today"
          value={mode}
          options={[
            ["fold", "They stay in counts over enough people"],
            ["delete", "They are counted in nothing any more"],
          ]}
          onChange={setMode}
        />
        <Check checked={meant} onChange={setMeant}>
          I know that nobody can bring this back
        </Check>
        <div role="alert">{erase.error && <p className="problem">{said(erase.error)}</p>}</div>
        <div className="saving">
          <Button type="submit" disabled={!meant || id === ""} loading={erase.isPending}>
            Forget for good
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function said(error: Error): string {
  return error instanceof ApiError && error.status !== 0 ? sentence(error.message) : "The server did not answer. Try again: asking twice does no harm.";
}

function Done({ request, onClose }: { request: Erasure; onClose: () => void }) {
  const receipt = request.receipts[0];
  return (
    <Dialog onClose={onClose} title="Forgotten, if there was such a member">
      <p>Everything personal is destroyed, in backups too. Rows are hidden now and gone soon. The answer is the same for an id that is nobody’s.</p>
      <div className="saving">
        {receipt !== undefined && (
          <Button onClick={() => download(`receipt-${request.request_id}.json`, JSON.stringify(receipt), "application/json")}>Download the receipt</Button>
        )}
        <Button variant="subtle" className="quiet-button" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
