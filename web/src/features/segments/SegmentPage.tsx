import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronRight, Download } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type Comparison, current, Refused, type SavedSegment, type Store } from "@/api";
import { comparison, meaning, segment as oneSegment, store } from "@/api/queries";
import { moment, money, number, share } from "@/ui/format";
import { Name } from "@/ui/Name";
import { Empty, Notice } from "@/ui/Notice";
import { Page } from "@/ui/Page";
import { Shapes } from "@/ui/Shapes";
import { Stamp, type Standing } from "@/ui/Stamp";
import { tell } from "@/ui/toasts";
import { words } from "@/ui/words";
import { Aside } from "./Aside";
import { ExportDialog } from "./ExportDialog";
import { MembersSection, useMemberFields } from "./MembersSection";
import { SegmentMenu } from "./SegmentMenu";
import styles from "./SegmentPage.module.css";
import { SizeSection } from "./SizeSection";
import { ALL_UP_TO, useMembers } from "./useMembers";
import { leaving } from "./values";

const said = words.segment;

/** One segment: what it means, what it is now, how it went, and who belongs. */
export function SegmentPage() {
  const { id } = useParams({ from: "/segments/$id" });
  const found = useQuery(oneSegment(Number(id)));
  const shop = useQuery(store).data;
  if (found.data && shop) return <Loaded key={id} segment={found.data} shop={shop} />;
  const gone = found.error instanceof Refused && [404, 422].includes(found.error.status);
  return (
    <Page title={gone ? said.gone.title : words.segments.title}>
      {found.isError ? (
        <Empty
          title={gone ? said.gone.title : found.error.message}
          actions={
            gone ? (
              <Link to="/segments">{said.gone.back}</Link>
            ) : (
              <Button onClick={() => found.refetch()}>{words.again}</Button>
            )
          }
        >
          {gone && said.gone.text}
        </Empty>
      ) : (
        <Shapes rows={6} height={20} />
      )}
    </Page>
  );
}

function Loaded({ segment, shop }: { segment: SavedSegment; shop: Store }) {
  const navigate = useNavigate();
  const [exporting, setExporting] = useState(false);
  const scopes = current().me?.scopes ?? [];
  const chosen = useMemberFields();
  const sees = scopes.includes("customers:read");
  const compared = useQuery({ ...comparison([segment.id]), enabled: !segment.archived }).data;
  return (
    <Page
      title={segment.name}
      shown={<Name>{segment.name}</Name>}
      before={
        <span className={styles.crumb}>
          <Link to="/segments">{words.segments.title}</Link>
          <ChevronRight size={14} aria-hidden />
        </span>
      }
      stamp={
        <Stamp at={segment.members.as_of} zone={shop.timezone} standing={standing(segment, shop)} />
      }
      actions={
        <>
          {scopes.includes("exports:read") && (
            <Button
              leftSection={<Download size={16} aria-hidden />}
              onClick={() => setExporting(true)}
            >
              {said.export.go}
            </Button>
          )}
          {scopes.includes("segments:write") && (
            <SegmentMenu segment={segment} onDeleted={() => navigate({ to: "/segments" })} />
          )}
        </>
      }
    >
      <div className={styles.columns}>
        <div className={styles.main}>
          <Notes segment={segment} zone={shop.timezone} />
          <Rule segment={segment} />
          {sees ? (
            <WithMembers segment={segment} shop={shop} compared={compared} chosen={chosen} />
          ) : (
            <>
              <Facts segment={segment} shop={shop} compared={compared} leave={null} />
              <SizeSection segment={segment} shop={shop} />
              <Empty title={said.members.hidden} />
            </>
          )}
        </div>
        <Aside segment={segment} shop={shop} compared={compared} />
      </div>
      <ExportDialog segment={segment} opened={exporting} close={() => setExporting(false)} />
    </Page>
  );
}

type WithProps = {
  segment: SavedSegment;
  shop: Store;
  compared: Comparison | undefined;
  chosen: ReturnType<typeof useMemberFields>;
};

function WithMembers({ segment, shop, compared, chosen }: WithProps) {
  const found = useMembers(segment, chosen.fields);
  const until = new Date(Date.parse(shop.as_of) + 30 * 86_400_000).toISOString();
  const leave = found.whole ? leaving(found.members, until) : undefined;
  return (
    <>
      <Facts
        segment={segment}
        shop={shop}
        compared={compared}
        leave={found.total > ALL_UP_TO ? null : leave}
      />
      <SizeSection segment={segment} shop={shop} />
      <MembersSection segment={segment} shop={shop} found={found} chosen={chosen} />
    </>
  );
}

function standing({ members }: SavedSegment, shop: Store): Standing {
  if (members.state === "failed") return "failed";
  if (members.state === "due") return "refreshing";
  return members.state === "archived" || shop.stands_at ? "past" : "current";
}

function Notes({ segment, zone }: { segment: SavedSegment; zone: string }) {
  const { members, archived, fixed_at } = segment;
  return (
    <>
      {members.error && (
        <div className={styles.inset}>
          <Notice kind="bad" title={words.segments.health_.failed}>
            {members.error}
          </Notice>
        </div>
      )}
      {archived && (
        <div className={styles.inset}>
          <Notice kind="info">{said.archivedNote}</Notice>
        </div>
      )}
      {fixed_at && (
        <div className={styles.inset}>
          <Notice kind="info">{said.fixedNote(moment(fixed_at, zone))}</Notice>
        </div>
      )}
    </>
  );
}

/** The rule in words, and as text for whoever wants it. */
function Rule({ segment }: { segment: SavedSegment }) {
  const [open, setOpen] = useState(false);
  const checked = useQuery(meaning(segment.query)).data;
  const copy = async () => {
    await navigator.clipboard.writeText(segment.query);
    tell(said.copied);
  };
  return (
    <section className={styles.rule}>
      <p>
        {checked?.sentence ?? segment.description}{" "}
        <button
          type="button"
          className={styles.link}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? said.hideQuery : said.query}
        </button>
      </p>
      {open && (
        <div className={styles.query}>
          <pre>
            <Name>{segment.query}</Name>
          </pre>
          <Button variant="default" onClick={copy}>
            {said.copy}
          </Button>
        </div>
      )}
    </section>
  );
}

type FactsProps = {
  segment: SavedSegment;
  shop: Store;
  compared: Comparison | undefined;
  /** None while it is being counted; null where it is not. */
  leave: ReturnType<typeof leaving> | null | undefined;
};

function Facts({ segment, shop, compared, leave }: FactsProps) {
  const facts = said.facts;
  const { count } = segment.members;
  const [whole, ours] = compared?.profiles ?? [];
  const average = (amount: string | null | undefined) =>
    amount ? money(amount, shop.currency) : "–";
  return (
    <dl className={styles.facts}>
      <Fact name={facts.members} value={number(count)}>
        {facts.ofCustomers(share(count, shop.customers))}
      </Fact>
      <Fact name={facts.email} value={ours && number(ours.email_reachable)}>
        {ours && facts.ofMembers(share(ours.email_reachable, ours.members))}
      </Fact>
      <Fact name={facts.sms} value={ours && number(ours.sms_reachable)}>
        {ours && facts.ofMembers(share(ours.sms_reachable, ours.members))}
      </Fact>
      <Fact name={facts.aov} value={ours && average(ours.average_order_value)}>
        {whole && facts.storeAov(average(whole.average_order_value))}
      </Fact>
      <Fact name={facts.leave} value={leave === null ? "–" : leave && number(leave.leave)}>
        {leave === null ? facts.unknown : leave?.unknown ? facts.some(leave.unknown) : facts.byTime}
      </Fact>
    </dl>
  );
}

function Fact({ name, value, children }: { name: string; value?: string; children?: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value ?? "\u00a0"}</strong>
        <span>{children ?? "\u00a0"}</span>
      </dd>
    </div>
  );
}
