import { useQuery } from "@tanstack/react-query";
import { rfm } from "@/api/queries";
import { number, share } from "@/ui/format";
import { Notice } from "@/ui/Notice";
import { Shapes } from "@/ui/Shapes";
import { words } from "@/ui/words";
import type { Question } from "./Behind";
import styles from "./HomePage.module.css";
import { AREAS, heat } from "./mosaic";

const said = words.home.rfm;
const names = words.home.rfmNames;
const PROSPECTS = "PROSPECTS";

/** The RFM groups as rectangles of recency and value. */
export function Rfm({ open }: { open: (question: Question) => void }) {
  const found = useQuery(rfm);
  const groups = found.data?.groups ?? [];
  const placed = groups.filter(({ name }) => name !== PROSPECTS);
  const prospects = groups.find(({ name }) => name === PROSPECTS);
  const buyers = placed.reduce((sum, { members }) => sum + members, 0);
  const largest = Math.max(0, ...placed.map(({ members }) => members));
  const show = (name: string) =>
    open({ title: names[name] ?? name, query: `rfm_group = '${name}'` });
  return (
    <section className={styles.part} aria-labelledby="rfm">
      <div className={styles.head}>
        <h2 id="rfm">{said.title}</h2>
        {found.data && <span className="quiet small">{said.text(buyers)}</span>}
        {prospects && (
          <button type="button" className={styles.link} onClick={() => show(PROSPECTS)}>
            {said.prospects(prospects.members)}
          </button>
        )}
      </div>
      {found.isError && <Notice kind="bad">{found.error.message}</Notice>}
      {found.isPending && <Shapes flush rows={5} height={28} />}
      {found.data && (
        <div className={styles.rfm}>
          <div className={styles.axisY} aria-hidden>
            <span>{said.lower}</span>
            <span>{said.value}</span>
            <span>{said.higher}</span>
          </div>
          <div
            className={styles.mosaic}
            style={{ gridTemplateAreas: AREAS.map((row) => `"${row}"`).join(" ") }}
          >
            {placed.map(({ name, meaning, members }) => (
              <button
                key={name}
                type="button"
                title={meaning}
                style={{ gridArea: name, background: `var(--heat-${heat(members, largest)})` }}
                onClick={() => show(name)}
              >
                <span>{names[name] ?? name}</span>
                <span>
                  <strong>{number(members)}</strong>{" "}
                  <small>{share(members, found.data.customers)}</small>
                </span>
              </button>
            ))}
          </div>
          <div className={styles.axisX} aria-hidden>
            <span>{said.long}</span>
            <span>{said.recent}</span>
          </div>
        </div>
      )}
    </section>
  );
}
