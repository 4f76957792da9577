// Which segments a tab and a search leave.

import type { SavedSegment } from "@/api";

/** The folders there are, by name, with how many segments each has. */
export function folders(segments: readonly SavedSegment[]): [folder: string, count: number][] {
  const found = new Map<string, number>();
  for (const { folder } of segments) if (folder) found.set(folder, (found.get(folder) ?? 0) + 1);
  return [...found].sort(([a], [b]) => a.localeCompare(b));
}

/** Those of a folder (all if there is none) that have every word in name, description or rule. */
export function fitting(
  segments: readonly SavedSegment[],
  folder: string | undefined,
  search: string,
): SavedSegment[] {
  const parts = search.toLowerCase().split(/\s+/).filter(Boolean);
  return segments.filter((each) => {
    if (folder !== undefined && each.folder !== folder) return false;
    const text = `${each.name}\n${each.description}\n${each.query}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
}
