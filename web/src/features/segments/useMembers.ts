// The members of a segment, page after page; all of them where they are not too many.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { ask, listMembers, type Member, type SavedSegment } from "@/api";

export const ALL_UP_TO = 5000;
const PAGE = 500;

export function useMembers(segment: SavedSegment, fields: readonly string[]) {
  const { count, version } = segment.members;
  const found = useInfiniteQuery({
    queryKey: ["members", segment.id, version, ...fields],
    queryFn: ({ pageParam, signal }) => {
      const query = { fields: [...fields], limit: PAGE, cursor: pageParam };
      return ask(listMembers({ path: { id: segment.id }, query, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = found;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError && count <= ALL_UP_TO) fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage, count]);

  const members = useMemo<Member[]>(
    () => found.data?.pages.flatMap(({ members }) => members) ?? [],
    [found.data],
  );
  return {
    ...found,
    members,
    total: found.data?.pages[0]?.count ?? count,
    whole: !!found.data && !hasNextPage,
  };
}
