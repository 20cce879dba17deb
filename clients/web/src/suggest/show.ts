// Shows a list in an element of the page.

import { hide, linkOf, suggest, SuggestError, tell, type ListOptions, type Suggested, type Suggestion } from './list.js';
import { STYLE } from './style.js';
import { because, wordsOf, type Messages, type Words } from './words.js';

export interface ShowOptions extends ListOptions {
  /** Above the list. */
  heading?: string;
  /** Default: the page's. German and English are there. */
  language?: string;
  messages?: Messages;
}

export interface Shown {
  /** Asks anew. */
  refresh(): Promise<void>;
  /** Takes everything out of the element again. */
  remove(): void;
}

type Child = Node | string | undefined | false;

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...(children.filter(Boolean) as (Node | string)[]));
  return node;
}

/** Shows a list. What goes wrong is said in the list's place and told as the attribute `data-state`: `shown`, `empty` or
 * `failed`. Call it once for an element. */
export function show(element: HTMLElement, options: ShowOptions): Shown {
  const root = element.shadowRoot || element.attachShadow({ mode: 'open' });
  // A sheet of its own is no inline style, so that the page's policy need not allow those.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const words = wordsOf(options.language, options.messages);
  const said = make('p', { role: 'status' });
  const body = make('div');
  root.replaceChildren(
    make('section', { ariaLabel: options.heading || null }, options.heading && make('h2', {}, options.heading), body, said),
  );
  const state = (name: string, text = ''): void => {
    element.dataset.state = name;
    said.textContent = text;
  };
  const refresh = async (): Promise<void> => {
    try {
      const list = await suggest(options);
      body.replaceChildren(make('ul', {}, ...list.items.map((item) => row(list, item, options, words, said))));
      if (!list.items.length) return state('empty', words.empty);
      state('shown');
      tell('shown', list);
    } catch (error) {
      body.replaceChildren();
      state('failed', words.failed);
      console.info(error instanceof SuggestError ? error.message : 'outis: no list');
    }
  };
  void refresh();
  return { refresh, remove: () => root.replaceChildren() };
}

function row(list: Suggested, item: Suggestion, options: ShowOptions, words: Words, said: HTMLElement): HTMLElement {
  const href = linkOf(item.url);
  const why = because(item.reasons, words);
  const title = href ? make('a', { href, onclick: () => tell('clicked', list, item) }, item.title) : make('b', {}, item.title);
  const unwanted = make('button', { type: 'button', ariaLabel: `${words.hide}: ${item.title}` }, words.hide);
  const undo = make('button', { type: 'button', ariaLabel: `${words.undo}: ${item.title}` }, words.undo);
  const wanted = [title, why && make('p', { className: 'why' }, why), options.list == 'for-you' && unwanted];
  const li = make('li', {}, ...wanted);
  const put = (away: boolean, focus: HTMLElement): Promise<void> =>
    hide(options, item.id, away).then(
      () => {
        li.replaceChildren(...(away ? [words.hidden, undo] : (wanted.filter(Boolean) as Node[])));
        focus.focus();
        said.textContent = '';
      },
      () => {
        said.textContent = words.failed;
      },
    );
  unwanted.onclick = () => void put(true, undo);
  undo.onclick = () => void put(false, unwanted);
  return li;
}
