// Characters of a text that a reader cannot see, or that turn its direction around.

const HIDDEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g;

export type Piece = { at: number; text: string; hidden: boolean };

/** A text in pieces by where they begin; hidden characters are told by number ("U+202E"). */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  const plain = (to: number) => {
    if (to > from) found.push({ at: from, text: text.slice(from, to), hidden: false });
  };
  for (const { 0: sign, index } of text.matchAll(HIDDEN)) {
    plain(index);
    const number = sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    found.push({ at: index, text: `U+${number}`, hidden: true });
    from = index + 1;
  }
  plain(text.length);
  return found;
}
