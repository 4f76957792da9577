"""The front door: a workspace is one store's data and segments, in a folder or in memory.

Wires storage, ingest, query and engine together and is the one place below the
command line that reads the clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from threading import Event, RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy import Engine as AppDb
from sqlalchemy.orm import Session

from segmentry.access import Access
from segmentry.access.key_file import KeyFile, key_place
from segmentry.access.keys import Keys
from segmentry.backups.making import BackedUp, Wanted, back_up
from segmentry.backups.manifest import Manifest
from segmentry.backups.restoring import Restored, erasures_for, restore
from segmentry.backups.verifying import (
    facts_as_backed_up,
    facts_findings,
    members_as_backed_up,
)
from segmentry.base.clock import Clock, system_clock
from segmentry.base.errors import NotFoundError, SecretError, UserError, WorkspaceError
from segmentry.base.money import check_currency
from segmentry.base.quoting import tidy_name
from segmentry.base.text import search_key
from segmentry.engines.base import CustomerValue, Engine, EngineMaker
from segmentry.engines.live import LiveEngine
from segmentry.erasure.erasing import Erased, Request
from segmentry.erasure.hashes import Hashes
from segmentry.erasure.known import ErasedPeople
from segmentry.erasure.record import erasure_of, erasures, read_erasures, write_erasures
from segmentry.erasure.retention import age_out, keep_days, kept_days
from segmentry.exports.columns import with_columns
from segmentry.exports.members import Asked as AskedToExport
from segmentry.exports.members import Exports
from segmentry.exports.person import everything_about, ids_of, plain_row
from segmentry.exports.unfinished import remove_unfinished
from segmentry.facts.attributes.predictions import not_predicted
from segmentry.facts.catalogue import ATTRIBUTES, parameter_named
from segmentry.facts.field import Attribute
from segmentry.facts.orders import NET
from segmentry.facts.orders import order_rules as rules_named
from segmentry.facts.store import Store
from segmentry.facts.tables import TABLES
from segmentry.facts.zones import zone
from segmentry.ingest.erasures import erase, finish_all, replay
from segmentry.ingest.events import EventSource, Reading
from segmentry.ingest.events import Sources as EventSources
from segmentry.ingest.files import ImportPlan, plan_import, read_mapping
from segmentry.ingest.files import Mapping as FileMapping
from segmentry.ingest.files.importing import Progress
from segmentry.ingest.from_events import load_events, load_gathered
from segmentry.ingest.from_files import FilesLoaded, FilesRead, load_files, load_read
from segmentry.ingest.load import (
    Applied,
    ImportRecord,
    Loaded,
    Stores,
    anew,
    catch_up,
    clear_asides,
    imports,
    load,
    put_in_place,
)
from segmentry.ingest.messages.accept import Accepted, accept, source_of
from segmentry.ingest.messages.check import Checking
from segmentry.ingest.messages.parse import Batch, read_batch
from segmentry.ingest.records import Records, canonical
from segmentry.insights.groups import Grouping, lifecycle_stages, rfm_groups, spend
from segmentry.insights.health import Checkup, Health, health
from segmentry.insights.look import Look
from segmentry.insights.movement import Movement, movement
from segmentry.insights.remembered import remembered
from segmentry.insights.segments import ComparedSegments
from segmentry.insights.sizes import Moved, day_ends, moved, sizes
from segmentry.insights.titles import titles
from segmentry.jobs import Queue, Schedule
from segmentry.jobs.schedules import put_in_due
from segmentry.membership.history import Change, Together, changes_table
from segmentry.membership.memberships import Drift, Memberships, Refreshed, Sources
from segmentry.membership.waiting import as_time_passes
from segmentry.plan.explain import Explained, PlanText, explain, plan_text
from segmentry.plan.optimizer import optimized
from segmentry.plan.planner import plan
from segmentry.query import suggest
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from segmentry.query.completion import Known, KnownValue, Suggestion, complete
from segmentry.query.dates import FIRST_DAY, LAST_DAY, day_start, local_day, local_instant
from segmentry.query.lint import lint
from segmentry.query.lint.portability import portability
from segmentry.query.names import Names
from segmentry.query.printer import print_query
from segmentry.query.sentence import sentence
from segmentry.query.undated import undated
from segmentry.segments.adding import as_wanted, of_preset
from segmentry.segments.answer import Every, FileWanted, MembersFile
from segmentry.segments.answer import Result as Result
from segmentry.segments.applying import Application, plan_application
from segmentry.segments.checked import Checked as Checked
from segmentry.segments.declared import DeclaredMetafields
from segmentry.segments.definition import Definition
from segmentry.segments.engine_in_use import EngineInUse
from segmentry.segments.facts_seen import FactsSeen
from segmentry.segments.needs import Place, kinds_held
from segmentry.segments.offer import Offer, offers
from segmentry.segments.people import People
from segmentry.segments.preset import ADDED_AT_FIRST, find_preset
from segmentry.segments.questions import Questions
from segmentry.segments.saved import Asking
from segmentry.segments.segment import Segment
from segmentry.segments.store_facts import StoreFactsAt
from segmentry.segments.upcoming import Upcoming
from segmentry.segments.versions import this_author
from segmentry.segments.why import Why
from segmentry.storage.app_db import Settings, clear_remains, compact, open_app_db
from segmentry.storage.archive import Archive
from segmentry.storage.checks import Finding
from segmentry.storage.due import mark_due
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.folder import (
    APP_DB,
    ARCHIVE,
    EXPORTS,
    FACTS_DB,
    UPLOADS,
    check_folder,
    is_workspace,
    make_workspace,
)
from segmentry.storage.journal import Journal

if TYPE_CHECKING:
    from segmentry.connected import Connected
    from segmentry.destinations.webhooks import Webhooks
    from segmentry.destinations.webhooks.sending import Delivered


class Workspace:
    """One store. Make one with `create` or `open`; use it in a `with` block or close it."""

    def __init__(
        self,
        folder: Path | None,
        stores: Stores,
        settings: Settings,
        clock: Clock,
        make_engine: EngineMaker = LiveEngine,
        author: str | None = None,
    ):
        self.folder = folder
        self.store = _store(settings)
        self._questions = questions = Questions(
            lambda: self._engine, lambda: self.store, lambda: self._seen, self.moment, self.local
        )
        self.segments = ComparedSegments(
            stores.app,
            Asking(
                clock,
                lambda: self.metafields.by_name(),
                questions.answer,
                self._table,
                questions.upcoming,
                questions.why,
                lambda moment: local_day(moment, self.store.zone),
                People(
                    lambda id: next(iter(self._keys([id]))),
                    lambda key: self._shown(key),
                    questions.existing,
                    stores.facts.stored,
                    lambda: self._seen.survivors,
                ),
                self.refresh,
                self._history,
                self._export_segment,
                self._sizes,
                questions.page,
            ),
            author or this_author(),
            self._look,
            lambda parameter: titles(self._stores.facts, parameter),
        )
        self.memberships = Memberships(
            stores.app,
            Sources(lambda: self.store, stores.facts, lambda: self._engine, self.segments.meanings),
        )
        self.access = Access(stores.app, folder, clock, keys=stores.erased.hashes.keys)
        self.jobs = Queue(stores.app, clock)
        self._stores = stores
        self.stands_at = settings.stands_at
        self._clock = clock
        self._make_engine = make_engine
        self._seen = FactsSeen(stores.facts)
        self._in_use = EngineInUse(stores.facts, folder, make_engine, self.store)
        self._standing_still = RLock()

    # -- opening and closing --------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | Path | None,
        *,
        timezone: str,
        currency: str,
        order_rules: str = NET.name,
        stands_at: datetime | date | None = None,
        clock: Clock = system_clock,
        author: str | None = None,
        _engine: EngineMaker = LiveEngine,
    ) -> Self:
        """Make a workspace in a new folder, or in memory for None.

        `order_rules` names which orders count: net, shopify or woocommerce. `stands_at` is
        for sample stores: they stand still at that moment, a day being its end. Refuses an
        unknown zone, currency or name of rules, and a folder that has anything in it.
        """
        settings = Settings(
            timezone=zone(timezone).key,
            currency=check_currency(currency),
            order_rules=rules_named(order_rules).name,
            created_at=clock(),
            stands_at=_moment(stands_at, zone(timezone)),
        )
        if path is not None:
            make_workspace(Path(path), settings)
            return cls.open(path, clock=clock, author=author, _engine=_engine)
        stores = _stores(None)
        with Session(stores.app, expire_on_commit=False) as session, session.begin():
            session.add(settings)
        return cls(None, stores, settings, clock, _engine, author)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        clock: Clock = system_clock,
        author: str | None = None,
        _engine: EngineMaker = LiveEngine,
    ) -> Self:
        """Open the workspace in a folder; applies imports that an earlier process left.

        Changes of segments are written down as made by `author`: SEGMENTRY_AUTHOR, else the
        user of the machine, unless another is given.
        """
        folder = Path(path)
        if not is_workspace(folder):
            raise WorkspaceError(
                f"{folder} is not a workspace. Make one with `segmentry init {folder}`, "
                "or name another with --workspace."
            )
        stores = _stores(folder)
        try:
            with Session(stores.app) as session:
                settings = session.get_one(Settings, 1)
            catch_up(stores, clock())
            finish_all(stores, stores.erased.hashes)
            workspace = cls(folder, stores, settings, clock, _engine, author)
            workspace._go_on()
        except BaseException:
            stores.close()
            raise
        return workspace

    @classmethod
    def connect(cls, url: str, *, token: str) -> Connected:
        """The workspace that a server has at an address, for a token of its own: queries,
        members and segments as here, and read-only SQL. Refuses an address that does not
        answer, and a token that is none."""
        from segmentry.connected import Connected

        return Connected(url, token)

    def close(self) -> None:
        """Let go of the workspace's files."""
        try:
            self._in_use.close()
        finally:
            self._stores.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def set_order_rules(self, name: str) -> None:
        """Choose which orders count, by the name of the rules; holds for every moment, past
        ones too."""
        with Session(self._stores.app) as session, session.begin():
            settings = session.get_one(Settings, 1)
            settings.order_rules = rules_named(name).name
            self.store = _store(settings)
            mark_due(session)
        self._in_use.close()
        self._in_use = EngineInUse(self._stores.facts, self.folder, self._make_engine, self.store)
        self.refresh()

    @property
    def allow_private(self) -> frozenset[str]:
        """The hosts that may be sent to although they are private, and without TLS."""
        with Session(self._stores.app) as session:
            return frozenset(json.loads(session.get_one(Settings, 1).allow_private))

    def set_allow_private(self, hosts: Iterable[str]) -> None:
        """Choose the hosts that may be sent to although they are private. They are trusted like
        this machine, so whoever may only use the store must not choose them."""
        from segmentry.destinations.outbound import host_name

        names = sorted({host_name(each) for each in hosts})
        with Session(self._stores.app) as session, session.begin():
            session.get_one(Settings, 1).allow_private = json.dumps(names)

    @property
    def backups(self) -> Path | None:
        """The folder for backups that a server is asked for; None where it makes none."""
        with Session(self._stores.app) as session:
            found = session.get_one(Settings, 1).backups
        return None if found is None else Path(found)

    def set_backups(self, folder: str | Path | None) -> None:
        """Choose the folder for backups that a server is asked for, None for no such. Whoever
        may only use the store must not choose it. Refuses what is no folder, and one in the
        workspace."""
        path = None if folder is None else Path(folder).resolve()
        if path is not None and not path.is_dir():
            raise WorkspaceError(f"{path} is not a folder.")
        if path is not None and self.folder is not None:
            ours = self.folder.resolve()
            if path == ours or ours in path.parents:
                raise WorkspaceError(f"{path} is in the workspace. Name a place elsewhere.")
        with Session(self._stores.app) as session, session.begin():
            session.get_one(Settings, 1).backups = None if path is None else str(path)

    # -- data -----------------------------------------------------------------------

    def load(
        self,
        records: Records,
        *,
        source: str,
        report: Mapping[str, Any] | None = None,
        live: bool = False,
    ) -> Loaded:
        """Take in records, all or none of them. The same records again change nothing.

        `live` says that they tell of what just happened, so that joining a segment by them
        can start what waits for it.
        """
        tables = canonical(records, source, self.store.zone)
        with self._taking_in():
            return load(
                self._stores, tables, source, json.dumps(report or {}), self._clock(), live=live
            )

    @contextmanager
    def _taking_in(self) -> Iterator[None]:
        """While facts change: memberships are brought up to the moment before, so that what
        time did is not put down to the data, and then to what is known afterwards."""
        with self._standing_still:
            self.refresh()
            yield
            self._go_on()
            self.refresh()

    def accept(
        self, batch: bytes | Iterable[Mapping[str, Any]], *, source: str | None = None
    ) -> Accepted:
        """Take in live messages: those accepted are on disk when this returns, and show once
        `apply_accepted` was called.

        `batch` is the JSON of one, or its messages; its source is that of the batch unless
        given. Any thread may call this at any time, also while something else is under way.
        Raises BatchError where nothing can be read; a message that is at fault is refused
        alone.
        """
        found = read_batch(batch) if isinstance(batch, bytes) else Batch(None, list(batch))
        checking = Checking(source_of(found.source, source), self.store.zone, self._clock())
        return accept(self._stores.journal, found.messages, checking)

    def apply_accepted(self, limit: int = 1_000) -> Applied:
        """Bring accepted messages into the facts, the engine and the segments, no more than
        a limit; those who join or leave by what is new can start what waits for them.

        What changes more than a thousand customers at once may have all of them read again.
        """
        with self._standing_still:
            self._stores.journal.news.clear()
            if not self.waiting():
                return Applied(0, self._stores.facts.position, 0)
            with self._taking_in():
                caught = catch_up(self._stores, self._clock(), limit=limit)
            if waiting := self.waiting():
                self._stores.journal.news.set()
            position = self._stores.facts.position
            return Applied(caught.messages, position, waiting, caught.dropped)

    def waiting(self) -> int:
        """How many messages were accepted and not applied yet."""
        return self._stores.journal.last_position() - self._stores.facts.position

    def applied_position(self) -> int:
        """Up to which place in the sequence of messages and imports the facts have all."""
        return self._stores.facts.position

    def wait_for_accepted(self, seconds: float) -> bool:
        """Wait until there is something for `apply_accepted`, so long at most; whether there
        is. Any thread may call this at any time."""
        return self._stores.journal.news.wait(seconds)

    def ids_reused(self) -> int:
        """How many messages were refused because their id stood for another message."""
        return self._stores.journal.reused()

    def compact_journal(self, days: int = 7) -> int:
        """Move messages that came so many days ago, and are applied, from the journal to the
        archive; returns how many. Ids of messages are forgotten after 90 days."""
        now = self._clock()
        with self._standing_still:
            applied = self._stores.facts.position
            return self._stores.journal.compact(applied, now - timedelta(days=days), now)

    def import_csv(
        self,
        *paths: str | Path,
        mapping: FileMapping | str | Path | None = None,
        source: str = "shop",
        country: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> FilesLoaded:
        """Take in CSV or Parquet files of orders, customers or products, all or none of them.

        `plan_import` shows how they would be read. The answer counts the rows taken and
        refused, and the records new and changed. With `dry_run` nothing changes.
        """
        plan = self.plan_import(paths, mapping, country=country)
        return self.import_files(plan, source=source, progress=progress, dry_run=dry_run)

    def plan_import(
        self,
        paths: Iterable[str | Path],
        mapping: FileMapping | str | Path | None = None,
        *,
        country: str | None = None,
    ) -> ImportPlan:
        """How CSV and Parquet files would be read: by a mapping (or the file it is in), else
        one that is recognised or guessed. `country`, two letters, is where phone numbers
        without a country belong."""
        given = read_mapping(Path(mapping)) if isinstance(mapping, str | Path) else mapping
        return plan_import(paths, given, self.store.zone, self.store.currency, country)

    def import_files(
        self,
        plan: ImportPlan,
        *,
        source: str,
        progress: Progress | None = None,
        dry_run: bool = False,
    ) -> FilesLoaded:
        """Take in the files of a plan, all or none of them; `progress` is told the share that
        is done, and of what. With `dry_run` they are read, compared, and not kept."""
        with self._taking_in():
            return load_files(self._stores, plan, source, self._clock(), progress, dry_run=dry_run)

    def import_events(
        self,
        *events: EventSource,
        source: str = "shop",
        country: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> FilesLoaded:
        """Take in events in the format of the Segment spec: files of JSON lines, or lists of
        dictionaries. An event is known by its messageId, so the same again changes nothing.

        `source` is whose customer, product and order ids they name. Bad events are refused
        by file and line and the good ones taken, together or not at all; `country`, two
        letters, is where phone numbers without one belong. With `dry_run` nothing changes.
        """
        reading = Reading(source, self.store.zone, self.store.currency, country, self._clock())
        with self._taking_in():
            return load_events(
                self._stores, EventSources(events), reading, progress, dry_run=dry_run
            )

    def import_parts(
        self, parts: str | Path, *, dry_run: bool = False, progress: Progress | None = None
    ) -> FilesLoaded:
        """Take in files that `ingest.apart` read, all or none of them, by the folder of their
        parts. With `dry_run` they are compared, and not kept."""
        from segmentry.ingest.apart import read_parts

        told = progress or (lambda share, what: None)
        asked, read = read_parts(Path(parts))
        with self._taking_in():
            if isinstance(read, FilesRead):
                return load_read(self._stores, read, asked.source, asked.now, told, dry_run=dry_run)
            store = self.store
            reading = Reading(asked.source, store.zone, store.currency, asked.country, asked.now)
            return load_gathered(self._stores, read, reading, told, dry_run=dry_run)

    def rebuild(self, alone: AbstractContextManager[object] | None = None) -> int:
        """Make the facts anew from the archive of imports and the journal; returns how many
        imports there were.

        They are made beside the present ones, which answer until the new ones take their
        place. Where threads share a workspace `alone`, which keeps the others from using it,
        is entered for that alone; they can go on asking and importing before. Refuses
        where somebody was erased meanwhile, who would come back with it.
        """
        version = self._stores.facts.version
        with (
            anew(self._stores, self.folder, self._clock()) as made,
            alone or nullcontext(),
            self._taking_in(),
        ):
            if self._stores.facts.version != version:
                raise WorkspaceError("Somebody was erased meanwhile. Rebuild once more.")
            return put_in_place(self._stores, made, self._clock())

    def row_counts(self) -> dict[str, int]:
        """How many rows each canonical table has."""
        return {name: self._stores.facts.count(table) for name, table in TABLES.items()}

    def facts(self, table: str) -> pa.Table:
        """All rows of a canonical table."""
        return self._stores.facts.read(TABLES[table])

    def imports(self) -> list[ImportRecord]:
        """The imports so far, in order."""
        return imports(self._stores.app)

    def _holds(self, place: Place) -> bool:
        """Whether the facts have something in a place that presets look at."""
        facts, table = self._stores.facts, TABLES[place.table]
        if place.functions:
            names = (name.removeprefix("storefront.") for name in place.functions)
            return any(facts.holds(table, (), ("name", name)) for name in names)
        where = ("channel", place.channel) if place.channel else None
        return facts.holds(table, place.columns, where)

    # -- safe keeping ---------------------------------------------------------------

    def backup(
        self,
        path: str | Path,
        *,
        with_facts: bool = False,
        with_key: bool = False,
        keep: int | None = None,
        progress: Progress | None = None,
    ) -> BackedUp:
        """Back up the workspace as it is now to a file, or to one named by the date in a folder,
        of which the newest `keep` are left then. Others go on using the workspace meanwhile.

        The facts are left out, being made anew by `restore`, and so is the key without which
        secrets cannot be read. Refuses a damaged workspace, and one in memory.
        """
        if self.folder is None:
            raise WorkspaceError("A workspace in memory has no files to be backed up.")
        facts = self._stores.facts.copy_to if with_facts else None
        wanted = Wanted(facts, with_key, keep)
        # Nobody is erased between the moment that is backed up and the files of that moment.
        with self._stores.archive.staying():
            return back_up(self.folder, Path(path), self._clock(), wanted, progress)

    @classmethod
    def restore(
        cls,
        path: str | Path,
        into: str | Path,
        *,
        erasures: str | Path | None = None,
        verify: bool = False,
        progress: Progress | None = None,
        clock: Clock = system_clock,
    ) -> Restored:
        """Make the workspace of a backup in a new or empty folder, wholly or not at all, with
        its facts made and its memberships brought up to now.

        People in the list `erasures`, as `export_erasures` writes it, by default one named
        `erasures` beside the backup, are erased again; that needs the workspace's key. With
        `verify` what there is is compared with what the backup says of its moment. Refuses a
        backup that is damaged or of a newer Segmentry, and a list that cannot be used.
        """
        told = progress or (lambda share, what: None)
        erased = erasures_for(Path(path), None if erasures is None else Path(erasures))

        def bring_up(folder: Path, manifest: Manifest) -> Restored:
            with cls.open(folder, clock=clock) as workspace:
                findings = tuple(workspace._as_backed_up(manifest)) if verify else ()
                told(0.8, "bringing memberships up to date")
                workspace.memberships.take_up()
                gone = workspace._erase_again(erased)
                workspace.refresh()
                imports = len(workspace.imports())
                return Restored(manifest, imports, len(workspace.segments), gone, findings)

        return restore(Path(path), Path(into), bring_up, told)

    def _erase_again(self, list: Path | None) -> int:
        """Erase those of a list who are here, if there is one; gives how many."""
        if list is None:
            return 0
        try:
            return self.replay_erasures(list)
        except SecretError as error:
            raise WorkspaceError(
                f"{list} is read by the key of the workspace. Name its file with "
                "SEGMENTRY_KEY_FILE, or restore a backup that was made with --with-key."
            ) from error

    def _as_backed_up(self, manifest: Manifest) -> Iterator[Finding]:
        """What there is against what a backup says of its moment, before anything is changed."""
        yield from facts_as_backed_up(manifest.facts, self._stores.facts.hashes())
        yield from members_as_backed_up(manifest.members, self.memberships.then())
        fresh = self._make_engine(self._stores.facts, self.store)
        try:
            for each in self.memberships.drift_then(fresh):
                said = f"{len(each.missing):,} missing, {each.surplus:,} too many by the facts"
                what = f"members: {each.segment}"
                yield Finding(what, said, "Put them right with `segmentry refresh --mend`.")
        finally:
            fresh.close()

    def verify(self, alone: AbstractContextManager[object] | None = None) -> Iterator[Finding]:
        """Compare the facts with ones made anew from the archive, and the stored members of
        every segment with those that a fresh evaluation finds. Changes no facts and no files.

        `alone` is as for `rebuild`, and is entered once the facts to compare with are made.
        """
        now = self._clock()
        with anew(self._stores, self.folder, now, "verify") as made, alone or nullcontext():
            catch_up(made, now)
            yield from facts_findings(self._stores.facts.hashes(), made.facts.hashes())
            yield from self._members_findings()

    def _members_findings(self) -> Iterator[Finding]:
        wrong = self.drift()
        for each in wrong:
            said = f"{len(each.missing):,} missing, {each.surplus:,} too many"
            yield Finding(f"members: {each.segment}", said, "Run `segmentry refresh --mend`.")
        count = len(self.segments)
        yield Finding("members", f"of {count - len(wrong):,} segments as freshly evaluated")

    # -- privacy --------------------------------------------------------------------

    def erase(
        self,
        customer: str,
        *,
        reason: str = "",
        requested_at: datetime | None = None,
        compact: bool = False,
    ) -> Erased:
        """Erase a person from every file of the workspace: all ids they had, their profile,
        addresses, events, messages and checkouts; their orders stay without anybody. Of them
        only hashes are kept, by which what arrives about them later is dropped and their
        opt-outs go on to hold.

        Who was erased already, stays so, and the erasure of then is given. Refuses the id of
        nobody, and a reason that names the person. With `compact` the database is written
        anew as well.
        """
        with self._standing_still:
            keys = {*self._keys([customer]), customer}
            hashes, known = self._stores.erased.hashes, keys & self._stores.facts.customer_ids()
            if not known:
                before = erasure_of(self._stores.app, hashes, keys)
                if before is None:
                    raise NotFoundError(f"There is no customer '{customer}'.")
                return before
            with self._erasing():
                now, request = self._clock(), Request(reason, requested_at)
                done = erase(self._stores, hashes, [min(known)], request, now)
            if compact:
                self.compact()
            return done

    @contextmanager
    def _erasing(self) -> Iterator[None]:
        """While people are taken out: all that was accepted is applied before, and afterwards
        nothing is left of what was made of them."""
        with self._taking_in():
            catch_up(self._stores, self._clock())
            yield
        if self.folder is not None:
            remove_unfinished(self.folder)
            for kind in (EXPORTS, UPLOADS):
                rmtree(self.folder / kind, ignore_errors=True)
        clear_remains(self._stores.app)

    def compact(self) -> None:
        """Write `app.sqlite` anew, without the room that deleted rows had."""
        with self._standing_still:
            compact(self._stores.app)

    def erasures(self) -> list[Erased]:
        """Who was erased: certificates, which name nobody."""
        return erasures(self._stores.app)

    def export_erasures(self, path: str | Path) -> int:
        """Write all erasures to a file of hashes, for `replay_erasures` after an older backup
        is restored; gives how many they are."""
        return write_erasures(self._stores.app, Path(path))

    def replay_erasures(self, path: str | Path) -> int:
        """Erase those again who are in a file of `export_erasures`; gives how many of them were
        here. Nothing is taken in about the others either. Refuses a file of another workspace."""
        kept = read_erasures(Path(path))
        with self._standing_still, self._erasing():
            return replay(self._stores, self._stores.erased.hashes, kept)

    def without_erased(
        self, tables: Mapping[str, pa.Table]
    ) -> tuple[dict[str, pa.Table], dict[str, int]]:
        """Canonical tables without what is about people who were erased, and by table how many
        rows were dropped, or of orders left without anybody."""
        return self._stores.erased.without_erased(tables)

    @property
    def retention(self) -> dict[str, int]:
        """By kind (storefront, messages, own), how many days events are kept; for ever where
        there is no number."""
        return kept_days(self._stores.app)

    def set_retention(self, **days: int | None) -> None:
        """Set how many days events are kept, by kind: storefront, messages, own; None for
        ever. `apply_retention` takes away what is older."""
        keep_days(self._stores.app, days)

    def apply_retention(self) -> dict[str, int]:
        """Take away events that are older than they are kept, from the archive and the facts;
        how many went, by kind. Nothing where nothing is set."""
        if not self.retention:
            return {}
        with self._standing_still, self._erasing():
            return age_out(self._stores, self._clock())

    # -- memberships ----------------------------------------------------------------

    def refresh(self) -> Refreshed:
        """Make the stored members of every segment what they are now, noting who joined and
        left; only what can have changed is evaluated."""
        with self._standing_still:
            return self.memberships.refresh(self.moment())

    def warm(self) -> None:
        """Read what the segments ask about, so that the first change does not wait for it."""
        with self._standing_still:
            self.memberships.warm(self.moment())

    def next_due(self) -> datetime | None:
        """When somebody can next join or leave a segment by time alone; None for never."""
        return self.memberships.next_due()

    def put_in_due(self, schedules: Iterable[Schedule]) -> list[int]:
        """Put in the work of schedules that are due, each once; see `jobs`."""
        return put_in_due(self._stores.app, self.jobs, schedules)

    def drift(self, *, mend: bool = False) -> list[Drift]:
        """Segments whose stored members are not those that an evaluation finds which reads
        the facts anew; with `mend` they are put right."""
        fresh = self._make_engine(self._stores.facts, self.store)
        try:
            return self.memberships.drift(self.moment(), fresh, mend=mend)
        finally:
            fresh.close()

    def keep_current(self, stop: Event) -> Iterator[Refreshed]:
        """Refresh now and at every moment at which somebody can join or leave, until `stop`
        is set; sleeps in between. A sample store that stands still is refreshed once."""
        if self.stands_at is not None:
            return iter([self.refresh()])
        return as_time_passes(self.refresh, self._clock, stop)

    def turns(self, segment: str) -> list[Together]:
        """How many joined and left a segment at each moment, the first one first."""
        return self.memberships.history.together(self.memberships.segment_id(segment))

    def changes(self, *, after: int = 0, limit: int = 1_000) -> pa.Table:
        """Who joined and left any segment, in the order it was found, beyond a place."""
        return self._changes_table(self.memberships.history.after(after, limit))

    def _history(self, segment: str, customer: str | None, limit: int) -> pa.Table:
        id = self.memberships.segment_id(segment)
        history = self.memberships.history
        if customer is None:
            return self._changes_table(history.of_segment(id, limit))
        (key,) = self._keys([customer])
        return self._changes_table(history.of_customer(key, id)[::-1][:limit])

    def _changes_table(self, changes: Iterable[Change]) -> pa.Table:
        return changes_table(changes, self._shown, self.store.zone)

    # -- webhooks -------------------------------------------------------------------

    @cached_property
    def webhooks(self) -> Webhooks:
        """The addresses that are told what happens, and what they are told.

        Sending needs nothing else of the workspace and may be left to another thread; what
        collects messages looks at the facts.
        """
        # Few commands send anything, and what sends takes a while to import.
        from segmentry.destinations.outbound import Outbound
        from segmentry.destinations.webhooks import Webhooks

        outbound = Outbound(lambda: self.allow_private)
        return Webhooks(
            self._stores.app,
            self.access.secrets,
            outbound,
            lambda: self._seen.left_out,
            self._clock,
        )

    def send_webhooks(self) -> Delivered:
        """Make messages of what happened and send what is due; where nobody else does."""
        now = self._clock()
        self.webhooks.collect(now)
        self.webhooks.forget_old(now)
        return self.webhooks.deliver_due(now)

    # -- ready-made segments --------------------------------------------------------

    def presets(self) -> tuple[Offer, ...]:
        """Every ready-made segment: its query where the data serve it, else what it lacks."""
        return offers(kinds_held(self._holds))

    def add_preset(
        self,
        preset: str,
        values: Mapping[str, str] | None = None,
        *,
        variant: str | None = None,
        name: str | None = None,
    ) -> Segment:
        """Save one ready-made segment, with values for its parameters. Refuses one that the
        data do not serve, saying what it needs."""
        found = find_preset(preset)
        wanted = as_wanted(found, kinds_held(self._holds), values or {}, variant, name)
        return self.segments.add_defined(wanted)

    def add_presets(self, categories: Set[str] = ADDED_AT_FIRST) -> list[Segment]:
        """Save the presets of these categories that the data serve and that are not saved yet."""
        saved = {segment.preset for segment in self.segments.listed(archived=None)}
        return [
            self.segments.add_defined(of_preset(offer.preset, offer.query))
            for offer in self.presets()
            if offer.query is not None
            and offer.preset.id not in saved
            and offer.preset.name not in self.segments
            and categories & set(offer.preset.categories)
        ]

    def sentences(self, segments: Iterable[str]) -> list[str | UserError]:
        """What segments mean, in words, by their names; of one that cannot be answered, why
        not."""
        return [
            meaning if isinstance(meaning, UserError) else sentence(meaning, self.store.currency)
            for meaning in self.segments.meanings(segments)
        ]

    def plan_segments(self, wanted: Sequence[Definition], *, delete: bool = False) -> Application:
        """What it would do to have these segments instead, and how members would move; those
        without a definition stay, unless `delete`. See `ws.segments.replace`."""
        return plan_application(self.segments, wanted, self.moment(), delete=delete)

    # -- while somebody types -------------------------------------------------------

    def complete(self, text: str, cursor: int | None = None) -> tuple[Suggestion, ...]:
        """What could be written at a cursor in a query, best first; by default at its end.
        Takes any text, unfinished and wrong ones too."""
        names = self.names()
        used = self.segments.names_used()
        today = local_day(self.moment(), self.store.zone)
        known = Known(names, self._seen.known_values.starting, used, today)
        return complete(text, cursor, known)

    def suggest_values(self, name: str, prefix: str = "") -> tuple[KnownValue, ...]:
        """Values that an attribute (`customer_tags`) or a parameter (`orders_placed.tag`) has
        in this store and that begin with a text in any case, the most frequent first; the
        words of those with fixed ones. Refuses an unknown name."""
        found = parameter_named(name)
        field = self.attribute(name) if found is None else found[1]
        fixed = field.values
        if field is ATTRIBUTES["segments"]:
            fixed = self.segments.names
        if fixed:
            key = search_key(prefix)
            return tuple(KnownValue(each) for each in fixed if search_key(each).startswith(key))
        full = field.name if found is None else f"{found[0].name}.{field.name}"
        return self._seen.known_values.starting(full, prefix)

    # -- questions ------------------------------------------------------------------

    def check(self, text: str, *, as_of: datetime | date | None = None) -> Checked:
        """What a query means. Raises QueryError with everything wrong with it.

        Its warnings count people at a moment, now if none is given.
        """
        bound = bind(text, self.names())
        moment = self.moment(as_of)
        return Checked(
            print_query(bound.query),
            sentence(bound, self.store.currency),
            bound.notes,
            lint(bound, self._facts_at(moment)),
            portability(bound),
        )

    def _facts_at(self, moment: datetime) -> StoreFactsAt:
        return StoreFactsAt(
            lambda: self._engine, moment, self._stores.facts.distinct, self._seen.carried
        )

    def query(
        self,
        text: str,
        *,
        as_of: datetime | date | None = None,
        among: Iterable[str] | None = None,
    ) -> Result:
        """The customers a query is true for at a moment, now if none is given.

        With `among` these customers alone are asked, however many others there are; ids that
        nobody has give nothing. `live` then counts those of them who are there.
        """
        return self._questions.answer(bind(text, self.names()), as_of, among)

    def sizes(
        self, text: str, since: date, until: date | None = None, every: Every = "day"
    ) -> pa.Table:
        """How many customers a query was true for on each day, at its last instant, as far as
        is known now: the columns `day`, `as_of`, `count`, and `live` for all there were.

        `until` is today if none is given, and counted now. With `every` week or month the days
        are Sundays or last days of months, and `until`. Refuses days to come.
        """
        return self._sizes(bind(text, self.names()), since, until, every)

    def _sizes(self, bound: BoundQuery, since: date, until: date | None, every: Every) -> pa.Table:
        ends = day_ends(since, until, every, self.moment(), self.store.zone)
        return sizes(self._engine, plan(bound), ends, undated(bound))

    def moved(
        self, text: str, since: datetime | date, until: datetime | date | None = None
    ) -> Moved:
        """Who joined and who left a query between two moments, now if no second is given, by
        the facts known now."""
        return moved(self.query(text, as_of=since), self.query(text, as_of=until))

    def next_change(
        self, text: str, customer: str, *, as_of: datetime | date | None = None
    ) -> Upcoming:
        """When a customer next joins or leaves a query after a moment, now if none is given.

        That is if nothing happens but what is known already, orders and cancellations to come
        included. Never a wrong moment: what depends on the store's other customers is known
        until the next midnight, and after too many moments the answer ends. Refuses the id of
        nobody. For a saved segment ask `ws.segments[name].next_change(customer)`.
        """
        return self._questions.upcoming(bind(text, self.names()), customer, as_of)

    def why(self, text: str, customer: str, *, as_of: datetime | date | None = None) -> Why:
        """Why a customer is in a query or not at a moment, now if none is given: each condition
        with what it looks at, and when that next changes.

        Refuses the id of nobody. For a saved segment ask `ws.segments[name].why(customer)`.
        """
        return self._questions.why(bind(text, self.names()), customer, as_of)

    def explain(self, text: str, *, as_of: datetime | date | None = None) -> Explained:
        """A query part by part, each condition and group with its own count."""
        moment = self.moment(as_of)

        def count(part: BoundQuery) -> int:
            return len(self._engine.members(plan(part), moment))

        return explain(bind(text, self.names()), self.store.currency, count)

    def plan(self, text: str) -> PlanText:
        """The steps a query comes down to, and how their answers combine."""
        return plan_text(optimized(plan(bind(text, self.names()))), self.store.currency)

    def live_count(self, *, as_of: datetime | date | None = None) -> int:
        """How many customers there are at a moment."""
        return len(self._engine.live(self.moment(as_of)))

    def values(
        self, attribute: str, *, as_of: datetime | date | None = None
    ) -> dict[str, CustomerValue]:
        """An attribute's value for every live customer. Refuses one that does not exist."""
        moment = self.moment(as_of)
        if attribute == "segments":
            return self._segments_of_each(moment)
        wanted = self.attribute(attribute)
        if wanted.predicted:
            raise UserError(not_predicted(wanted))
        found = self._engine.values(wanted, moment)
        return {self._shown(key): value for key, value in found.items()}

    def attribute(self, name: str) -> Attribute:
        """The attribute or declared metafield of that name. Refuses an unknown one."""
        known = ATTRIBUTES | self.metafields.by_name()
        name = tidy_name(name)
        if name not in known:
            close = suggest.name(name) or suggest.closest(name, known)
            hint = f" Did you mean {close}?" if close else ""
            raise UserError(f"There is no attribute '{name}'.{hint}")
        return known[name]

    def _segments_of_each(self, moment: datetime) -> dict[str, CustomerValue]:
        found: dict[str, set[str]] = {self._shown(key): set() for key in self._engine.live(moment)}
        for segment in self.segments.listed(archived=None):
            for customer in segment.result(as_of=moment).ids:
                found[customer].add(segment.name)
        return {customer: frozenset(names) for customer, names in found.items()}

    def _table(self, result: Result, fields: Sequence[str]) -> pa.Table:
        wanted = [self.attribute(name) for name in fields]
        before, segments, zone = self._seen.left_out, self._segments_of_each, self.store.zone
        return with_columns(self._engine, result, wanted, before, segments, zone)

    # -- out ------------------------------------------------------------------------

    def export(
        self,
        text: str,
        out: str | Path,
        *,
        format: str | None = None,
        fields: Sequence[str] = (),
        as_of: datetime | date | None = None,
        progress: Progress | None = None,
    ) -> MembersFile:
        """Write the members of a query at a moment, now if none is given, to a file. For a
        saved segment, and how, see `ws.segments[name].export(out)`."""
        bound = bind(text, self.names())
        asked = AskedToExport(
            print_query(bound.query), lambda moment: self._questions.answer(bound, moment)
        )
        return self._exports.write(asked, FileWanted(out, format, fields, as_of, progress))

    def everything_about(self, customer: str) -> dict[str, Any]:
        """What is known of one person: the records of every table that are theirs, the segments
        they are in, who they joined and left. Refuses the id of nobody."""
        key = self.refuse_nobody(customer)
        inside = [
            each.name
            for each in self.segments.listed(archived=None)
            if each.result(among=[customer]).count
        ]
        changes = self._changes_table(self.memberships.history.of_customer(key))
        return {
            "customer": customer,
            "as_of": self.moment().isoformat(),
            "amounts": f"in ten-thousandths of {self.store.currency}",
            "segments": inside,
            "joined_and_left": [plain_row(row) for row in changes.to_pylist()],
            "records": everything_about(
                self._stores.facts, ids_of(key, self._stores.facts.survivors())
            ),
        }

    def refuse_nobody(self, customer: str) -> str:
        """The key of a customer by their id. Refuses the id of nobody."""
        (key,) = self._keys([customer])
        if not self._questions.existing({key}):
            raise NotFoundError(f"There is no customer '{customer}'.")
        return key

    def _export_segment(self, segment: Segment, wanted: FileWanted) -> MembersFile:
        asked = AskedToExport(
            segment.query, lambda moment: segment.result(as_of=moment), segment.name
        )
        return self._exports.write(asked, wanted)

    @cached_property
    def _exports(self) -> Exports:
        def facts() -> str:
            facts = self._stores.facts
            return f"{facts.version} {facts.position} {self.store.order_rules.name}"

        return Exports(
            self._stores.app,
            lambda: self.store,
            lambda: self.segments.names,
            self.moment,
            self._table,
            facts,
            self._standing_still,
        )

    def rfm(self, *, as_of: datetime | date | None = None) -> Grouping:
        """The RFM groups at a moment, now if none is given."""
        return rfm_groups(self._engine, self.moment(as_of))

    def lifecycle(self, *, as_of: datetime | date | None = None) -> Grouping:
        """The lifecycle stages at a moment, now if none is given."""
        return lifecycle_stages(self._engine, self.moment(as_of))

    def movement(
        self,
        attribute: str,
        since: datetime | date,
        until: datetime | date | None = None,
    ) -> Movement:
        """How customers moved between the groups of `lifecycle_stage` or `rfm_group` from one
        moment to another, now if no other is given."""
        return movement(self._engine, attribute, self.moment(since), self.moment(until))

    def health(self) -> Health:
        """What is amiss with the active segments now, and with the money of orders."""
        segments = tuple(remembered(self._stores.app))
        look = self._look(None)
        return health(Checkup(look, segments, self._clock(), self.store.currency, self.local))

    def _look(self, as_of: datetime | date | None) -> Look:
        moment = self.moment(as_of)
        return Look(moment, self._engine.view(moment), self.names(), self._shown)

    def spend(self, *, as_of: datetime | date | None = None) -> dict[str, int]:
        """What every live customer spent, in ten-thousandths of the currency unit."""
        found = spend(self._engine, self.moment(as_of))
        return {self._shown(key): amount for key, amount in found.items()}

    def moment(self, as_of: datetime | date | None = None) -> datetime:
        """The UTC moment meant: a day is its last instant, a time without a zone is on
        the store's clock, None is now (or where a sample store stands)."""
        return _moment(as_of, self.store.zone) or self.stands_at or self._clock()

    def start_of(self, moment: datetime | date) -> datetime:
        """The UTC moment meant where something begins: of a day its first instant."""
        if isinstance(moment, datetime):
            return self.moment(moment)
        return day_start(moment, self.store.zone)

    def local(self, moment: datetime) -> str:
        """A moment for a person, on the store's clock."""
        local = moment.astimezone(self.store.zone)
        return f"{local.day} {local:%B %Y, %H:%M:%S} ({self.store.zone.key})"

    def names(self) -> Names:
        """What queries of this store may name beside the catalogue."""
        return Names(self.metafields.by_name(), self.segments.saved_queries())

    @property
    def metafields(self) -> DeclaredMetafields:
        """The metafields this store declares."""
        return DeclaredMetafields(self._stores.app, self._seen.metafield_types)

    @property
    def _engine(self) -> Engine:
        return self._in_use.engine

    @property
    def _shown(self) -> Callable[[str], str]:
        return self._seen.shown

    def _keys(self, ids: Iterable[str]) -> frozenset[str]:
        """The keys of customers by the ids that people know them by."""
        return self._seen.keys(ids)

    def _go_on(self) -> None:
        """Answer by the facts as they are after an import."""
        self._seen = FactsSeen(self._stores.facts)
        self._in_use.go_on()


def _moment(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    if not FIRST_DAY.year <= moment.year <= LAST_DAY.year:
        raise UserError(f"Moments to ask about lie between {FIRST_DAY} and {LAST_DAY}.")
    if not isinstance(moment, datetime):
        return day_start(moment + timedelta(days=1), zone) - timedelta(microseconds=1)
    return moment.astimezone(UTC) if moment.tzinfo else local_instant(moment, zone)


def _store(settings: Settings) -> Store:
    return Store(zone(settings.timezone), settings.currency, rules_named(settings.order_rules))


def _stores(folder: Path | None) -> Stores:
    """The places of a workspace. The facts first, which only one process can have open: from
    then on nobody else uses or upgrades what is in the folder."""
    if folder is None:
        return _together(None, open_app_db(None), Archive(None), FactsDb(None))
    check_folder(folder)
    facts = FactsDb(folder / FACTS_DB)
    try:
        app = open_app_db(folder / APP_DB)
    except BaseException:
        facts.close()
        raise
    clear_asides(folder)
    return _together(folder, app, Archive(folder / ARCHIVE), facts)


def _together(folder: Path | None, app: AppDb, archive: Archive, facts: FactsDb) -> Stores:
    hashes = Hashes(Keys(app, KeyFile(key_place(folder))))
    return Stores(app, archive, facts, Journal(app, archive), ErasedPeople(app, hashes))
