/** What staff of the site have saved, and how it is changed. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../api/client";
import { again } from "../api/queries";
import type { DefinitionKind, DefinitionOf } from "../api/types";
import { useScope } from "../overview/scope";

export function useDefinitions() {
  const { site } = useScope().site;
  return useQuery({
    queryKey: ["definitions", site],
    queryFn: ({ signal }) => api.definitions(site, signal),
    staleTime: 60_000,
    retry: again,
  });
}

/** What history keeps of it, and since when. */
export function useHistory() {
  const { site } = useScope().site;
  return useQuery({
    queryKey: ["definitions", site, "history"],
    queryFn: ({ signal }) => api.history(site, signal),
    staleTime: 60_000,
    retry: again,
  });
}

interface Saving<K extends DefinitionKind> {
  kind: K;
  name: string;
  value: DefinitionOf<K>;
}

/** Saves, then lets everything that may depend on it be asked again. */
export function useSaveDefinition<K extends DefinitionKind>() {
  const { site } = useScope().site;
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, name, value }: Saving<K>) => api.saveDefinition(site, kind, name, value),
    onSuccess: () => refresh(client, site),
  });
}

export function useRemoveDefinition() {
  const { site } = useScope().site;
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, name }: { kind: DefinitionKind; name: string }) => api.removeDefinition(site, kind, name),
    onSuccess: () => refresh(client, site),
  });
}

async function refresh(client: ReturnType<typeof useQueryClient>, site: string) {
  await client.invalidateQueries({ queryKey: ["definitions", site] });
  await client.invalidateQueries({ queryKey: ["insight", site] });
}
