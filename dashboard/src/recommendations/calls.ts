/** Calls about items, lists, placements and learning. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, read } from "../api/client";
import { again } from "../api/queries";
import type { TitleOf } from "./words";
import type { Compared, Item, ItemsPage, Learning, LikedTags, List, Placement, Placements, Report, Tag, Wish } from "./shapes";

const NDJSON = "application/x-ndjson";

/** A path with what is asked for; what is not said is left out. */
export function path(of: string, asked: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined && value !== "") query.set(name, String(value));
  return `${of}?${query}`;
}

export interface ItemsAsked {
  q?: string | undefined;
  tag?: string | undefined;
  /** Only these, separated by line breaks. */
  ids?: string;
  cursor?: string | undefined;
  limit?: number;
}

export function useItems(site: string, asked: ItemsAsked, enabled = true) {
  return useQuery({
    queryKey: ["items", site, asked],
    queryFn: ({ signal }) => read<ItemsPage>(path("/api/v1/items", { site, ...asked }), signal),
    enabled,
    placeholderData: keepPreviousData,
    retry: again,
  });
}

/** Titles of items by their ids. */
export function useTitles(site: string, ids: string[]): TitleOf {
  const { data } = useItems(site, { ids: ids.join("\n"), limit: Math.max(ids.length, 1) }, ids.length > 0);
  return (id) => data?.items.find((item) => item.id === id)?.title;
}

export function useTags(site: string) {
  return useQuery({ queryKey: ["tags", site], queryFn: ({ signal }) => read<{ tags: Tag[] }>(path("/api/v1/tags", { site }), signal), retry: again });
}

export function useLearning(site: string) {
  return useQuery({ queryKey: ["models", site], queryFn: ({ signal }) => read<Learning>(path("/api/v1/models", { site }), signal), retry: again });
}

export function useLiked(site: string) {
  return useQuery({ queryKey: ["models", site, "liked"], queryFn: ({ signal }) => read<LikedTags>(path("/api/v1/models/liked", { site }), signal), retry: again });
}

export function usePlacements(site: string) {
  return useQuery({ queryKey: ["placements", site], queryFn: ({ signal }) => read<Placements>(path("/api/v1/placements", { site }), signal), retry: again });
}

export function useCompared(site: string, name: string, days: number) {
  return useQuery({
    queryKey: ["compared", site, name, days],
    queryFn: ({ signal }) => read<Compared>(path("/api/v1/placements/report", { site, name, days }), signal),
    retry: again,
  });
}

/** The list for whoever says this. Nothing of it is kept, by the server either. */
export function useList(site: string, wish: Wish) {
  return useQuery({
    queryKey: ["list", site, wish],
    queryFn: async ({ signal }) => (await (await call("POST", path("/api/v1/recommendations", { site }), wish, signal)).json()) as List,
    placeholderData: keepPreviousData,
    retry: again,
  });
}

/** Something that changes the catalogue or the placements: lists may be others afterwards. */
function useChange<T, A>(site: string, change: (asked: A) => Promise<T>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await Promise.all(["items", "tags", "placements", "list", "models"].map((of) => client.invalidateQueries({ queryKey: [of, site] })));
    },
  });
}

export const useUpload = (site: string) =>
  useChange(site, async (file: Blob) => (await (await call("POST", path("/api/v1/items", { site }), new Blob([file], { type: NDJSON }))).json()) as Report);

const at = (id: string) => `/api/v1/items/${encodeURIComponent(id)}`;

export const useHide = (site: string) =>
  useChange(site, ({ id, hidden }: { id: string; hidden: boolean }) => call("PATCH", path(at(id), { site }), { hidden }) as Promise<unknown> as Promise<Item>);

export const useDeleteItem = (site: string) => useChange(site, (id: string) => call("DELETE", path(at(id), { site })));

export const useSavePlacement = (site: string) => useChange(site, (placement: Placement) => call("PUT", path("/api/v1/placements", { site }), placement));

export const useRemovePlacement = (site: string) => useChange(site, (name: string) => call("DELETE", path("/api/v1/placements", { site, name })));
