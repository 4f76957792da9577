import { X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import styles from "./Toasts.module.css";
import { dismiss, LASTS, shown, subscribe, type Toast } from "./toasts";
import { words } from "./words";

/** Where toasts are shown: bottom left, each for eight seconds in which nothing points at it. */
export function Toasts() {
  const toasts = useSyncExternalStore(subscribe, shown);
  return (
    <div className={styles.place} role="status" aria-live="polite">
      {toasts.map((each) => (
        <OneToast key={each.id} toast={each} />
      ))}
    </div>
  );
}

function OneToast({ toast }: { toast: Toast }) {
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(toast.id), LASTS);
    return () => clearTimeout(timer);
  }, [held, toast.id]);
  const undo = toast.undo;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing at it only makes it stay
    <div
      className={styles.toast}
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <span>{toast.text}</span>
      {undo && (
        <button
          type="button"
          onClick={() => {
            dismiss(toast.id);
            undo();
          }}
        >
          {words.undo}
        </button>
      )}
      <button type="button" aria-label={words.close} onClick={() => dismiss(toast.id)}>
        <X size={14} aria-hidden />
      </button>
    </div>
  );
}
