// Listens to what changes on the server, and has what is shown asked for again.

import { current, lookAtServer, sessionEnded, subscribe } from "./connection";
import { queries } from "./queries";

const TOGETHER = 1000;
const AGAIN = 5000;

/** Listen while somebody is signed in; ends with the answer. */
export function listen(): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let later: ReturnType<typeof setTimeout> | undefined;
  let first = true;
  let wasGone = false;

  const stale = () => {
    // Many changes within a second are asked for once.
    timer ??= setTimeout(() => {
      timer = undefined;
      queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "filters" });
    }, TOGETHER);
  };

  const lost = async () => {
    await lookAtServer();
    if (source?.readyState !== EventSource.CLOSED) return; // the browser connects again by itself
    source = null;
    const answer = await fetch("/api/v1/session").catch(() => null);
    if (answer?.status === 401) sessionEnded();
    else later = setTimeout(open, AGAIN);
  };

  const open = () => {
    clearTimeout(later);
    if (source !== null) return;
    source = new EventSource("/api/v1/events");
    source.onerror = lost;
    source.addEventListener("segments", () => {
      if (!first) stale();
      first = false;
    });
    source.addEventListener("jobs", () => queries.invalidateQueries({ queryKey: ["job"] }));
  };

  const unsubscribe = subscribe(() => {
    const { ended, gone } = current();
    if (wasGone && !gone) stale();
    wasGone = gone;
    if (!ended && !gone && source === null) open();
  });
  open();
  return () => {
    unsubscribe();
    clearTimeout(timer);
    clearTimeout(later);
    source?.close();
    source = null;
  };
}
