/** What dimensions, values and operators are called. */

const NAMES: Record<string, string> = {
  event: "Event",
  hostname: "Hostname",
  page: "Page",
  entry_page: "Entry page",
  exit_page: "Exit page",
  entry_hostname: "Entry hostname",
  exit_hostname: "Exit hostname",
  source: "Source",
  referrer: "Referrer",
  channel: "Channel",
  utm_medium: "Campaign medium",
  utm_source: "Campaign source",
  utm_campaign: "Campaign",
  utm_content: "Campaign content",
  utm_term: "Campaign term",
  click_id: "Click id",
  country: "Country",
  region: "Region",
  browser: "Browser",
  browser_version: "Browser version",
  os: "Operating system",
  os_version: "System version",
  device: "Device",
  screen: "Screen",
  viewport: "Viewport",
  density: "Pixel density",
  touch: "Touch",
  item: "Item",
  customer: "Customer",
  language: "Language",
  tag: "Tag",
  segment: "Segment",
};

/** Dimensions that a filter can be made of here. Languages are counted singly, so they are not among them. */
export const FILTERABLE = [
  "page",
  "entry_page",
  "exit_page",
  "source",
  "channel",
  "referrer",
  "utm_campaign",
  "utm_source",
  "utm_medium",
  "utm_content",
  "utm_term",
  "country",
  "region",
  "browser",
  "os",
  "device",
  "screen",
  "event",
  "hostname",
  "item",
  "tag",
];

export function dimensionName(dimension: string): string {
  return NAMES[dimension] ?? dimension.replace(/^prop:/, "");
}

const OPERATORS: Record<string, string> = {
  is: "is",
  is_not: "is not",
  contains: "contains",
  contains_not: "does not contain",
  matches: "matches",
  matches_not: "does not match",
  set: "is set",
  not_set: "is not set",
};

export function operatorName(operator: string): string {
  return OPERATORS[operator] ?? operator;
}

const ABSENT: Record<string, string> = {
  source: "Direct or unknown",
  referrer: "No referrer",
  utm_campaign: "No campaign",
  event: "No name",
};

const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "code" });
const LANGUAGES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** A value as people say it. The value itself stays what the server knows. */
export function valueName(dimension: string, value: string): string {
  if (value === "") return ABSENT[dimension] ?? "Unknown";
  if (value === "(other)") return "Smaller groups";
  if (value === "(rare)") return "Rare values";
  if (dimension === "event" && value === "pageview") return "Page view";
  try {
    if (dimension === "country") return REGIONS.of(value) ?? value;
    if (dimension === "language") return LANGUAGES.of(value) ?? value;
    if (dimension === "region") return `${value} (${REGIONS.of(value.slice(0, 2)) ?? ""})`;
  } catch {
    // Not a code: say it as it is.
  }
  return value;
}
