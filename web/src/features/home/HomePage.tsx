import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { store } from "@/api/queries";
import { Page } from "@/ui/Page";
import { Shapes } from "@/ui/Shapes";
import { Stamp } from "@/ui/Stamp";
import { words } from "@/ui/words";
import { Attention } from "./Attention";
import { Behind, type Question } from "./Behind";
import { Figures } from "./Figures";
import styles from "./HomePage.module.css";
import { Lifecycle } from "./Lifecycle";
import { Moved } from "./Moved";
import { Rfm } from "./Rfm";

/** The store at a glance; every number opens the customers behind it. */
export function HomePage() {
  const shop = useQuery(store).data;
  const [question, open] = useState<Question | null>(null);
  if (!shop)
    return (
      <Page title={words.home.title}>
        <Shapes rows={6} height={24} />
      </Page>
    );
  return (
    <Page
      title={words.home.title}
      stamp={
        <Stamp
          at={shop.as_of}
          zone={shop.timezone}
          standing={shop.stands_at ? "past" : "current"}
        />
      }
    >
      <Figures shop={shop} open={open} />
      <div className={styles.grid}>
        <Rfm open={open} />
        <Lifecycle shop={shop} open={open} />
        <Moved shop={shop} />
        <Attention shop={shop} />
      </div>
      <Behind question={question} close={() => open(null)} />
    </Page>
  );
}
