import { Button, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ColumnDef, SortingState, VisibilityState } from "@tanstack/react-table";
import { Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { current, type SavedSegment } from "@/api";
import { segments, store } from "@/api/queries";
import { ColumnsMenu } from "@/ui/ColumnsMenu";
import { DataTable } from "@/ui/DataTable";
import { number } from "@/ui/format";
import { plainKey } from "@/ui/keys";
import { Name } from "@/ui/Name";
import { Empty, Notice } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { Shapes } from "@/ui/Shapes";
import { Stamp } from "@/ui/Stamp";
import { useKept } from "@/ui/useKept";
import { words } from "@/ui/words";
import { duplicate } from "./acts";
import {
  ChangedCell,
  HealthCell,
  MembersCell,
  ReachCell,
  TrendCell,
  UsedCell,
  WeekCell,
} from "./cells";
import { fitting, folders } from "./finding";
import { SegmentMenu } from "./SegmentMenu";
import styles from "./SegmentsPage.module.css";

const said = words.segments;
const NARROW = { sms: false, used: false, changed: false };
const ARCHIVED = "\u0000archived"; // no folder can have that name

/** All segments: found by folder and text, each with what its numbers are now. */
export function SegmentsPage() {
  const { folder, search = "" } = useSearch({ from: "/segments" });
  const navigate = useNavigate({ from: "/segments" });
  const archived = folder === ARCHIVED;
  const active = useQuery(segments());
  const away = useQuery(segments(true));
  const shop = useQuery(store).data;
  const listed = archived ? away : active;
  const [sorting, sort] = useState<SortingState>([]);
  const [visibility, show] = useKept<VisibilityState>("segments.columns", {});
  const narrow = useMediaQuery("(width < 1180px)");
  const field = useRef<HTMLInputElement>(null);
  const writes = current().me?.scopes.includes("segments:write") ?? false;

  const all = listed.data ?? [];
  const rows = useMemo(
    () => fitting(listed.data ?? [], archived ? undefined : folder, search),
    [listed.data, archived, folder, search],
  );
  const ids = useMemo(() => (listed.data ?? []).map(({ id }) => id), [listed.data]);
  const columns = useMemo(() => columnsFor(ids, writes), [ids, writes]);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (plainKey(event, "/")) {
        event.preventDefault();
        field.current?.focus();
      } else if (plainKey(event, "arrowdown") && document.activeElement === document.body) {
        event.preventDefault();
        document.querySelector<HTMLElement>("[data-index] a")?.focus();
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);

  const seek = (text: string) =>
    navigate({ search: (old) => ({ ...old, search: text || undefined }), replace: true });

  return (
    <Page
      title={said.title}
      stamp={
        shop && (
          <Stamp
            at={shop.as_of}
            zone={shop.timezone}
            standing={shop.stands_at ? "past" : "current"}
          />
        )
      }
      foot={
        <>
          <span>{said.foot(rows.length, all.length)}</span>
          <span className={styles.hints}>
            <Hint keys={["↑", "↓"]} does={said.move} />
            <Hint keys={["Enter"]} does={said.open} />
            {writes && <Hint keys={["D"]} does={said.duplicate} />}
            <Hint keys={["?"]} does={said.allKeys} />
          </span>
        </>
      }
    >
      <nav className={styles.tabs} aria-label={said.folders}>
        <Tab name={said.all} count={active.data?.length} here={folder === undefined} />
        {folders(active.data ?? []).map(([name, count]) => (
          <Tab key={name} name={name} count={count} folder={name} here={folder === name} />
        ))}
        {(archived || !!away.data?.length) && (
          <Tab name={said.archived} count={away.data?.length} folder={ARCHIVED} here={archived} />
        )}
      </nav>
      <div className={styles.tools}>
        <TextInput
          ref={field}
          className={styles.search}
          size="sm"
          value={search}
          onChange={(event) => seek(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
          placeholder={said.search}
          aria-label={said.search}
          leftSection={<Search size={16} aria-hidden />}
        />
        <div className={styles.columns}>
          <ColumnsMenu label={said.columns} columns={CHOICES} visibility={visibility} set={show} />
        </div>
      </div>
      {listed.isError && !listed.data && (
        <div className={styles.tools}>
          <Notice
            kind="bad"
            action={<Button onClick={() => listed.refetch()}>{words.again}</Button>}
          >
            {listed.error.message}
          </Notice>
        </div>
      )}
      {listed.isPending && <Shapes rows={8} height={28} />}
      {listed.data && rows.length > 0 && (
        <DataTable
          label={said.title}
          columns={columns}
          rows={rows}
          id={(row) => String(row.id)}
          height={48}
          sorting={sorting}
          onSorting={sort}
          visibility={narrow ? { ...visibility, ...NARROW } : visibility}
          onKey={(key, row) => {
            if (key === "d" && writes) duplicate(row);
          }}
        />
      )}
      {listed.data && rows.length === 0 && (
        <Nothing none={all.length === 0} search={search} seek={seek} />
      )}
    </Page>
  );
}

function Nothing({
  none,
  search,
  seek,
}: {
  none: boolean;
  search: string;
  seek: (text: string) => void;
}) {
  const shop = useQuery(store).data;
  if (search)
    return (
      <Empty
        title={said.noMatch.title}
        actions={
          <Button variant="default" onClick={() => seek("")}>
            {said.noMatch.clear}
          </Button>
        }
      >
        {said.noMatch.text(search)}
      </Empty>
    );
  if (none) return <Empty title={said.none.title}>{said.none.text(shop?.customers ?? 0)}</Empty>;
  return <Empty title={said.noneHere} />;
}

type TabProps = { name: string; count?: number; folder?: string; here: boolean };

function Tab({ name, count, folder, here }: TabProps) {
  return (
    <Link to="/segments" search={{ folder }} aria-current={here ? "page" : undefined}>
      <Name>{name}</Name>
      {count !== undefined && <span>{number(count)}</span>}
    </Link>
  );
}

function Hint({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <span className={styles.hint}>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
      {does}
    </span>
  );
}

const CHOICES = [
  { id: "trend", name: said.trend },
  { id: "week", name: said.week },
  { id: "email", name: said.email },
  { id: "sms", name: said.sms },
  { id: "used", name: said.used },
  { id: "health", name: said.health },
  { id: "changed", name: said.changed },
];

function columnsFor(ids: readonly number[], writes: boolean): ColumnDef<SavedSegment, unknown>[] {
  const plain = { enableSorting: false };
  return [
    {
      id: "name",
      header: said.name,
      accessorFn: ({ name }) => name.toLowerCase(),
      meta: { width: "minmax(160px, 1fr)", phone: "main" },
      cell: ({ row: { original } }) => (
        <>
          <Link to="/segments/$id" params={{ id: String(original.id) }} className={styles.name}>
            <Name>{original.name}</Name>
          </Link>
          <div className={styles.about}>{original.description || original.query}</div>
        </>
      ),
    },
    {
      id: "members",
      header: said.members,
      accessorFn: ({ members }) => members.count,
      sortDescFirst: true,
      meta: { width: "72px", number: true, phone: "side" },
      cell: ({ row }) => <MembersCell segment={row.original} />,
    },
    {
      id: "trend",
      header: said.trend,
      ...plain,
      meta: { width: "84px", phone: "hide" },
      cell: ({ row }) => <TrendCell segment={row.original} />,
    },
    {
      id: "week",
      header: said.week,
      ...plain,
      meta: { width: "52px", number: true, phone: "hide" },
      cell: ({ row }) => <WeekCell segment={row.original} />,
    },
    {
      id: "email",
      header: said.email,
      ...plain,
      meta: { width: "60px", number: true, phone: "hide" },
      cell: ({ row }) => <ReachCell segment={row.original} ids={ids} by="email" />,
    },
    {
      id: "sms",
      header: said.sms,
      ...plain,
      meta: { width: "56px", number: true, phone: "hide" },
      cell: ({ row }) => <ReachCell segment={row.original} ids={ids} by="sms" />,
    },
    {
      id: "used",
      header: said.used,
      ...plain,
      meta: { width: "72px", phone: "hide" },
      cell: ({ row }) => <UsedCell segment={row.original} />,
    },
    {
      id: "health",
      header: said.health,
      ...plain,
      meta: { width: "minmax(96px, 190px)", phone: "below" },
      cell: ({ row }) => <HealthCell segment={row.original} />,
    },
    {
      id: "changed",
      header: said.changed,
      accessorFn: ({ created_at }) => created_at,
      ...plain,
      meta: { width: "84px", number: true, phone: "hide" },
      cell: ({ row }) => <ChangedCell segment={row.original} />,
    },
    ...(writes
      ? [
          {
            id: "menu",
            header: "",
            ...plain,
            meta: { width: "28px", phone: "hide" },
            cell: ({ row }) => <SegmentMenu segment={row.original} />,
          } satisfies ColumnDef<SavedSegment, unknown>,
        ]
      : []),
  ];
}
