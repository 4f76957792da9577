import { useState } from "react";

/** A choice that this browser keeps, such as which columns are shown. */
export function useKept<T>(name: string, first: T): [T, (next: T) => void] {
  const key = `segmentry.${name}`;
  const [value, set] = useState<T>(() => {
    try {
      const kept = localStorage.getItem(key);
      return kept === null ? first : (JSON.parse(kept) as T);
    } catch {
      return first;
    }
  });
  return [
    value,
    (next) => {
      set(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // a browser that keeps nothing: the choice holds for this page
      }
    },
  ];
}
