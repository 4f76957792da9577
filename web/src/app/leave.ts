import { ask, signedOut, signOut } from "@/api";
import { queries } from "@/api/queries";

/** Sign out, and forget what was shown. */
export async function leave(): Promise<void> {
  await ask(signOut());
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "way" });
  queries.setQueryData(["way"], "sign-in");
  signedOut();
}
