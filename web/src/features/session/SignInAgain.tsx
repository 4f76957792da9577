import { Modal } from "@mantine/core";
import { current, type Me, signedIn } from "@/api";
import { words } from "@/ui/words";
import { SignInForm } from "./SignInForm";

const said = words.signIn.again;

/** Over the page when the session ended: whoever signs in again goes on where they were. */
export function SignInAgain({ ended }: { ended: boolean }) {
  const enter = (me: Me) => {
    // Somebody else must not go on with what the one before was shown.
    if (current().me?.id === me.id) signedIn(me);
    else location.reload();
  };
  return (
    <Modal
      opened={ended}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={said.title}
    >
      <p className="quiet">{said.text}</p>
      <SignInForm onDone={enter} />
    </Modal>
  );
}
