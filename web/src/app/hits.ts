// What a text typed into the jump dialog finds.

/** Names that have all the words typed; those that begin with the text come first. */
export function hits<T extends { name: string }>(
  things: readonly T[],
  typed: string,
  most = 20,
): T[] {
  const text = typed.trim().toLowerCase();
  if (!text) return things.slice(0, most);
  const parts = text.split(/\s+/);
  const fit = things.filter(({ name }) => parts.every((part) => name.toLowerCase().includes(part)));
  const first = (name: string) => (name.toLowerCase().startsWith(text) ? 0 : 1);
  return fit.sort((a, b) => first(a.name) - first(b.name)).slice(0, most);
}
