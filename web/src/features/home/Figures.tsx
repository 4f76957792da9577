import { useQuery } from "@tanstack/react-query";
import type { Size, Store } from "@/api";
import { daily } from "@/api/queries";
import { daysBefore, isoDay, number, share, signed } from "@/ui/format";
import { Spark } from "@/ui/Spark";
import { words } from "@/ui/words";
import type { Question } from "./Behind";
import styles from "./HomePage.module.css";

const said = words.home;
const EVERYBODY = "number_of_orders >= 0";
const FIGURES = [
  { name: said.customers, query: EVERYBODY },
  { name: said.buyers, query: "number_of_orders >= 1" },
  { name: said.repeat, query: "number_of_orders >= 2" },
  { name: said.email, query: "email_reachable = true" },
  { name: said.sms, query: "sms_reachable = true" },
];

type Props = { shop: Store; open: (question: Question) => void };

export function Figures({ shop, open }: Props) {
  const since = daysBefore(isoDay(shop.as_of, shop.timezone), 30);
  return (
    <div className={styles.figures}>
      {FIGURES.map(({ name, query }) => (
        <Figure key={query} name={name} query={query} since={since} open={open} />
      ))}
    </div>
  );
}

type FigureProps = { name: string; query: string; since: string; open: Props["open"] };

function Figure({ name, query, since, open }: FigureProps) {
  const sizes = useQuery(daily(query, since)).data;
  const counts = sizes?.map(({ count }) => count) ?? [];
  const first = sizes?.[0];
  const last = sizes?.[sizes.length - 1];
  return (
    <button type="button" className={styles.figure} onClick={() => open({ title: name, query })}>
      <span className={styles.figureName}>{name}</span>
      <span className={styles.figureValue}>
        <strong>{last ? number(last.count) : "\u00a0"}</strong>
        {last && query !== EVERYBODY && <span>{share(last.count, last.customers)}</span>}
      </span>
      <span className={styles.figureChange}>{change(first, last)}</span>
      <span className={styles.figureLine}>
        {last && (
          <Spark
            values={counts}
            label={said.in30(number(last.count - (first?.count ?? 0)))}
            width={72}
          />
        )}
      </span>
    </button>
  );
}

function change(first: Size | undefined, last: Size | undefined): string {
  return first && last ? said.in30(signed(last.count - first.count)) : "\u00a0";
}
