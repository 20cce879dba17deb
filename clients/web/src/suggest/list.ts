// Lists of items: asked for, told apart from failure, and an item that is not wanted.

/** Which list: by what the member says, like an item, what is acted on more than usual, what is new. */
export type ListName = 'for-you' | 'similar' | 'trending' | 'latest';

/** Why an item is in a list. */
export interface Reason {
  /** `tag_followed`, `liked`, `bookmarked`, `similar_to`, `popular`, `trending`, `new`, `editorial`. */
  kind: string;
  tag?: string;
  item?: string;
  title?: string;
}

/** An item of a list. */
export interface Suggestion {
  id: string;
  title: string;
  url?: string;
  tags?: string[];
  kind?: string;
  reasons: Reason[];
  /** `placement.variant.rank` in numbers; the same for everybody. */
  recommendation_id: string;
}

/** A list. */
export interface Suggested {
  items: Suggestion[];
  /** How it came about; names of placement and variant among it. */
  computed: { placement?: string; variant?: string; fallback?: string };
}

export interface ListOptions {
  /** Where Outis is: `https://stats.example.org`. Default for the script: where it came from. */
  endpoint?: string;
  /** Domain of the site as registered. Default: the page's host. */
  site?: string;
  list: ListName;
  /** `similar`: the item that is looked at. */
  item?: string;
  /** The identity token of whoever is signed in, or what gets one: for `for-you`, and for other lists where the site keeps them to
   * whoever it knows. It is kept nowhere. */
  token?: string | (() => string | Promise<string>);
  placement?: string;
  /** 1 to 100. Default: 6. */
  limit?: number;
  /** As in the interface: `kind:book;language:en`. */
  filter?: string;
}

/** Why there is no list. */
export class SuggestError extends Error {
  constructor(
    /** `token` (none, or not accepted), `item` (none), `refused` or `unreachable`. */
    readonly why: 'token' | 'item' | 'refused' | 'unreachable',
    readonly status?: number,
  ) {
    super(`outis: no list (${why})`);
  }
}

const USUAL = 6;

const tokenOf = async ({ token }: ListOptions): Promise<string | undefined> =>
  typeof token == 'function' ? token() : token;

/** No cookie goes along and no address of the page; what the answer is kept as is the browser's matter. */
async function call(options: ListOptions, path: string, method = 'GET', query = '', known = path.includes('/people/')): Promise<Response> {
  const token = known ? await tokenOf(options) : undefined;
  if (known && !token) throw new SuggestError('token');
  let response: Response;
  try {
    response = await fetch(`${(options.endpoint || '').replace(/\/$/, '')}/api/v1${path}${query}`, {
      method,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      headers: token ? { authorization: `Bearer ${token}` } : {},
    });
  } catch {
    throw new SuggestError('unreachable');
  }
  // The site keeps its lists to whoever it knows: only then a token is shown for one that is not the member's own.
  if (response.status == 401 && !known && options.token) return call(options, path, method, query, true);
  if (!response.ok) throw new SuggestError(response.status == 401 ? 'token' : 'refused', response.status);
  return response;
}

/** Gets a list.
 * @throws {SuggestError} */
export async function suggest(options: ListOptions): Promise<Suggested> {
  const { list, item, placement, filter, limit = USUAL, site = location.hostname } = options;
  if (list == 'similar' && !item) throw new SuggestError('item');
  const mine = list == 'for-you';
  const path = mine
    ? '/people/me/recommendations'
    : list == 'similar'
      ? `/items/${encodeURIComponent(item!)}/similar`
      : `/${list}`;
  const query = new URLSearchParams({ limit: '' + limit });
  if (!mine) query.set('site', site);
  if (placement) query.set('placement', placement);
  if (filter) query.set('filter', filter);
  return (await call(options, path, 'GET', `?${query}`)).json();
}

/** Says that an item is not wanted, or takes that back. Lists follow at once.
 * @throws {SuggestError} */
export async function hide(options: ListOptions, id: string, hidden = true): Promise<void> {
  await call(options, `/people/me/hidden/${encodeURIComponent(id)}`, hidden ? 'PUT' : 'DELETE');
}

/** Addresses that a link may have: pages, nothing that runs. */
export function linkOf(url: string | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const { protocol, href } = new URL(url, location.href);
    return /^https?:$/.test(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

type Tell = (name: string, details: object) => void;

/** Tells the tracker of the page, if there is one, what is shown or clicked: placement, variant and rank, never whose. */
export function tell(event: 'shown' | 'clicked', list: Suggested, item?: Suggestion): void {
  const outis = (window as { outis?: Tell }).outis;
  const { placement, variant } = list.computed;
  if (!outis || !placement) return;
  const properties = { variant: `${placement}.${variant}`, rank: item && item.recommendation_id.split('.')[2] };
  outis(`recommendation ${event}`, { properties, item: item && item.id, interactive: event == 'clicked' });
}
