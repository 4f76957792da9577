import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { addSegment, ask, current } from "@/api";
import { preview, queries, segments } from "@/api/queries";
import { number, share } from "@/ui/format";
import { Name } from "@/ui/Name";
import { Notice } from "@/ui/Notice";
import { Shapes } from "@/ui/Shapes";
import { words } from "@/ui/words";
import styles from "./HomePage.module.css";

const said = words.home.behind;
const SAMPLE = 12;

export type Question = { title: string; query: string };

/** The customers behind a number: how many, which rule, some of them, and the way to a segment. */
export function Behind({ question, close }: { question: Question | null; close: () => void }) {
  return (
    <Modal
      opened={question !== null}
      onClose={close}
      title={question?.title}
      closeButtonProps={{ "aria-label": words.close }}
    >
      {question && <Answer question={question} />}
    </Modal>
  );
}

function Answer({ question: { title, query } }: { question: Question }) {
  const navigate = useNavigate();
  const found = useQuery(preview(query, SAMPLE));
  const saved = useQuery(segments()).data;
  const [name, setName] = useState(title);
  const writes = current().me?.scopes.includes("segments:write") ?? false;
  const open = (id: number) => navigate({ to: "/segments/$id", params: { id: String(id) } });
  const save = useMutation({
    mutationFn: () => ask(addSegment({ body: { name, query } })),
    onSuccess: ({ id }) => {
      queries.invalidateQueries({ queryKey: ["segments"] });
      open(id);
    },
  });
  const same = saved?.find((each) => each.query === (found.data?.query ?? query));
  const { data } = found;

  if (found.isError) return <Notice kind="bad">{found.error.message}</Notice>;
  if (!data) return <Shapes flush rows={4} />;
  return (
    <div className={styles.behind}>
      <p>
        <strong>{said.count(number(data.count), share(data.count, data.customers))}</strong>
      </p>
      <p>{data.sentence}</p>
      <pre>{data.query}</pre>
      {data.sample.length > 0 && (
        <div>
          <h3>{said.sample}</h3>
          <ul className={styles.sample}>
            {data.sample.map((id) => (
              <li key={id}>
                <Name>{id}</Name>
              </li>
            ))}
          </ul>
        </div>
      )}
      {same ? (
        <div className={styles.buttons}>
          <Button onClick={() => open(same.id)}>
            <Name>{said.open(same.name)}</Name>
          </Button>
        </div>
      ) : (
        writes && (
          <form
            className={styles.save}
            onSubmit={(event) => {
              event.preventDefault();
              save.mutate();
            }}
          >
            <TextInput
              label={said.name}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
              withAsterisk={false}
            />
            <Button type="submit" loading={save.isPending}>
              {said.save}
            </Button>
            {save.isError && <Notice kind="refused">{save.error.message}</Notice>}
          </form>
        )
      )}
    </div>
  );
}
