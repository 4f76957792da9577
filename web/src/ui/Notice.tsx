import { AlertTriangle, Info, Lock } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Notice.module.css";

const ICONS = { warning: AlertTriangle, info: Info, refused: Lock, bad: AlertTriangle };

type Props = { kind: keyof typeof ICONS; title?: string; children?: ReactNode; action?: ReactNode };

/** Something to know where it concerns: what, why, and what can be done. */
export function Notice({ kind, title, children, action }: Props) {
  const Icon = ICONS[kind];
  return (
    <div className={styles.notice} data-kind={kind} role={kind === "info" ? "note" : "alert"}>
      <Icon size={16} aria-hidden />
      <div>
        {title && <strong>{title} </strong>}
        {children}
        {action && <div className={styles.action}>{action}</div>}
      </div>
    </div>
  );
}

/** What stands where nothing is: what is known, and ways on. */
export function Empty({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
