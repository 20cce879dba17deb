// What can be set, and what can be told of an event.

/** A value that a property can have. */
export type Value = string | number | boolean;

/** A switch: `false` or `"off"` turns it off, anything else that is set turns it on. */
export type Switch = boolean | string;

/** What an event may say besides its name. Nothing here is guessed: what is not given is not sent. */
export interface Details {
  /** Facts about the event, never about a person. */
  properties?: Record<string, Value | null | undefined>;
  /** Money taken: a decimal number and a currency of ISO 4217. */
  revenue?: { amount: number | string; currency: string };
  /** The item of the catalogue that it is about. */
  item?: string;
  /** Tags of that item. */
  tags?: string[];
  /** `false`: the event does not end a bounce. */
  interactive?: boolean;
  /** The page it happened on, if it is not the one that is shown. Its query is cut as that of every page. */
  url?: string;
}

/** An event as it is sent. */
export interface Wire extends Omit<Details, 'properties'> {
  name: string;
  url: string;
  properties?: Record<string, Value>;
  referrer?: string;
  hash?: true;
  scroll?: number;
  engaged_ms?: number;
  /** A random number by which the server knows an event that is sent again. */
  id: string;
}

export interface Options {
  /** Domain of the site as registered. Default: the page's host. */
  site?: string;
  /** Where events go. Default for the script: `/api/v1/events` on the host that the script came from. */
  endpoint?: string;
  /** The part after `#` is a route of the application. */
  hash?: Switch;
  /** Page views are told by the application only. */
  manual?: Switch;
  /** Counts pages of this machine too (`localhost`, `file:`). */
  local?: Switch;
  /** Counts browsers that a program steers too. */
  automation?: Switch;
  /** `"off"`: where the browser says "do not sell or share" (Global Privacy Control) nothing is sent at all. */
  gpc?: Switch;
  /** `"off"`: says nothing of the display. Else widths are told as one of four, density as one of three. */
  display?: Switch;
  /** `"off"`: clicks on links to other hosts are not told. */
  outbound?: Switch;
  /** `"off"`: downloads are not told. Else a list of file name endings that are downloads: `"pdf,zip"`. */
  downloads?: Switch;
  /** `"off"`: that a form was sent is not told. What is in it never is. */
  forms?: Switch;
  /** Set: this page was not found. `"off"`: such pages are not told. Else the browser knows in most cases. */
  notFound?: Switch;
  /** A debug token of the site: the answers then show each event as it was stored. */
  debug?: string;
  /** Properties of every event. */
  properties?: Details['properties'];
  /** Last look at an event before it waits to be sent; `null` leaves it out. */
  transform?: (event: Wire) => Wire | null;
}

/** True if a switch that is off by default is on. */
export const isOn = (value: unknown): boolean => value != null && value !== false && value !== 'off';

/** True if a switch that is on by default is off. */
export const isOff = (value: unknown): boolean => value === false || value === 'off';

/** Attributes such as `data-outis-property-plan="pro"` as properties. What an element shows or holds is not read. */
export function propertiesOf(element: Element, prefix: string): Record<string, Value> {
  const found: Record<string, Value> = {};
  for (const { name, value } of element.attributes) {
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
  }
  return found;
}

/** Item and tags that an element names. */
export function itemOf(element?: HTMLElement): Details {
  const { outisItem, outisTags } = element ? element.dataset : ({} as DOMStringMap);
  return { item: outisItem, tags: outisTags?.split(',').map((tag) => tag.trim()).filter(Boolean) };
}
