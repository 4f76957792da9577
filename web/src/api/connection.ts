// Sends requests: with what proves that they come from our pages, again after the session
// ended and somebody signed in anew, and watching whether the server is there at all.

import { client } from "./generated/client.gen";
import type { Me } from "./generated/types.gen";
import { NoAnswer, refusedBy } from "./problem";
import { inTurn } from "./turns";

export type State = { me: Me | null; ended: boolean; gone: boolean };

type Listener = () => void;

let state: State = { me: null, ended: false, gone: false };
const listeners = new Set<Listener>();
let waiting: (() => void)[] = [];

function change(part: Partial<State>): void {
  const next = { ...state, ...part };
  if (next.me === state.me && next.ended === state.ended && next.gone === state.gone) return;
  state = next;
  for (const each of [...listeners]) each();
}

/** For `useSyncExternalStore`. */
export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function current(): State {
  return state;
}

/** Somebody signed in: what waited for that is sent again. */
export function signedIn(me: Me): void {
  change({ me, ended: false });
  const again = waiting;
  waiting = [];
  for (const each of again) each();
}

/** Nobody is signed in any more, by their own wish. */
export function signedOut(): void {
  waiting = [];
  change({ me: null, ended: false });
}

/** The session ended while somebody worked: whoever asks waits until they signed in again. */
export function sessionEnded(): void {
  if (state.me !== null) change({ ended: true });
}

const SAFE = new Set(["GET", "HEAD"]);

// Questions that are sent as POST because they are long.
const ASKS = /\/(compare|sizes|preview|check|overlap)$/;

async function answerTo(request: Request): Promise<Response> {
  const sent = request.clone();
  if (!SAFE.has(sent.method) && state.me?.csrf) sent.headers.set("X-CSRF-Token", state.me.csrf);
  try {
    const answer = await fetch(sent);
    change({ gone: false });
    return answer;
  } catch (error) {
    if (request.signal.aborted) throw error;
    change({ gone: true });
    watch();
    throw new NoAnswer();
  }
}

/** Fetches as the client does; a request whose session ended waits, and is sent anew. */
async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  for (;;) {
    const looks = SAFE.has(request.method) || ASKS.test(request.url);
    const answer = await (looks ? inTurn(() => answerTo(request)) : answerTo(request));
    if (answer.status !== 401 || state.me === null || request.url.endsWith("/session"))
      return answer;
    sessionEnded();
    await new Promise<void>((again) => waiting.push(again));
  }
}

/** Looks whether the server is there, after something else found that it may not be. */
export async function lookAtServer(): Promise<void> {
  try {
    await fetch("/health", { cache: "no-store" });
    change({ gone: false });
  } catch {
    change({ gone: true });
    watch();
  }
}

let watching = false;

/** Looks every two seconds whether the server is there again. */
function watch(): void {
  if (watching) return;
  watching = true;
  const look = async () => {
    try {
      if ((await fetch("/health", { cache: "no-store" })).ok) {
        watching = false;
        change({ gone: false });
        return;
      }
    } catch {
      // still not there
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}

client.setConfig({ baseUrl: "", fetch: send as typeof fetch });
client.interceptors.error.use((error, response) => {
  if (error instanceof NoAnswer || !response) return error;
  return refusedBy(response.status, error);
});
