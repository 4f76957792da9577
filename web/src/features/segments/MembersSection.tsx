import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef, SortingState, VisibilityState } from "@tanstack/react-table";
import { Mail, MailX, MessageSquare, MessageSquareOff, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { current, type FilterAttribute, type Member, type SavedSegment, type Store } from "@/api";
import { filters } from "@/api/queries";
import { ColumnsMenu } from "@/ui/ColumnsMenu";
import { DataTable } from "@/ui/DataTable";
import { number, wholeMoment } from "@/ui/format";
import { Name } from "@/ui/Name";
import { Empty, Notice } from "@/ui/Notice";
import { Shapes } from "@/ui/Shapes";
import { useKept } from "@/ui/useKept";
import { words } from "@/ui/words";
import styles from "./SegmentPage.module.css";
import type { useMembers } from "./useMembers";
import { having, heading, leaves, numeric, order, shown } from "./values";

const said = words.segment.members;

/** The attributes that can be columns; those shown at first are marked. */
const CHOICES: readonly [name: string, first: boolean][] = [
  ["number_of_orders", true],
  ["amount_spent", true],
  ["average_order_value", false],
  ["first_order_date", false],
  ["last_order_date", true],
  ["lifecycle_stage", false],
  ["rfm_group", false],
  ["customer_countries", false],
];
const REACH = ["email_reachable", "sms_reachable"];
const PERSONAL = ["customer_name", "customer_email"];
const FIRST = Object.fromEntries(CHOICES.map(([name, first]) => [name, first]));

/** The columns that are chosen, and the fields that have to be asked for. */
export function useMemberFields() {
  const [visibility, show] = useKept<VisibilityState>("members.columns", FIRST);
  const names = current().me?.scopes.includes("customers:pii") ? PERSONAL : [];
  const columns = CHOICES.map(([name]) => name).filter((name) => visibility[name] !== false);
  const key = [...names, ...REACH, ...columns].join(" ");
  const fields = useMemo(() => key.split(" "), [key]);
  return { visibility, show, fields };
}

type Props = {
  segment: SavedSegment;
  shop: Store;
  found: ReturnType<typeof useMembers>;
  chosen: ReturnType<typeof useMemberFields>;
};

/** Who belongs, with the values chosen, and when each leaves if nothing happens. */
export function MembersSection({ segment, shop, found, chosen }: Props) {
  const attributes = useQuery(filters).data?.attributes;
  const [search, seek] = useState("");
  const [sorting, sort] = useState<SortingState>([]);
  const { visibility, show, fields } = chosen;
  const known = useMemo(
    () => new Map((attributes ?? []).map((each) => [each.name, each])),
    [attributes],
  );
  const columns = useMemo(() => columnsFor(known, shop), [known, shop]);
  const rows = useMemo(
    () => having(found.members, fields, search),
    [found.members, fields, search],
  );
  const choices = CHOICES.map(([name]) => ({ id: name, name: titleOf(name, known) }));

  return (
    <section aria-labelledby="members">
      <div className={styles.sectionHead}>
        <h2 id="members">{said.title}</h2>
        <span className="quiet">{number(found.total)}</span>
        <div className={styles.choices}>
          <TextInput
            size="sm"
            value={search}
            onChange={(event) => seek(event.currentTarget.value)}
            placeholder={said.search}
            aria-label={said.search}
            leftSection={<Search size={16} aria-hidden />}
          />
          <ColumnsMenu label={said.columns} columns={choices} visibility={visibility} set={show} />
        </div>
      </div>
      {found.isError && (
        <div className={styles.inset}>
          <Notice
            kind="bad"
            action={<Button onClick={() => found.refetch()}>{words.again}</Button>}
          >
            {found.error.message}
          </Notice>
        </div>
      )}
      {found.isPending && <Shapes rows={6} height={20} />}
      {rows.length > 0 && (
        <DataTable
          label={said.title}
          columns={columns}
          rows={rows}
          id={({ customer_id }) => customer_id}
          height={40}
          sorting={sorting}
          onSorting={sort}
          visibility={visibility}
          total={search ? rows.length : found.total}
        />
      )}
      {found.data && rows.length === 0 && (
        <Empty title={search ? said.noMatch(search) : said.none} />
      )}
      {found.hasNextPage && !found.isPending && segment.members.count > found.members.length && (
        <div className={styles.more}>
          <span className="quiet small">{said.large(found.members.length, found.total)}</span>
          <Button
            variant="default"
            loading={found.isFetchingNextPage}
            onClick={() => found.fetchNextPage()}
          >
            {said.more}
          </Button>
        </div>
      )}
    </section>
  );
}

function titleOf(name: string, known: Map<string, FilterAttribute>): string {
  const attribute = known.get(name);
  return attribute ? heading(attribute) : "";
}

function columnsFor(
  known: Map<string, FilterAttribute>,
  shop: Store,
): ColumnDef<Member, unknown>[] {
  return [
    {
      id: "customer",
      header: said.customer,
      accessorFn: ({ customer_id, fields }) =>
        String(fields.customer_name ?? customer_id).toLowerCase(),
      meta: { width: "minmax(180px, 1.6fr)", phone: "main" },
      cell: ({ row: { original } }) => <Customer member={original} />,
    },
    {
      id: "reach",
      header: said.reach,
      enableSorting: false,
      meta: { width: "48px", phone: "hide" },
      cell: ({ row: { original } }) => <Reach member={original} />,
    },
    ...CHOICES.map(([name], place): ColumnDef<Member, unknown> => {
      const type = known.get(name)?.type ?? "TEXT";
      return {
        id: name,
        header: titleOf(name, known),
        accessorFn: ({ fields }) => order(fields[name], type),
        sortUndefined: "last",
        sortDescFirst: true,
        meta: {
          width: "minmax(76px, 0.7fr)",
          number: numeric(type),
          phone: place === 1 ? "side" : "hide",
        },
        cell: ({ row }) => shown(row.original.fields[name], type, shop.currency, shop.timezone),
      };
    }),
    {
      id: "leaves",
      header: said.leaves,
      accessorFn: ({ leaves_at }) => leaves_at ?? undefined,
      sortUndefined: "last",
      meta: { width: "minmax(168px, 0.8fr)", number: true, phone: "below" },
      cell: ({ row: { original } }) => <Leaves member={original} zone={shop.timezone} />,
    },
  ];
}

function Customer({ member }: { member: Member }) {
  const { customer_name: name, customer_email: email } = member.fields;
  const second = name ? member.customer_id : email;
  return (
    <span className={styles.customer}>
      <b>
        <Name>{name ? String(name) : member.customer_id}</Name>
      </b>
      {second ? (
        <span className="quiet">
          <Name>{String(second)}</Name>
        </span>
      ) : null}
    </span>
  );
}

function Reach({ member }: { member: Member }) {
  const { email_reachable: email, sms_reachable: sms } = member.fields;
  const EMail = email ? Mail : MailX;
  const Sms = sms ? MessageSquare : MessageSquareOff;
  return (
    <span className={styles.reach}>
      <EMail
        size={15}
        role="img"
        aria-label={email ? said.byEmail : said.notByEmail}
        data-on={!!email}
      />
      <Sms size={15} role="img" aria-label={sms ? said.bySms : said.notBySms} data-on={!!sms} />
    </span>
  );
}

function Leaves({ member, zone }: { member: Member; zone: string }) {
  const { leaves_at: at, stays_until: until } = member;
  if (at) return <span title={wholeMoment(at, zone)}>{leaves(at, zone)}</span>;
  return <span className="quiet">{until ? said.notBefore(leaves(until, zone)) : said.stays}</span>;
}
