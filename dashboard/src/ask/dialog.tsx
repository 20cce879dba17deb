/** `/` or Ctrl-K: a question in words. What is understood is shown as the question it became; Enter opens it. */

import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactNode, useState } from "react";

import "../styles/ask.css";
import { again } from "../api/queries";
import { ApiError, api } from "../api/client";
import { Dialog } from "../app/dialog";
import { sentence } from "../format/text";
import { useLatest, useScope } from "../overview/scope";
import { dimensionName } from "../view/words";
import { partsOf } from "./sentence";
import type { AskAnswer, Place, Suggestion, Why } from "./types";
import { type Where, whereOf } from "./where";

const EXAMPLES = [
  "downloads per country last month compared with the month before",
  "which pages lose visitors",
  "funnel from home to signup",
  "wöchentliche Retention seit Mai",
];
const MOST_CHARS = 1_000;

export default function AskDialog({ onClose }: { onClose: () => void }) {
  const { site } = useScope();
  const latest = useLatest();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), 200);
  const answer = useQuery({
    // Nothing of it outlives the dialog.
    queryKey: ["ask", site.site, settled],
    queryFn: ({ signal }) => api.inWords(site.site, settled, signal),
    enabled: settled !== "",
    gcTime: 0,
    placeholderData: keepPreviousData,
    retry: again,
  });
  const current = answer.data && settled !== "" ? answer.data : undefined;
  const where = current?.question ? whereOf(current.question, latest().view) : undefined;
  // What is on screen may be of the text before.
  const ready = settled === text.trim() && !answer.isPlaceholderData && answer.isSuccess;
  const open = (to: Where) => {
    onClose();
    void navigate({ to: to.to, params: { site: site.site }, search: to.view });
  };
  function keyed(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready && where && current?.understood === "question") open(where);
  }
  return (
    <Dialog onClose={onClose} title="Ask in words" size={680} className="ask">
      <TextInput
        aria-label="Question"
        placeholder="What do you want to know?"
        value={text}
        maxLength={MOST_CHARS}
        autoComplete="off"
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={keyed}
      />
      <div aria-live="polite" data-stale={(!ready && current !== undefined) || undefined} className="ask-answer">
        {settled === "" && <Examples onChoose={setText} />}
        {settled !== "" && answer.isError && <p className="wrong">{sentence(answer.error instanceof ApiError ? answer.error.message : "the question could not be asked")}</p>}
        {current && <Understood answer={current} text={settled} where={where} onOpen={open} onText={setText} />}
      </div>
      <p className="quiet small">Questions are understood on this server, in English and German. The text is not kept.</p>
    </Dialog>
  );
}

function Examples({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <ul className="ask-examples" aria-label="Examples">
      {EXAMPLES.map((example) => (
        <li key={example}>
          <button type="button" onClick={() => onChoose(example)}>
            {example}
          </button>
        </li>
      ))}
    </ul>
  );
}

interface UnderstoodProps {
  answer: AskAnswer;
  text: string;
  where: Where | undefined;
  onOpen: (where: Where) => void;
  onText: (text: string) => void;
}

function Understood({ answer, text, where, onOpen, onText }: UnderstoodProps) {
  if (answer.out_of_scope === "about_somebody") return <Said title="Nobody can be looked up">Statistics say how many, never who. Ask for a number instead: &ldquo;visitors of /pricing yesterday&rdquo;.</Said>;
  if (answer.out_of_scope) return <Said title="Not understood">Ask for numbers, trends, funnels, retention, journeys, goals, features or items, in English or German.</Said>;
  const sure = answer.understood === "question";
  return (
    <>
      {answer.question && where && (
        <div className="ask-question">
          <p className="quiet small">{sure ? "Understood as" : "Could be"}</p>
          <ul className="ask-parts" aria-label="The question in its parts">
            {partsOf(answer.question, answer.titles).map((part) => (
              <li key={part}>{part}</li>
            ))}
          </ul>
          <Button {...(sure ? {} : { variant: "default" })} onClick={() => onOpen(where)}>
            Open in {where.page}
          </Button>
        </div>
      )}
      {answer.why.length > 0 && (
        <ul className="ask-why" aria-label="What is not clear">
          {answer.why.map((why) => (
            <li key={`${why.what} ${why.place?.from ?? why.message}`}>{unclear(why, text)}</li>
          ))}
        </ul>
      )}
      {answer.suggestions.length > 0 && <Instead suggestions={answer.suggestions} text={text} onText={onText} />}
    </>
  );
}

function Said({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="ask-question">
      <p>
        <strong>{title}</strong>
      </p>
      <p>{children}</p>
    </div>
  );
}

function unclear({ what, place, message }: Why, text: string): ReactNode {
  const word = <mark>{place ? text.slice(place.from, place.to) : ""}</mark>;
  if (what === "word") return <>{word} is not understood.</>;
  if (what === "value") return <>{word} does not go with this kind of question.</>;
  if (what === "kind") return <>It could be another kind of question: say it more fully.</>;
  if (what === "future") return <>The period has not begun.</>;
  if (what === "missing") return <>{message === "steps" ? "Name at least two steps" : `Name ${message === "page" ? "a page" : "an event"}`}.</>;
  return <>{sentence(message ?? what)}</>;
}

/** Words of the site that are like what was written; one click puts one there. */
function Instead({ suggestions, text, onText }: { suggestions: Suggestion[]; text: string; onText: (text: string) => void }) {
  return (
    <div className="ask-instead">
      <p className="quiet small" id="ask-instead">
        Perhaps
      </p>
      <ul aria-labelledby="ask-instead">
        {suggestions.map((one) => (
          <li key={`${one.place.from} ${one.dimension} ${one.text}`}>
            <button type="button" onClick={() => onText(replaced(text, one.place, one.text))}>
              {one.text} <span className="quiet">{dimensionName(one.dimension).toLowerCase()}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function replaced(text: string, { from, to }: Place, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}
