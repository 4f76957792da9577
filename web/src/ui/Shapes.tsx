import { useEffect, useState } from "react";
import styles from "./Shapes.module.css";
import { words } from "./words";

/** True once something took longer than a blink: what is quick shows no shapes at all. */
export function useSlow(after = 300): boolean {
  const [slow, set] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(true), after);
    return () => clearTimeout(timer);
  }, [after]);
  return slow;
}

type Props = { rows?: number; height?: number; flush?: boolean };

/** Where something will stand that is being asked for. */
export function Shapes({ rows = 3, height = 12, flush = false }: Props) {
  const slow = useSlow();
  return (
    <div
      className={styles.shapes}
      data-flush={flush}
      aria-busy="true"
      aria-label={words.loading}
      role="status"
    >
      {slow &&
        Array.from({ length: rows }, (_, row) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: shapes are all alike
            key={row}
            className={styles.shape}
            style={{ height, width: `${[62, 88, 47, 74][row % 4]}%` }}
          />
        ))}
    </div>
  );
}
