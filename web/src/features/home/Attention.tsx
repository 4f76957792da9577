import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AlertTriangle } from "lucide-react";
import type { HealthWarning, Store } from "@/api";
import { current } from "@/api";
import { health, imports, records, segments } from "@/api/queries";
import { moment } from "@/ui/format";
import { Name } from "@/ui/Name";
import { Shapes } from "@/ui/Shapes";
import { words } from "@/ui/words";
import styles from "./HomePage.module.css";

const said = words.home.attention;

/** What is amiss with the segments, each with the way there; and how fresh the data are. */
export function Attention({ shop }: { shop: Store }) {
  const found = useQuery(health);
  const warnings = found.data?.warnings ?? [];
  return (
    <section className={styles.part} aria-labelledby="attention">
      <div className={styles.head}>
        <h2 id="attention">{said.title}</h2>
        {warnings.length > 0 && <span className={styles.aside}>{said.open(warnings.length)}</span>}
      </div>
      {found.isPending && <Shapes flush rows={4} height={20} />}
      {found.data && warnings.length === 0 && <p className="quiet">{said.none}</p>}
      <ul className={styles.warnings}>
        {warnings.map((each) => (
          <Warning key={each.kind + each.message} warning={each} />
        ))}
      </ul>
      <Sources zone={shop.timezone} />
    </section>
  );
}

function Warning({ warning }: { warning: HealthWarning }) {
  const saved = useQuery(segments()).data;
  const id = saved?.find(({ name }) => name === warning.segments[0])?.id;
  return (
    <li>
      <AlertTriangle size={16} aria-hidden />
      <div>
        <p>
          <Name>{warning.message}</Name>
        </p>
        <p className="quiet small">{warning.advice}</p>
      </div>
      {id !== undefined && warning.segments.length <= 2 && (
        <Link to="/segments/$id" params={{ id: String(id) }} className={styles.link}>
          {words.acts.open}
        </Link>
      )}
    </li>
  );
}

function Sources({ zone }: { zone: string }) {
  const scopes = current().me?.scopes ?? [];
  const found = useQuery({ ...imports, enabled: scopes.includes("imports:read") }).data;
  const state = useQuery({ ...records, enabled: scopes.includes("records:write") }).data;
  const latest = new Map(found?.map(({ source, imported_at }) => [source, imported_at]));
  if (latest.size === 0 && !state) return null;
  return (
    <ul className={styles.sources} aria-label={words.home.sources.title}>
      {[...latest].map(([source, at]) => (
        <li key={source}>
          <i aria-hidden />
          <Name>{source}</Name>
          <span className="quiet">
            {words.home.sources.imported} {moment(at, zone)}
          </span>
        </li>
      ))}
      {state && (
        <li>
          <i aria-hidden data-waiting={state.waiting > 0} />
          {words.home.sources.waiting(state.waiting)}
        </li>
      )}
    </ul>
  );
}
