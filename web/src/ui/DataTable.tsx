import {
  type Column,
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type OnChangeFn,
  type RowData,
  type SortingState,
  useReactTable,
  type VisibilityState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, use, useLayoutEffect, useRef, useState } from "react";
import styles from "./DataTable.module.css";
import { Scroller } from "./scroller";
import { words } from "./words";

declare module "@tanstack/react-table" {
  interface ColumnMeta<TData extends RowData, TValue> {
    /** The column's track in the grid. */
    width: string;
    number?: boolean;
    /** Where the cell stands on a phone. */
    phone: "main" | "side" | "below" | "hide";
  }
}

const VIRTUAL_FROM = 100;

type Props<T> = {
  label: string;
  columns: ColumnDef<T, unknown>[];
  rows: readonly T[];
  id: (row: T) => string;
  height: number;
  sorting?: SortingState;
  onSorting?: OnChangeFn<SortingState>;
  visibility?: VisibilityState;
  onKey?: (key: string, row: T) => void;
  total?: number;
};

/** A table with a sticky head; of many rows only those that can be seen are in the page. */
export function DataTable<T>(props: Props<T>) {
  const { label, rows, height, onKey } = props;
  const scroller = use(Scroller);
  const place = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const table = useReactTable<T>({
    data: rows as T[],
    columns: props.columns,
    getRowId: props.id,
    state: { sorting: props.sorting ?? [], columnVisibility: props.visibility ?? {} },
    onSortingChange: props.onSorting,
    enableSorting: props.onSorting !== undefined,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    sortDescFirst: false,
  });
  const sorted = table.getRowModel().rows;
  const columns = table.getVisibleLeafColumns();
  const virtual = useVirtualizer({
    count: sorted.length,
    enabled: sorted.length >= VIRTUAL_FROM,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => sorted[index]?.id ?? index,
    overscan: 12,
    scrollMargin: margin,
  });
  const all = sorted.length < VIRTUAL_FROM;
  const items = all ? [] : virtual.getVirtualItems();
  const first = items[0];
  const last = items[items.length - 1];
  const before = first ? first.start - margin : 0;
  const after = last ? virtual.getTotalSize() - (last.end - margin) : 0;

  useLayoutEffect(() => {
    // Where the rows begin within what scrolls; what stands above them may grow.
    const top = place.current?.getBoundingClientRect().top ?? 0;
    const box = scroller.current;
    if (!box) return;
    const now = Math.round(top - box.getBoundingClientRect().top + box.scrollTop);
    if (Math.abs(now - margin) > 1) setMargin(now);
  });

  const focus = (index: number) => {
    if (index < 0 || index >= sorted.length) return;
    if (!all) virtual.scrollToIndex(index, { align: "auto" });
    // Twice: the row may have to be made first.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const row = place.current?.querySelector(`[data-index="${index}"]`);
        row?.querySelector<HTMLElement>("a, button")?.focus();
      }),
    );
  };

  const press = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest("[data-index]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = Number(row.getAttribute("data-index"));
    const data = sorted[index];
    if (event.key === "ArrowDown") focus(index + 1);
    else if (event.key === "ArrowUp") focus(index - 1);
    else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(sorted.length - 1);
    else if (data && onKey && /^[a-z]$/i.test(event.key)) {
      onKey(event.key.toLowerCase(), data.original);
      return;
    } else return;
    event.preventDefault();
  };

  const row = (index: number) => {
    const each = sorted[index];
    if (!each) return null;
    return (
      <div
        key={each.id}
        className={styles.row}
        role="row"
        aria-rowindex={index + 2}
        data-index={index}
        ref={all ? undefined : virtual.measureElement}
        style={{ minHeight: height }}
      >
        {each.getVisibleCells().map((cell) => (
          <div
            key={cell.id}
            role="cell"
            className={styles.cell}
            data-number={cell.column.columnDef.meta?.number}
            data-phone={cell.column.columnDef.meta?.phone}
            data-label={String(cell.column.columnDef.header ?? "")}
          >
            {flexRender(cell.column.columnDef.cell, cell.getContext())}
          </div>
        ))}
      </div>
    );
  };

  const tracks = columns.map((column) => column.columnDef.meta?.width ?? "1fr").join(" ");
  return (
    <div
      className={styles.table}
      role="table"
      aria-label={label}
      aria-rowcount={(props.total ?? sorted.length) + 1}
      style={{ "--tracks": tracks } as React.CSSProperties}
      onKeyDown={press}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" className={styles.headRow} aria-rowindex={1}>
          {columns.map((column) => (
            <Heading key={column.id} column={column} />
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={place} style={{ paddingTop: before, paddingBottom: after }}>
        {all ? sorted.map((_, index) => row(index)) : items.map((item) => row(item.index))}
      </div>
    </div>
  );
}

const ORDER = { asc: "ascending", desc: "descending" } as const;

function Heading<T>({ column }: { column: Column<T> }) {
  const now = column.getIsSorted();
  const name = String(column.columnDef.header ?? "");
  const Arrow = now === "desc" ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      className={styles.heading}
      data-number={column.columnDef.meta?.number}
      aria-sort={now ? ORDER[now] : undefined}
    >
      {column.getCanSort() ? (
        <button
          type="button"
          onClick={column.getToggleSortingHandler()}
          title={words.segments.sort(name)}
        >
          {name}
          {now && <Arrow size={13} aria-hidden />}
        </button>
      ) : (
        name || <span className="hidden">{words.segments.actions}</span>
      )}
    </div>
  );
}
