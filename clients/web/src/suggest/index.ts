// Lists as a module.

export { hide, suggest, SuggestError } from './list.js';
export type { ListName, ListOptions, Reason, Suggested, Suggestion } from './list.js';
export { show } from './show.js';
export type { Shown, ShowOptions } from './show.js';
export type { Messages } from './words.js';
