import { useQuery } from "@tanstack/react-query";
import { AlertTriangle } from "lucide-react";
import type { ReactNode } from "react";
import type { Comparison, SavedSegment, Store } from "@/api";
import { uses, versions } from "@/api/queries";
import { Bar } from "@/ui/Bar";
import { country, day, number, share } from "@/ui/format";
import { Name } from "@/ui/Name";
import { words } from "@/ui/words";
import { slices } from "./breakdown";
import { useWarnings } from "./cells";
import styles from "./SegmentPage.module.css";

const said = words.segment.aside;

type Props = { segment: SavedSegment; shop: Store; compared: Comparison | undefined };

/** Beside the members: what the segment is for, who uses it, and what its members are like. */
export function Aside({ segment, shop, compared }: Props) {
  const used = useQuery(uses(segment.id)).data;
  const changes = useQuery(versions(segment.id)).data;
  const warnings = useWarnings(segment.name);
  return (
    <aside className={styles.aside}>
      {warnings.length > 0 && (
        <Part title={said.health}>
          <ul className={styles.list}>
            {warnings.map(({ kind, message, advice }) => (
              <li key={kind + message} className={styles.warning}>
                <AlertTriangle size={14} aria-hidden />
                <div>
                  {message}
                  <p className="quiet small">{advice}</p>
                </div>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={said.strategy}>
        {segment.goal && <p className="strong">{said.goal(segment.goal)}</p>}
        {segment.strategy && <p className={styles.written}>{segment.strategy}</p>}
        {!segment.goal && !segment.strategy && <p className="quiet">{said.noStrategy}</p>}
      </Part>
      <Part title={said.usedBy}>
        {used?.length === 0 && <p className="quiet">{said.unused}</p>}
        <ul className={styles.list}>
          {used?.map(({ kind, name, state }) => (
            <li key={kind + name} className={styles.pair}>
              <Name>{name}</Name>
              <span className="quiet small">{state}</span>
            </li>
          ))}
        </ul>
      </Part>
      {compared && (
        <>
          <Slices
            compared={compared}
            kind="rfm_group"
            title={said.rfm}
            names={words.home.rfmNames}
          />
          <Slices
            compared={compared}
            kind="lifecycle_stage"
            title={said.lifecycle}
            names={words.home.stageNames}
          />
          <Slices compared={compared} kind="country" title={said.country} />
        </>
      )}
      {changes && (
        <Part title={said.versions}>
          <ul className={styles.list}>
            {[...changes]
              .sort((a, b) => b.number - a.number)
              .map((each) => (
                <li key={each.number} className={styles.pair}>
                  <span>
                    {said.version(each.number)} <span className="quiet">{each.action}</span>
                  </span>
                  <span className="quiet small">
                    <Name>{each.author}</Name>, {day(each.at, shop.timezone)}
                  </span>
                </li>
              ))}
          </ul>
        </Part>
      )}
    </aside>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

type SlicesProps = {
  compared: Comparison;
  kind: string;
  title: string;
  names?: Record<string, string>;
};

function Slices({ compared, kind, title, names }: SlicesProps) {
  const members = compared.profiles[1]?.members ?? 0;
  const { top, rest } = slices(compared, kind, 1, 5);
  if (top.length === 0) return null;
  const more = rest.reduce((sum, { count }) => sum + count, 0);
  const rows = rest.length ? [...top, { label: said.others(rest.length), count: more }] : top;
  return (
    <Part title={title}>
      <ul className={styles.slices}>
        {rows.map(({ label, count }) => (
          <li key={label}>
            <span className={styles.sliceName}>
              {names ? (names[label] ?? label) : country(label)}
            </span>
            <Bar share={count / members} />
            <span className="number">{number(count)}</span>
            <span className="number quiet">{share(count, members)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
