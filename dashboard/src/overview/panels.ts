/** The lists of the overview: what each shows, and what its details add. */

import type { Metric } from "../api/types";

export interface ListTab {
  dimension: string;
  label: string;
  /** In a sentence: "No sources in this period". */
  what: string;
  /** Of the details, the first one also of the list. */
  metrics: Metric[];
  /** Filters narrow to it by another dimension. */
  links?: boolean;
}

export interface PanelDef {
  id: string;
  title: string;
  tabs: ListTab[];
}

const OF_VISIT: Metric[] = ["visitors", "percentage", "visits", "bounce_rate", "visit_duration"];

const tab = (dimension: string, label: string, what: string, metrics: Metric[] = OF_VISIT): ListTab => ({
  dimension,
  label,
  what,
  metrics,
});

export const PANELS: PanelDef[] = [
  {
    id: "sources",
    title: "Sources",
    tabs: [
      tab("source", "Sources", "sources"),
      tab("channel", "Channels", "channels"),
      tab("utm_campaign", "Campaigns", "campaigns"),
    ],
  },
  {
    id: "pages",
    title: "Pages",
    tabs: [
      tab("page", "Pages", "pages", ["visitors", "percentage", "pageviews", "bounce_rate", "time_on_page", "scroll_depth"]),
      tab("entry_page", "Entry pages", "entry pages"),
      tab("exit_page", "Exit pages", "exit pages", ["visitors", "percentage", "visits", "exit_rate"]),
    ],
  },
  {
    id: "places",
    title: "Places",
    tabs: [tab("country", "Countries", "countries"), tab("region", "Regions", "regions")],
  },
  {
    id: "devices",
    title: "Devices",
    tabs: [
      tab("browser", "Browsers", "browsers"),
      tab("os", "Systems", "operating systems"),
      tab("device", "Devices", "devices"),
      tab("screen", "Screens", "screens"),
      { ...tab("language", "Languages", "languages", ["visitors", "percentage"]), links: false },
    ],
  },
  {
    id: "events",
    title: "Events",
    tabs: [tab("event", "Events", "events", ["visitors", "percentage", "events"])],
  },
];
