import { Button, Checkbox, Modal, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Search } from "lucide-react";
import { useState } from "react";
import {
  ask,
  cancelJob,
  current,
  type ExportWanted,
  exportMembers,
  getJob,
  type Job,
  type SavedSegment,
} from "@/api";
import { filters } from "@/api/queries";
import { Bar } from "@/ui/Bar";
import { Name } from "@/ui/Name";
import { Notice } from "@/ui/Notice";
import { useKept } from "@/ui/useKept";
import { words } from "@/ui/words";
import styles from "./ExportDialog.module.css";
import { heading } from "./values";

const said = words.segment.export;
type Format = NonNullable<ExportWanted["format"]>;
const FIRST = ["customer_email", "number_of_orders", "amount_spent", "last_order_date"];
const ENDED: readonly Job["state"][] = ["done", "failed", "cancelled"];

type Props = { segment: SavedSegment; opened: boolean; close: () => void };

/** Members to a file: which columns, then how far it is, then the file. */
export function ExportDialog({ segment, opened, close }: Props) {
  const [job, setJob] = useState<number | null>(null);
  return (
    <Modal
      opened={opened}
      onClose={() => {
        close();
        setJob(null);
      }}
      title={<Name>{said.title(segment.name)}</Name>}
      size="lg"
      closeButtonProps={{ "aria-label": words.close }}
    >
      {job === null ? <Choosing segment={segment} begun={setJob} /> : <Going id={job} />}
    </Modal>
  );
}

function Choosing({ segment, begun }: { segment: SavedSegment; begun: (job: number) => void }) {
  const attributes = useQuery(filters).data?.attributes ?? [];
  const sees = current().me?.scopes.includes("customers:pii") ?? false;
  const [kept, keep] = useKept<string[]>("export.fields", FIRST);
  const [format, setFormat] = useKept<Format>("export.format", "csv");
  const [find, setFind] = useState("");
  const known = new Set(attributes.map(({ name }) => name));
  const chosen = kept.filter((name) => known.has(name) && (sees || name !== "customer_email"));
  const begin = useMutation({
    mutationFn: () => ask(exportMembers({ body: { segment: segment.id, format, fields: chosen } })),
    onSuccess: ({ id }) => begun(id),
  });
  const text = find.trim().toLowerCase();
  const fitting = attributes.filter(({ name, label }) =>
    `${name} ${label}`.toLowerCase().includes(text),
  );
  const turn = (name: string) =>
    keep(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <SegmentedControl
        aria-label={said.format}
        value={format}
        onChange={(value) => setFormat(value as Format)}
        data={Object.entries(said.formats).map(([value, label]) => ({ value, label }))}
      />
      <TextInput
        label={said.fields}
        description={said.always}
        placeholder={said.filter}
        value={find}
        onChange={(event) => setFind(event.currentTarget.value)}
        leftSection={<Search size={16} aria-hidden />}
      />
      <div className={styles.fields} role="group" aria-label={said.fields}>
        {fitting.map((each) => (
          <Checkbox
            key={each.name}
            size="xs"
            label={heading(each)}
            checked={chosen.includes(each.name)}
            onChange={() => turn(each.name)}
          />
        ))}
      </div>
      {begin.isError && <Notice kind="bad">{begin.error.message}</Notice>}
      <div className={styles.foot}>
        <span className="quiet small">{said.chosen(chosen.length)}</span>
        <Button type="submit" loading={begin.isPending}>
          {said.begin}
        </Button>
      </div>
    </form>
  );
}

function Going({ id }: { id: number }) {
  const found = useQuery({
    queryKey: ["job", id],
    queryFn: () => ask(getJob({ path: { id } })),
    refetchInterval: ({ state }) => (state.data && ENDED.includes(state.data.state) ? false : 700),
  });
  const stop = useMutation({
    mutationFn: () => ask(cancelJob({ path: { id } })),
    onSuccess: () => found.refetch(),
  });
  const job = found.data;
  const state = job?.state ?? "waiting";
  const going = state === "waiting" || state === "running";
  return (
    <div className={styles.form}>
      <div aria-live="polite">
        {going && <p>{state === "waiting" ? said.waiting : said.running}</p>}
        {state === "done" && (
          <p>
            <strong>{doneText(job?.result)}</strong> {said.keeps}
          </p>
        )}
        {state === "failed" && (
          <Notice kind="bad" title={said.failed}>
            {job?.error}
          </Notice>
        )}
        {state === "cancelled" && <p>{said.cancelled}</p>}
      </div>
      {going && (
        <>
          <div
            role="progressbar"
            aria-label={said.running}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.round((job?.share ?? 0) * 100)}
          >
            <Bar share={job?.share ?? 0} thick={8} />
          </div>
          <div className={styles.foot}>
            <span className="quiet small">{said.goesOn}</span>
            <Button variant="default" onClick={() => stop.mutate()} loading={stop.isPending}>
              {said.stop}
            </Button>
          </div>
        </>
      )}
      {state === "done" && (
        <div className={styles.foot}>
          <span />
          <Button
            component="a"
            href={`/api/v1/exports/${id}/file`}
            download
            leftSection={<Download size={16} aria-hidden />}
          >
            {said.download}
          </Button>
        </div>
      )}
    </div>
  );
}

function doneText(result: unknown): string {
  const members = (result as { members?: unknown } | null)?.members;
  return typeof members === "number" ? said.done(members) : said.doneAny;
}
