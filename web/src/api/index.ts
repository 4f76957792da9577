// The server as the screens see it.

import "./connection";

export { current, sessionEnded, signedIn, signedOut, subscribe } from "./connection";
export * from "./generated/sdk.gen";
export type * from "./generated/types.gen";
export { NoAnswer, Refused } from "./problem";

/** The answer itself, of a call that throws what went wrong. */
export async function ask<T>(call: Promise<{ data: T }>): Promise<T> {
  return (await call).data;
}
