import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Check, Circle } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { ask, setUp, signedIn } from "@/api";
import { Notice } from "@/ui/Notice";
import { words } from "@/ui/words";
import { Door } from "./Door";
import styles from "./Door.module.css";
import { type Rule, rules } from "./password";
import { takeToken } from "./token";

const said = words.setUp;
const RULES: readonly Rule[] = ["length", "signs", "own"];

/** The first run: whoever has the token that the server printed makes the first account. */
export function SetUpPage({ onDone }: { onDone: () => void }) {
  const [linked] = useState(takeToken);
  const [token, setToken] = useState(linked);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const met = rules(password, name, email);
  const first = useMutation({
    mutationFn: () => ask(setUp({ body: { token, name, email, password } })),
    onSuccess: (me) => {
      signedIn(me);
      onDone();
    },
  });

  useEffect(() => {
    document.title = `${said.title} – ${words.product}`;
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    first.mutate();
  };

  return (
    <Door title={said.title} intro={said.intro}>
      <form className={styles.form} onSubmit={submit}>
        {!linked && (
          <TextInput
            label={said.token}
            description={said.tokenHelp}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value.trim())}
            autoComplete="off"
            spellCheck={false}
            required
            withAsterisk={false}
          />
        )}
        <TextInput
          label={said.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="name"
          required
          withAsterisk={false}
          autoFocus
        />
        <TextInput
          label={said.email}
          type="email"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          autoComplete="username"
          required
          withAsterisk={false}
        />
        <PasswordInput
          label={said.password}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          aria-describedby="password-rules"
          required
          withAsterisk={false}
        />
        <div id="password-rules">
          <p className="hidden">{said.rules.title}</p>
          <ul className={styles.rules}>
            {RULES.map((rule) => (
              <li key={rule} data-met={met[rule]}>
                {met[rule] ? <Check size={14} aria-hidden /> : <Circle size={14} aria-hidden />}
                {said.rules[rule]}
                <span className="hidden">{met[rule] ? said.met : said.unmet}</span>
              </li>
            ))}
          </ul>
        </div>
        {first.isError && <Notice kind="bad">{first.error.message}</Notice>}
        <Button type="submit" loading={first.isPending}>
          {said.go}
        </Button>
      </form>
    </Door>
  );
}
