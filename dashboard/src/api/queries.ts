/** What the pages ask the server, and for how long an answer holds. */

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { ApiError, api } from "./client";
import type { Asks, Preferences, Session } from "./types";

const SECOND = 1000;
const SESSION = ["session"];

export function useSession() {
  return useQuery({
    queryKey: SESSION,
    queryFn: ({ signal }) => api.session(signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: again,
  });
}

/** Only what may be different the next time is tried again. */
export function again(count: number, error: Error): boolean {
  return count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500);
}

/** One answer. The answer before stays on screen, marked as such, until the new one is there. */
export function useAnswer<K extends keyof Asks>(kind: K, asked: Asks[K], options: { enabled?: boolean; growing?: boolean } = {}) {
  return useQuery({
    queryKey: ["insight", asked.site, kind, asked] as const,
    queryFn: ({ signal }) => api.ask(kind, asked, signal),
    staleTime: 60 * SECOND,
    refetchInterval: options.growing ? 60 * SECOND : false,
    enabled: options.enabled ?? true,
    placeholderData: (before, query) => (query?.queryKey[1] === asked.site ? keepPreviousData(before) : undefined),
    retry: again,
  });
}

/** `enabled`: whether the account may ask. */
export function useLive(site: string, enabled = true) {
  return useQuery({
    queryKey: ["live", site],
    queryFn: ({ signal }) => api.live(site, signal),
    enabled,
    refetchInterval: 10 * SECOND,
    retry: again,
  });
}

/** `waiting`: ask often, because somebody looks at the page until the first event is there. */
export function useCollection(site: string, waiting = false, enabled = true) {
  return useQuery({
    queryKey: ["collection", site],
    queryFn: ({ signal }) => api.collection(site, signal),
    enabled,
    staleTime: waiting ? 0 : 60 * SECOND,
    refetchInterval: (query) => (waiting && !query.state.data?.first_day ? 2.5 * SECOND : false),
    retry: again,
  });
}

/** Changes preferences at once on screen, then with the account. */
export function useSavePreferences() {
  const client = useQueryClient();
  const { mutate } = useMutation({ mutationFn: api.savePreferences });
  return (change: Partial<Preferences>) => {
    const session = client.getQueryData<Session>(SESSION);
    if (!session) return;
    const preferences = { ...session.preferences, ...change };
    if (JSON.stringify(preferences) === JSON.stringify(session.preferences)) return;
    client.setQueryData<Session>(SESSION, { ...session, preferences });
    mutate(preferences);
  };
}
