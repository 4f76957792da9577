// What several screens ask for, each under one key, so that an answer is shared and kept. What
// nobody looks at any more is not asked for to the end.

import { QueryClient, queryOptions } from "@tanstack/react-query";
import {
  ask,
  checkQuery,
  compareSegments,
  getLifecycle,
  getMovement,
  getRecordState,
  getRfm,
  getSegment,
  getSegmentHealth,
  getStore,
  listFilters,
  listImports,
  listSegments,
  listSizes,
  listTurns,
  listUses,
  listVersions,
  NoAnswer,
  previewQuery,
  Refused,
  type SavedSegment,
  sizesOfQuery,
} from ".";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: 10_000,
      gcTime: 30 * 60_000,
      refetchOnWindowFocus: false,
      retry: (times, error) =>
        error instanceof NoAnswer ||
        (error instanceof Refused && error.status === 429 && times < 5),
      retryDelay: (times, error) =>
        error instanceof Refused
          ? (error.retryAfter ?? 1) * 1000
          : Math.min(2000, 500 * 2 ** times),
    },
    mutations: { networkMode: "always", retry: false },
  },
});

export const store = queryOptions({
  queryKey: ["store"],
  queryFn: ({ signal }) => ask(getStore({ signal })),
});

const PAGE = 500;

async function all(archived: boolean, signal: AbortSignal): Promise<SavedSegment[]> {
  const found: SavedSegment[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(listSegments({ query: { archived, limit: PAGE, cursor }, signal }));
    found.push(...page.segments);
    cursor = page.next ?? undefined;
  } while (cursor);
  return found;
}

/** All active segments, or those that were put away. */
export const segments = (archived = false) =>
  queryOptions({
    queryKey: ["segments", { archived }],
    queryFn: ({ signal }) => all(archived, signal),
  });

export const health = queryOptions({
  queryKey: ["segment-health"],
  queryFn: ({ signal }) => ask(getSegmentHealth({ signal })),
});

export const lifecycle = (asOf?: string) =>
  queryOptions({
    queryKey: ["lifecycle", asOf ?? "now"],
    queryFn: ({ signal }) => ask(getLifecycle({ query: { as_of: asOf }, signal })),
  });

export const comparison = (ids: readonly number[]) =>
  queryOptions({
    queryKey: ["compare", ...ids],
    queryFn: ({ signal }) => ask(compareSegments({ body: { segments: [...ids] }, signal })),
  });

/** How many members a segment had at the end of each day. */
export const sizes = (id: number, since: string) =>
  queryOptions({
    queryKey: ["segment-sizes", id, since],
    queryFn: ({ signal }) =>
      ask(listSizes({ path: { id }, query: { since, every: "day" }, signal })),
    staleTime: 60_000,
  });

export const uses = (id: number) =>
  queryOptions({
    queryKey: ["uses", id],
    queryFn: ({ signal }) => ask(listUses({ path: { id }, signal })),
  });

export const versions = (id: number) =>
  queryOptions({
    queryKey: ["versions", id],
    queryFn: ({ signal }) => ask(listVersions({ path: { id }, signal })),
  });

export const segment = (id: number) =>
  queryOptions({
    queryKey: ["segment", id],
    queryFn: ({ signal }) => ask(getSegment({ path: { id }, signal })),
  });

/** What a query means, in words. */
export const meaning = (query: string) =>
  queryOptions({
    queryKey: ["check", query],
    queryFn: ({ signal }) => ask(checkQuery({ body: { query }, signal })),
    staleTime: 60 * 60_000,
  });

export const turns = (id: number) =>
  queryOptions({
    queryKey: ["turns", id],
    queryFn: ({ signal }) => ask(listTurns({ path: { id }, signal })),
  });

export const filters = queryOptions({
  queryKey: ["filters"],
  queryFn: ({ signal }) => ask(listFilters({ signal })),
  staleTime: 60 * 60_000,
});

/** How many customers a query was true for at the end of each day. */
export const daily = (query: string, since: string) =>
  queryOptions({
    queryKey: ["sizes", query, since],
    queryFn: ({ signal }) => ask(sizesOfQuery({ body: { query, since, every: "day" }, signal })),
    staleTime: 5 * 60_000,
  });

export const rfm = queryOptions({
  queryKey: ["rfm"],
  queryFn: ({ signal }) => ask(getRfm({ signal })),
});

/** How customers moved between the lifecycle stages since a day. */
export const movement = (since: string) =>
  queryOptions({
    queryKey: ["movement", since],
    queryFn: ({ signal }) =>
      ask(getMovement({ query: { attribute: "lifecycle_stage", since }, signal })),
  });

export const imports = queryOptions({
  queryKey: ["imports"],
  queryFn: ({ signal }) => ask(listImports({ signal })),
});

export const records = queryOptions({
  queryKey: ["records"],
  queryFn: ({ signal }) => ask(getRecordState({ signal })),
});

/** How many customers a query is true for now, and some of them. */
export const preview = (query: string, sample: number) =>
  queryOptions({
    queryKey: ["preview", query, sample],
    queryFn: ({ signal }) => ask(previewQuery({ body: { query, sample }, signal })),
  });
