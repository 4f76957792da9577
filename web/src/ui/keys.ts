// Which key presses are commands, and not somebody typing.

/** Whether somebody types there. */
export function types(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Whether a press is one plain key, outside of fields and dialogs. */
export function plainKey(event: KeyboardEvent, key: string): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  if (types(event.target) || document.querySelector("[role=dialog]")) return false;
  return event.key.toLowerCase() === key;
}
