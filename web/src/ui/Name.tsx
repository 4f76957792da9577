import { pieces } from "./suspicious";

/** A text that somebody gave: shown as it is, its direction kept to itself, hidden marks shown. */
export function Name({ children }: { children: string }) {
  return (
    <bdi>
      {pieces(children).map(({ at, text, hidden }) =>
        hidden ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
      )}
    </bdi>
  );
}
