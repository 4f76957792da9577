import { Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChartPie, House, Keyboard, LogOut, Moon, Search, Sun } from "lucide-react";
import { segments, store } from "@/api/queries";
import { number, timeOrMoment, wholeMoment } from "@/ui/format";
import { words } from "@/ui/words";
import { leave } from "./leave";
import type { Dialog } from "./Shell";
import styles from "./Sidebar.module.css";
import { useConnection } from "./useConnection";

const said = words.nav;

/** The theme there is not now, and the way to it. */
export function useOtherTheme() {
  const now = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme();
  const other = now === "light" ? "dark" : "light";
  return { other, turn: () => setColorScheme(other) } as const;
}

export function Sidebar({ open }: { open: (dialog: Dialog) => void }) {
  const { me } = useConnection();
  const shop = useQuery(store).data;
  const saved = useQuery(segments()).data;
  const { other, turn } = useOtherTheme();
  const Theme = other === "dark" ? Moon : Sun;
  return (
    <nav className={styles.sidebar} aria-label={said.label}>
      <div className={styles.store}>
        <img src="/mark.svg" width={22} height={22} alt="" />
        <span>{shop?.stands_at ? words.sampleStore : words.product}</span>
      </div>
      <button type="button" className={styles.jump} onClick={() => open("jump")} title={said.jump}>
        <Search size={16} aria-hidden />
        <span>{said.jump}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Link to="/" className={styles.item} activeOptions={{ exact: true }} title={said.home}>
        <House size={16} aria-hidden />
        <span>{said.home}</span>
      </Link>
      <Link
        to="/segments"
        className={styles.item}
        activeOptions={{ includeSearch: false }}
        title={said.segments}
      >
        <ChartPie size={16} aria-hidden />
        <span>{said.segments}</span>
        {saved && <span className={styles.count}>{number(saved.length)}</span>}
      </Link>
      <div className={styles.foot}>
        {shop && (
          <div className={styles.fresh}>
            <i aria-hidden />
            <div>
              <strong>{shop.stands_at ? said.standsAt : said.applied}</strong>
              <Tooltip label={wholeMoment(shop.as_of, shop.timezone)}>
                <span>
                  {(shop.stands_at ? said.at : said.to)(
                    timeOrMoment(shop.as_of, shop.timezone, new Date()),
                    words.zone(shop.timezone),
                  )}
                </span>
              </Tooltip>
            </div>
          </div>
        )}
        <button type="button" className={styles.item} onClick={turn} title={said.theme[other]}>
          <Theme size={16} aria-hidden />
          <span>{said.theme[other]}</span>
        </button>
        <button
          type="button"
          className={styles.item}
          onClick={() => open("keys")}
          title={said.keys}
        >
          <Keyboard size={16} aria-hidden />
          <span>{said.keys}</span>
        </button>
        <button type="button" className={styles.item} onClick={leave} title={said.signOut}>
          <LogOut size={16} aria-hidden />
          <span>{said.signOut}</span>
        </button>
        {me && (
          <div className={styles.person} title={me.name}>
            <b aria-hidden>{initials(me.name)}</b>
            <span>{me.name}</span>
          </div>
        )}
      </div>
    </nav>
  );
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  const first = [...(parts[0] ?? "")][0] ?? "";
  const last = parts.length > 1 ? ([...(parts[parts.length - 1] ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}
