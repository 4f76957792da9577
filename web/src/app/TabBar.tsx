import { Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ChartPie, Ellipsis, House, Keyboard, LogOut, Moon, Search, Sun } from "lucide-react";
import { words } from "@/ui/words";
import { leave } from "./leave";
import type { Dialog } from "./Shell";
import styles from "./Shell.module.css";
import { useOtherTheme } from "./Sidebar";

const said = words.nav;

/** The same ways as the sidebar's, on a phone. */
export function TabBar({ open }: { open: (dialog: Dialog) => void }) {
  const { other, turn } = useOtherTheme();
  const Theme = other === "dark" ? Moon : Sun;
  return (
    <nav className={styles.tabs} aria-label={said.label}>
      <Link to="/" activeOptions={{ exact: true }}>
        <House size={18} aria-hidden />
        {said.home}
      </Link>
      <Link to="/segments" activeOptions={{ includeSearch: false }}>
        <ChartPie size={18} aria-hidden />
        {said.segments}
      </Link>
      <button type="button" onClick={() => open("jump")}>
        <Search size={18} aria-hidden />
        {words.jump.short}
      </button>
      <Menu position="top-end">
        <Menu.Target>
          <button type="button">
            <Ellipsis size={18} aria-hidden />
            {said.more}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Theme size={16} />} onClick={turn}>
            {said.theme[other]}
          </Menu.Item>
          <Menu.Item leftSection={<Keyboard size={16} />} onClick={() => open("keys")}>
            {said.keys}
          </Menu.Item>
          <Menu.Item leftSection={<LogOut size={16} />} onClick={leave}>
            {said.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
