import { Notice } from "@/ui/Notice";
import { words } from "@/ui/words";
import styles from "./Shell.module.css";

const said = words.gone;

/** That the server does not answer, and that it is looked for. */
export function ServerGone({ whole = false }: { whole?: boolean }) {
  return (
    <div className={whole ? styles.alone : styles.gone}>
      <Notice kind="warning" title={said.title}>
        {said.text}
      </Notice>
    </div>
  );
}
