import type { ReactNode } from "react";
import { words } from "@/ui/words";
import styles from "./Door.module.css";

/** The page outside: one sheet with one form. */
export function Door({
  title,
  intro,
  children,
}: {
  title: string;
  intro: string;
  children: ReactNode;
}) {
  return (
    <main className={styles.door}>
      <div className={styles.brand}>
        <img src="/mark.svg" width={28} height={28} alt="" />
        <span>{words.product}</span>
      </div>
      <div className={styles.sheet}>
        <h1>{title}</h1>
        <p>{intro}</p>
        {children}
      </div>
    </main>
  );
}
