import styles from "./Bar.module.css";

/** A part of a whole as a bar; the numbers stand beside it. */
export function Bar({ share, thick = 6 }: { share: number; thick?: number }) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return (
    <span className={styles.track} style={{ height: thick }} aria-hidden>
      <span style={{ width, minWidth: share > 0 ? 2 : 0 }} />
    </span>
  );
}
