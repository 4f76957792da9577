import { Modal, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChartPie, House, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { segments } from "@/api/queries";
import { number } from "@/ui/format";
import { Name } from "@/ui/Name";
import { words } from "@/ui/words";
import { hits } from "./hits";
import styles from "./Shell.module.css";

const said = words.jump;
const PAGES = [
  { key: "home", name: words.nav.home, icon: House, to: "/" },
  { key: "segments", name: words.nav.segments, icon: ChartPie, to: "/segments" },
] as const;

/** Ctrl K: every page and segment by its name. */
export function Jump({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={said.title}
      closeButtonProps={{ "aria-label": words.close }}
    >
      <Finder close={close} />
    </Modal>
  );
}

function Finder({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const saved = useQuery(segments()).data ?? [];
  const [typed, type] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const pages = hits(PAGES, typed);
  const found = hits(saved, typed);
  const count = pages.length + found.length;

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  });

  const go = (place: number) => {
    const page = pages[place];
    const segment = found[place - pages.length];
    if (page) navigate({ to: page.to });
    else if (segment) navigate({ to: "/segments/$id", params: { id: String(segment.id) } });
    else return;
    close();
  };

  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, count - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") go(at);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <TextInput
        value={typed}
        onChange={(event) => {
          type(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
        leftSection={<Search size={16} aria-hidden />}
        placeholder={said.placeholder}
        aria-label={said.title}
        role="combobox"
        aria-expanded
        aria-controls="jump-list"
        aria-activedescendant={count ? `jump-${at}` : undefined}
        data-autofocus
      />
      <div
        className={styles.found}
        id="jump-list"
        role="listbox"
        aria-label={said.title}
        ref={list}
      >
        {pages.map((page, place) => (
          <Hit key={page.key} place={place} at={at} go={go}>
            <page.icon size={16} aria-hidden />
            <span>{page.name}</span>
          </Hit>
        ))}
        {found.map((segment, place) => (
          <Hit key={segment.id} place={pages.length + place} at={at} go={go}>
            <ChartPie size={16} aria-hidden />
            <span>
              <Name>{segment.name}</Name>
            </span>
            <span className="quiet">{number(segment.members.count)}</span>
          </Hit>
        ))}
      </div>
      {count === 0 && <p className="quiet">{said.nothing(typed)}</p>}
    </>
  );
}

type HitProps = {
  place: number;
  at: number;
  go: (place: number) => void;
  children: React.ReactNode;
};

function Hit({ place, at, go, children }: HitProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys
    <div
      className={styles.hit}
      id={`jump-${place}`}
      role="option"
      aria-selected={place === at}
      onClick={() => go(place)}
    >
      {children}
    </div>
  );
}
