import { useEffect } from "react";
import { signedIn } from "@/api";
import { words } from "@/ui/words";
import { Door } from "./Door";
import { SignInForm } from "./SignInForm";

const said = words.signIn;

/** The way in; whoever comes in is on the page whose address they opened. */
export function SignInPage() {
  useEffect(() => {
    document.title = `${said.title} – ${words.product}`;
  }, []);
  return (
    <Door title={said.title} intro={said.intro}>
      <SignInForm onDone={signedIn} />
    </Door>
  );
}
