import { useSyncExternalStore } from "react";
import { current, type State, subscribe } from "@/api/connection";

/** Who is signed in, and whether the server answers. */
export function useConnection(): State {
  return useSyncExternalStore(subscribe, current);
}
