import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ask, type Me, Refused, signIn } from "@/api";
import { Notice } from "@/ui/Notice";
import { words } from "@/ui/words";
import styles from "./Door.module.css";

const said = words.signIn;

/** Address and password, and the code of the second step where somebody has one. */
export function SignInForm({ onDone }: { onDone: (me: Me) => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [second, setSecond] = useState(false);
  const enter = useMutation({
    mutationFn: () => ask(signIn({ body: { email, password, code: second ? code.trim() : null } })),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof Refused && error.kind === "code-needed") setSecond(true);
    },
  });
  const asksCode = enter.error instanceof Refused && enter.error.kind === "code-needed";

  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };

  return (
    <form className={styles.form} onSubmit={submit}>
      {second ? (
        <TextInput
          key="code"
          label={said.code}
          description={said.codeHelp}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="one-time-code"
          autoFocus
          required
          withAsterisk={false}
        />
      ) : (
        <>
          <TextInput
            label={said.email}
            type="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            autoComplete="username"
            autoFocus
            data-autofocus
            required
            withAsterisk={false}
          />
          <PasswordInput
            label={said.password}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            required
            withAsterisk={false}
          />
        </>
      )}
      {enter.isError && !asksCode && <Notice kind="bad">{enter.error.message}</Notice>}
      <Button type="submit" loading={enter.isPending}>
        {second ? said.check : said.go}
      </Button>
      {second && (
        <Button
          variant="subtle"
          onClick={() => {
            setSecond(false);
            enter.reset();
          }}
        >
          {said.back}
        </Button>
      )}
    </form>
  );
}
