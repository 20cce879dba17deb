// What is said of an item, in two languages; every sentence can be another.

import type { Reason } from './list.js';

export interface Words {
  /** Each by its kind; `{}` is the tag or the item's title. */
  reasons: Record<string, string>;
  hide: string;
  hidden: string;
  undo: string;
  empty: string;
  failed: string;
}

const en: Words = {
  reasons: {
    tag_followed: 'because you follow {}',
    liked: 'because you liked {}',
    bookmarked: 'because you bookmarked {}',
    similar_to: 'like {}',
    popular: 'popular',
    trending: 'more wanted than usual',
    new: 'new',
    editorial: 'chosen by the editors',
  },
  hide: 'Not interested',
  hidden: 'You will not see this any more.',
  undo: 'Undo',
  empty: 'There is nothing to suggest yet.',
  failed: 'Suggestions cannot be shown just now.',
};

const de: Words = {
  reasons: {
    tag_followed: 'weil Sie {} folgen',
    liked: 'weil Ihnen {} gefällt',
    bookmarked: 'weil Sie {} gemerkt haben',
    similar_to: 'ähnlich wie {}',
    popular: 'beliebt',
    trending: 'gefragter als sonst',
    new: 'neu',
    editorial: 'von der Redaktion gewählt',
  },
  hide: 'Interessiert mich nicht',
  hidden: 'Das wird Ihnen nicht mehr gezeigt.',
  undo: 'Rückgängig',
  empty: 'Noch gibt es nichts vorzuschlagen.',
  failed: 'Vorschläge können gerade nicht gezeigt werden.',
};

export type Messages = Partial<Omit<Words, 'reasons'>> & { reasons?: Record<string, string> };

/** `language` is a BCP 47 tag; others than German are English unless `messages` says otherwise. */
export function wordsOf(language = document.documentElement.lang, messages: Messages = {}): Words {
  const words = /^de\b/i.test(language) ? de : en;
  return { ...words, ...messages, reasons: { ...words.reasons, ...messages.reasons } };
}

/** Up to two reasons; none that cannot be said whole. */
export function because(reasons: Reason[], words: Words): string {
  const said = reasons.map(({ kind, tag, title, item }) => {
    const sentence = words.reasons[kind];
    const about = tag || title || item;
    if (!sentence || (sentence.includes('{}') && !about)) return '';
    return sentence.replace('{}', () => about || '');
  });
  return [...new Set(said.filter(Boolean))].slice(0, 2).join(', ');
}
