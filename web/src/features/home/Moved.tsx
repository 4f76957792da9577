import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Store } from "@/api";
import { segments, sizes } from "@/api/queries";
import { daysBefore, isoDay, number, signed } from "@/ui/format";
import { Name } from "@/ui/Name";
import { Shapes } from "@/ui/Shapes";
import { changeIn } from "@/ui/series";
import { words } from "@/ui/words";
import styles from "./HomePage.module.css";
import { type Change, mostMoved } from "./moved";

const said = words.home.moved;
const DAYS = 7;
const WEEKS = 12; // as the list of segments asks for them, so that they are asked for once
const LOOKED_AT = 40;
const SHOWN = 6;

/** The segments whose size changed most in a week; of many the largest are looked at. */
export function Moved({ shop }: { shop: Store }) {
  const saved = useQuery(segments()).data;
  const since = daysBefore(isoDay(shop.as_of, shop.timezone), 7 * WEEKS);
  const largest = [...(saved ?? [])]
    .filter(({ fixed_at }) => !fixed_at)
    .sort((a, b) => b.members.count - a.members.count)
    .slice(0, LOOKED_AT);
  const found = useQueries({ queries: largest.map(({ id }) => sizes(id, since)) });
  const changes = largest.flatMap(({ id, name }, place): Change[] => {
    const counts = found[place]?.data?.map(({ count }) => count) ?? [];
    const change = changeIn(DAYS, counts);
    return change === null
      ? []
      : [{ id, name, change, before: (counts[counts.length - 1] ?? 0) - change }];
  });
  const pending = !saved || found.some(({ isPending }) => isPending);
  const rows = pending ? [] : mostMoved(changes, SHOWN);
  const most = Math.max(1, ...rows.map(({ change }) => Math.abs(change)));
  return (
    <section className={styles.part} aria-labelledby="moved">
      <div className={styles.head}>
        <h2 id="moved">{said.title}</h2>
        <span className="quiet small">{said.text}</span>
        {saved && (
          <Link to="/segments" className={styles.link}>
            {said.all(saved.length)}
          </Link>
        )}
      </div>
      {pending && <Shapes flush rows={5} height={20} />}
      {!pending && rows.length === 0 && <p className="quiet">{said.none}</p>}
      {rows.length > 0 && (
        <table className={styles.moved}>
          <thead>
            <tr>
              <th scope="col">{words.segments.name}</th>
              <th scope="col">{said.before}</th>
              <th scope="col" aria-hidden />
              <th scope="col">{said.change}</th>
              <th scope="col">{words.segments.members}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ id, name, before, change }) => (
              <tr key={id}>
                <th scope="row">
                  <Link to="/segments/$id" params={{ id: String(id) }}>
                    <Name>{name}</Name>
                  </Link>
                </th>
                <td className="quiet">{number(before)}</td>
                <td aria-hidden>
                  <span className={styles.swing} data-way={change > 0 ? "in" : "out"}>
                    <i style={{ width: `${(Math.abs(change) / most) * 50}%` }} />
                  </span>
                </td>
                <td className={change > 0 ? "in" : "out"}>{signed(change)}</td>
                <td>{number(before + change)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
