import { useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ask, getSession, getSetup, Refused, signedIn } from "@/api";
import { SetUpPage } from "@/features/session/SetUpPage";
import { SignInPage } from "@/features/session/SignInPage";
import { ErrorBoundary } from "./ErrorBoundary";
import { fetchPages, router } from "./router";
import { ServerGone } from "./ServerGone";
import { useConnection } from "./useConnection";

type Way = "in" | "sign-in" | "set-up";

/** Whether somebody is signed in; else whether there is anybody yet who could be. */
async function way(): Promise<Way> {
  try {
    signedIn(await ask(getSession()));
    return "in";
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
  }
  return (await ask(getSetup())).needs_setup ? "set-up" : "sign-in";
}

/** What stands before the app: the first run, signing in, or nothing. */
export function Gate() {
  const { me, gone } = useConnection();
  const [made, setMade] = useState(false);
  const first = useQuery({
    queryKey: ["way"],
    queryFn: way,
    staleTime: Number.POSITIVE_INFINITY,
    retry: true,
  });

  useEffect(() => {
    if (me) fetchPages();
  }, [me]);
  useEffect(() => {
    // The link of the first run is of no use later; nor does its page exist.
    if (me && location.pathname === "/setup") router.navigate({ to: "/", replace: true });
  }, [me]);

  if (me) {
    return (
      <ErrorBoundary>
        <RouterProvider router={router} />
      </ErrorBoundary>
    );
  }
  if (gone) return <ServerGone whole />;
  if (first.isPending) return null;
  if (first.data === "set-up" && !made) return <SetUpPage onDone={() => setMade(true)} />;
  return <SignInPage />;
}
