// Lists as a React component: the same calls, in the page's own markup.

import { useEffect, useRef, useState, type ReactNode } from 'react';

import { hide, linkOf, suggest, tell, type Suggested, type Suggestion } from './list.js';
import { because, wordsOf, type Words } from './words.js';
import type { ShowOptions } from './show.js';

export type { ListName, Reason, Suggested, Suggestion } from './list.js';
export type { Messages } from './words.js';

export interface SuggestionsProps extends ShowOptions {
  /** Of the section around; its parts are `outis-suggest-item`, `-why`, `-hide`. */
  className?: string;
  /** What stands for an item instead of its title: a picture, a card. It is inside of the link, if there is one. */
  children?: (item: Suggestion) => ReactNode;
}

type State = { list?: Suggested; failed?: boolean };

/** A list with reasons and, for the member's own, a way to say "not interested". */
export function Suggestions({ className, children, heading, language, messages, ...options }: SuggestionsProps): ReactNode {
  const [{ list, failed }, set] = useState<State>({});
  const latest = useRef(options);
  latest.current = options;
  const { endpoint, site, list: name, item, placement, limit, filter, token } = options;
  // A function that gets a token may be another at each render; a token that is another asks anew.
  const told = typeof token == 'string' ? token : '';
  useEffect(() => {
    let gone = false;
    suggest(latest.current).then(
      (list) => {
        if (gone) return;
        set({ list });
        if (list.items.length) tell('shown', list);
      },
      () => gone || set({ failed: true }),
    );
    return () => {
      gone = true;
    };
  }, [endpoint, site, name, item, placement, limit, filter, told]);
  if (!list && !failed) return null;
  const words = wordsOf(language, messages);
  return (
    <section className={className} aria-label={heading}>
      {heading && <h2>{heading}</h2>}
      {list && list.items.length > 0 && (
        <ul className="outis-suggest">
          {list.items.map((one) => (
            <Row key={one.id} list={list} item={one} options={options} words={words}>
              {children ? children(one) : one.title}
            </Row>
          ))}
        </ul>
      )}
      <p role="status">{failed ? words.failed : list!.items.length ? '' : words.empty}</p>
    </section>
  );
}

interface RowProps {
  list: Suggested;
  item: Suggestion;
  options: ShowOptions;
  words: Words;
  children: ReactNode;
}

function Row({ list, item, options, words, children }: RowProps): ReactNode {
  const [state, set] = useState<'wanted' | 'hidden' | 'back' | 'failed'>('wanted');
  const button = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone: its counterpart takes the focus.
  useEffect(() => {
    if (state == 'hidden' || state == 'back') button.current?.focus();
  }, [state]);
  const put = (away: boolean): Promise<void> =>
    hide(options, item.id, away).then(
      () => set(away ? 'hidden' : 'back'),
      () => set('failed'),
    );
  if (state == 'hidden') {
    return (
      <li className="outis-suggest-item">
        {words.hidden}{' '}
        <button ref={button} type="button" aria-label={`${words.undo}: ${item.title}`} onClick={() => void put(false)}>
          {words.undo}
        </button>
      </li>
    );
  }
  const href = linkOf(item.url);
  const why = because(item.reasons, words);
  return (
    <li className="outis-suggest-item">
      {href ? (
        <a href={href} onClick={() => tell('clicked', list, item)}>
          {children}
        </a>
      ) : (
        children
      )}
      {why && <p className="outis-suggest-why">{why}</p>}
      {options.list == 'for-you' && (
        <button ref={button} type="button" className="outis-suggest-hide" aria-label={`${words.hide}: ${item.title}`} onClick={() => void put(true)}>
          {words.hide}
        </button>
      )}
      {state == 'failed' && <p role="alert">{words.failed}</p>}
    </li>
  );
}
