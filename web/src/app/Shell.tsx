import { Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { listen } from "@/api/live";
import { SignInAgain } from "@/features/session/SignInAgain";
import { plainKey } from "@/ui/keys";
import { Toasts } from "@/ui/Toasts";
import { words } from "@/ui/words";
import { Jump } from "./Jump";
import { Keys } from "./Keys";
import { ServerGone } from "./ServerGone";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { TabBar } from "./TabBar";
import { useConnection } from "./useConnection";

export type Dialog = "jump" | "keys" | null;

/** What surrounds every page: the way to the others, keys, and how the server is. */
export function Shell() {
  const { ended, gone } = useConnection();
  const [dialog, open] = useState<Dialog>(null);

  useEffect(listen, []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open("jump");
      } else if (plainKey(event, "?")) open("keys");
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {words.skip}
      </a>
      <Sidebar open={open} />
      <main id="content" className={styles.sheet} tabIndex={-1}>
        {gone && <ServerGone />}
        <Outlet />
      </main>
      <TabBar open={open} />
      <Jump opened={dialog === "jump"} close={() => open(null)} />
      <Keys opened={dialog === "keys"} close={() => open(null)} />
      <SignInAgain ended={ended} />
      <Toasts />
    </div>
  );
}
