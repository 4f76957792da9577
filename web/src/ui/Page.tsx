import { type ReactNode, useEffect, useRef } from "react";
import styles from "./Page.module.css";
import { Scroller } from "./scroller";
import { words } from "./words";

type Props = {
  title: string;
  shown?: ReactNode;
  before?: ReactNode;
  stamp?: ReactNode;
  actions?: ReactNode;
  foot?: ReactNode;
  children: ReactNode;
};

/** One page: its header with title, moment and actions, what it has, which scrolls, and a foot. */
export function Page({ title, shown, before, stamp, actions, foot, children }: Props) {
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = `${title} – ${words.product}`;
  }, [title]);
  return (
    <Scroller value={body}>
      <header className={styles.header}>
        {before}
        <h1>{shown ?? title}</h1>
        {stamp}
        <div className={styles.actions}>{actions}</div>
      </header>
      <div className={styles.body} ref={body}>
        {children}
      </div>
      {foot && <footer className={styles.foot}>{foot}</footer>}
    </Scroller>
  );
}
