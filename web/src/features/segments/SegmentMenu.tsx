import { ActionIcon, Button, Menu, Modal } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Archive, ArchiveRestore, Copy, Ellipsis, Trash2 } from "lucide-react";
import { useState } from "react";
import type { SavedSegment } from "@/api";
import { uses } from "@/api/queries";
import { Name } from "@/ui/Name";
import { Notice } from "@/ui/Notice";
import { tell } from "@/ui/toasts";
import { words } from "@/ui/words";
import { archive, duplicate, remove, restore } from "./acts";
import styles from "./SegmentsPage.module.css";

const said = words.acts;

type Props = { segment: SavedSegment; onDeleted?: () => void };

/** What can be done to a segment; a refusal is told with its reason. */
export function SegmentMenu({ segment, onDeleted }: Props) {
  const [deleting, setDeleting] = useState(false);
  const act = useMutation({
    mutationFn: (does: (of: SavedSegment) => Promise<unknown>) => does(segment),
  });
  return (
    <>
      <Menu>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="stone"
            className={styles.menu}
            aria-label={words.segments.menuOf(segment.name)}
          >
            <Ellipsis size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Copy size={16} aria-hidden />}
            onClick={() => act.mutate(duplicate)}
          >
            {said.duplicate}
          </Menu.Item>
          {segment.archived ? (
            <Menu.Item
              leftSection={<ArchiveRestore size={16} aria-hidden />}
              onClick={() => act.mutate(restore)}
            >
              {said.restore}
            </Menu.Item>
          ) : (
            <Menu.Item
              leftSection={<Archive size={16} aria-hidden />}
              onClick={() => act.mutate(archive)}
            >
              {said.archive}
            </Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item
            color="var(--bad)"
            leftSection={<Trash2 size={16} aria-hidden />}
            onClick={() => setDeleting(true)}
          >
            {said.delete}…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={act.isError}
        onClose={act.reset}
        title={said.refused}
        closeButtonProps={{ "aria-label": words.close }}
      >
        <Notice kind="refused">{act.error?.message}</Notice>
      </Modal>
      <Modal
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={<Name>{said.deleting.title(segment.name)}</Name>}
        closeButtonProps={{ "aria-label": words.close }}
      >
        <Deleting segment={segment} close={() => setDeleting(false)} onDeleted={onDeleted} />
      </Modal>
    </>
  );
}

function Deleting({ segment, close, onDeleted }: Props & { close: () => void }) {
  const used = useQuery(uses(segment.id)).data ?? [];
  const gone = useMutation({
    mutationFn: () => remove(segment),
    onSuccess: () => {
      close();
      tell(said.deleted(segment.name));
      onDeleted?.();
    },
  });
  const away = useMutation({ mutationFn: () => archive(segment), onSuccess: close });
  return (
    <div className={styles.dialog}>
      <p>{said.deleting.text}</p>
      {used.length > 0 && (
        <p>
          {said.deleting.uses} {used.map(({ name }) => name).join(", ")}.
        </p>
      )}
      {gone.isError && <Notice kind="refused">{gone.error.message}</Notice>}
      {away.isError && <Notice kind="refused">{away.error.message}</Notice>}
      <div className={styles.buttons}>
        <Button variant="default" onClick={close} data-autofocus>
          {words.cancel}
        </Button>
        {!segment.archived && (
          <Button variant="default" onClick={() => away.mutate()} loading={away.isPending}>
            {said.deleting.instead}
          </Button>
        )}
        <Button color="red" onClick={() => gone.mutate()} loading={gone.isPending}>
          {said.delete}
        </Button>
      </div>
    </div>
  );
}
