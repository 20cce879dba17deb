// The address of a page, without what may not be sent.

const CAMPAIGN = /^(utm_(source|medium|campaign|content|term)|ref|source)$/;
// Ids that follow one click of one person: only that there is one is told.
const CLICK_ID = /^([gdy]clid|(fb|tw|tt)clid|msclkid|[gw]braid|li_fat_id|epik|rdt_cid|sccid|igshid|mc_eid|vero_id)$/i;

/** The route of an address: what tells one page from another. */
export const routeOf = (url: URL | Location, hash: boolean): string =>
  url.pathname + (hash ? url.hash.split('?')[0] : '');

/** The address with campaign parameters and names of click ids as its whole query, without user and password. */
export function pageOf(url: URL | Location, hash: boolean): string {
  const kept: string[] = [];
  new URLSearchParams(url.search).forEach((value, name) => {
    if (CAMPAIGN.test(name)) kept.push(name + '=' + encodeURIComponent(value));
    else if (CLICK_ID.test(name)) kept.push(name);
  });
  return (
    url.protocol + '//' + url.host + url.pathname +
    (kept[0] ? '?' + kept.join('&') : '') +
    (hash ? url.hash.split('?')[0] : '')
  ).slice(0, 4e3);
}

/** Scheme and host of the page that led here, if it is another site's. */
export const referrerOf = (text: string): string | undefined => {
  const found = /^[\w-]+:\/\/([^/?#]+)/.exec(text);
  return found && found[1] !== location.host ? found[0] : undefined;
};
