import { Modal } from "@mantine/core";
import { Fragment } from "react";
import { words } from "@/ui/words";
import styles from "./Shell.module.css";

/** The list of keys. */
export function Keys({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={words.keys.title}
      closeButtonProps={{ "aria-label": words.close }}
    >
      <dl className={styles.keyList}>
        {words.keys.list.map(([keys, does]) => (
          <Fragment key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </Fragment>
        ))}
      </dl>
    </Modal>
  );
}
