import { Button, Menu } from "@mantine/core";
import type { VisibilityState } from "@tanstack/react-table";
import { Check, Columns3 } from "lucide-react";

type Props = {
  label: string;
  columns: readonly { id: string; name: string }[];
  visibility: VisibilityState;
  set: (next: VisibilityState) => void;
};

/** Which columns a table shows. */
export function ColumnsMenu({ label, columns, visibility, set }: Props) {
  return (
    <Menu closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="subtle" color="stone" leftSection={<Columns3 size={16} aria-hidden />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map(({ id, name }) => {
          const shown = visibility[id] !== false;
          return (
            <Menu.Item
              key={id}
              role="menuitemcheckbox"
              aria-checked={shown}
              leftSection={<Check size={16} aria-hidden style={{ opacity: shown ? 1 : 0 }} />}
              onClick={() => set({ ...visibility, [id]: !shown })}
            >
              {name}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
