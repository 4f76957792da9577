// Short notes on what was done, with a way back. Never for errors.

export type Toast = { id: number; text: string; undo?: () => void };

const LASTS = 8000;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const each of [...listeners]) each();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function shown(): readonly Toast[] {
  return toasts;
}

/** Tell that something was done; only the latest is shown. */
export function tell(text: string, undo?: () => void): void {
  last += 1;
  set([{ id: last, text, undo }]);
}

export function dismiss(id: number): void {
  set(toasts.filter((each) => each.id !== id));
}

export { LASTS };
