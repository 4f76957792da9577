// The set-up link has its token in the fragment, which browsers send to nobody.

/** The token of a set-up link's fragment ("#token=..."), or an empty text. */
export function tokenIn(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

/** Take the token out of the address, so that it is in no history and no copied link. */
export function takeToken(): string {
  const token = tokenIn(location.hash);
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}
