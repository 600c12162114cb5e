"""The tables come to be, once, whoever begins; and what cannot be opened is said without a password."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, insert, inspect, select, text

from feeds.identity import audit, invitations, sessions
from feeds.messages.actions import Merge
from feeds.messages.walls import HandoverDraft
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database, StoreError, sqlite_url
from feeds.store.opening import opened
from feeds.store.schema import AUDIT, METADATA, PASSKEYS, REPORTS, USERS
from feeds.store.upgrade import bring_up
from feeds.walls import shifts
from tests.fakes.postgres import Cluster
from tests.reports.room import Room

ROOT = Path(__file__).resolve().parents[2]


def start(url: str, name: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.writing_process", url, name, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # On SQLite they cannot be compared.
def test_the_steps_lead_to_the_tables_the_program_knows(empty_url: str) -> None:
    with opened(empty_url) as database, database.reading() as connection:
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "alembic_version"}
        options = {"compare_type": True, "include_object": belongs_here(database)}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []
        names = {index["name"] for index in inspect(connection).get_indexes("reports")}
        assert ("ix_reports_search" in names) == database.is_sqlite
        assert ("ix_reports_received_at" in names) != database.is_sqlite


def belongs_here(database: Database) -> Callable[..., bool]:
    """Alembic compares an index of one kind of database on the other too."""
    elsewhere = "ix_reports_received_at" if database.is_sqlite else "ix_reports_search"
    return lambda _thing, name, *_more: name != elsewhere


def test_again_changes_nothing(database_url: str) -> None:
    with opened(database_url) as database:
        bring_up(database)
        assert database.read(lambda connection: connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one()) == 1


def test_what_was_merged_before_is_counted(database_url: str) -> None:
    with opened(database_url) as database:
        room = Room(database)
        parent, one, other, alone = (room.report() for _ in range(4))
        for child in (one, other):
            room.act(child, Merge(parent=parent))
        with database.beginning() as connection:
            connection.execute(text("ALTER TABLE reports DROP COLUMN merged"))
            without_devices(connection)
            for later in ("walls", "wall_decisions", "wall_leases", "wall_presets", "wall_cameras", "handovers", "viewings"):
                connection.execute(text(f"DROP TABLE {later}"))
            for index in ("ix_reports_search", "ix_reports_due", "ix_reports_claimed", "ix_reports_incident"):
                connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
            connection.execute(text("CREATE INDEX IF NOT EXISTS ix_reports_received_at ON reports (received_at)"))
            for column in ("due_at", "risk_at"):
                connection.execute(text(f"ALTER TABLE reports DROP COLUMN {column}"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        bring_up(database)
        assert [room.get(report).merged for report in (parent, one, alone)] == [2, 0, 0]
        # And when each is due, which is younger still.
        due = {row.id: row.due_at for row in database.read(lambda it: it.execute(select(REPORTS.c.id, REPORTS.c.due_at)).all())}
        assert due[alone] == room.get(alone).respond_by and due[alone] is not None and due[one] is None


def test_handovers_of_before_stand_and_later_ones_are_written_once(database_url: str) -> None:
    lead = Actor(id="rina", role=Role.LEAD)
    now = datetime(2026, 11, 26, 3, tzinfo=UTC)
    with opened(database_url) as database:
        for _ in range(2):
            database.write(lambda it: shifts.hand_over(it, HandoverDraft(notes="lama"), lead, now))
        with database.beginning() as connection:
            without_devices(connection)
            connection.execute(text("DROP INDEX ix_handovers_retry_key"))
            connection.execute(text("ALTER TABLE handovers DROP COLUMN retry_key"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))
        bring_up(database)
        made = [database.write(lambda it: shifts.hand_over(it, HandoverDraft(notes="baru"), lead, now, "k1")) for _ in range(2)]
        assert [is_new for _, is_new in made] == [True, False] and made[0][0] == made[1][0]
        assert [one.notes for one in database.read(lambda it: shifts.page(it, lead, None))] == ["baru", "lama", "lama"]


def without_devices(connection: Connection) -> None:
    """As before step 0008."""
    for later in ("emergencies", "push_rings", "push_subscriptions", "invitations", "device_keys"):
        connection.execute(text(f"DROP TABLE {later}"))
    connection.execute(text("ALTER TABLE sessions DROP COLUMN device_key"))
    connection.execute(text("ALTER TABLE passkeys DROP COLUMN is_away"))


def test_whoever_was_signed_in_before_devices_were_invited_still_is(database_url: str) -> None:
    now = datetime(2026, 11, 26, 3, tzinfo=UTC)
    by = Actor(id="root", role=Role.ADMIN)
    row = {"login": "rina", "name": "Rina", "role": "mayor", "is_active": True, "created_at": now, "must_change": False}
    with opened(database_url) as database:
        database.write(lambda it: it.execute(insert(USERS).values(row)))
        with database.beginning() as connection:
            without_devices(connection)
            values = {"digest": digest_of("t"), "csrf": "c", "seen": "2026-11-26 03:00:00+00:00", "end": "2026-11-26 09:00:00+00:00"}
            if database.is_sqlite:
                values |= {"seen": "2026-11-26 03:00:00.000000", "end": "2026-11-26 09:00:00.000000"}
            connection.execute(text("INSERT INTO sessions VALUES (:digest, 'rina', :csrf, :seen, :seen, :end, 'x')"), values)
            connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
        bring_up(database)
        found = database.read(lambda it: sessions.find(it, "t", now))
        assert found is not None and found.actor.id == "rina" and found.device is None
        invitation, token = database.write(lambda it: invitations.make(it, "rina", now, by))
        assert database.read(lambda it: invitations.look(it, token, now)).actor.id == "rina" and invitation.login == "rina"


def test_passkeys_made_by_an_invitation_before_they_were_told_apart_open_no_desk(database_url: str) -> None:
    now, rina = datetime(2026, 11, 26, 3, tzinfo=UTC), Actor(id="rina", role=Role.LEAD)
    row = {"login": "rina", "name": "Rina", "role": "lead", "is_active": True, "created_at": now, "must_change": False}
    made = {"phone": now, "desk": now + timedelta(seconds=1)}
    key = {"login": "rina", "public_key": b"x", "sign_count": 0, "label": "x"}
    with opened(database_url) as database:
        database.write(lambda it: it.execute(insert(USERS).values(row)))
        for name, at in made.items():
            database.write(lambda it, name=name, at=at: it.execute(insert(PASSKEYS).values(key | {"id": name, "created_at": at})))
        database.write(lambda it: audit.write(it, rina, "redeem", "invitation x", at=now))
        database.write(lambda it: audit.write(it, Actor(id="lina", role=Role.LEAD), "redeem", "invitation y", at=made["desk"]))
        with database.beginning() as connection:
            connection.execute(text("ALTER TABLE passkeys DROP COLUMN is_away"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0010'"))
        bring_up(database)
        rows = database.read(lambda it: it.execute(select(PASSKEYS.c.id, PASSKEYS.c.is_away)).tuples().all())
        assert dict(rows) == {"phone": True, "desk": False}


def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    with opened(database_url) as database, database.beginning() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"newer Live Room \(step 9999\); install that"), opened(database_url):
        pass
    database = Database(database_url)
    try:
        assert database.read(lambda connection: connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()) == "9999"
    finally:
        database.close()


def test_tables_of_another_make_are_refused(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "reports.sqlite")
    with opened(url) as database, database.beginning() as connection:
        connection.execute(text("ALTER TABLE audit RENAME COLUMN object TO thing"))
    with pytest.raises(StoreError, match="table audit has no object; restore a backup"), opened(url):
        pass


def test_two_processes_begin_at_once_and_write_side_by_side(empty_url: str) -> None:
    writers = [start(empty_url, name, "70") for name in ("one", "two", "three")]
    for writer in writers:
        said, problem = writer.communicate(timeout=60)
        assert (writer.returncode, len(said.split())) == (0, 70), problem
    with opened(empty_url) as database, database.reading() as connection:
        rows = connection.execute(select(AUDIT.c.object, func.count()).group_by(AUDIT.c.object)).all()
        numbers = connection.execute(select(AUDIT.c.number, AUDIT.c.object).order_by(AUDIT.c.number)).all()
    assert len(rows) == 210 and {count for _, count in rows} == {2}
    # Nobody writes between the lines of another's unit: what is numbered in one transaction is committed before the next is numbered.
    assert all(one.object == other.object for one, other in zip(numbers[::2], numbers[1::2], strict=True))


def test_a_killed_writer_leaves_whole_units_and_all_it_was_told_of(database_url: str) -> None:
    acknowledged: set[str] = set()
    for number in range(3):
        writer = start(database_url, f"w{number}")
        assert writer.stdout is not None and writer.stderr is not None
        for _ in range(20 + 13 * number):
            line = writer.stdout.readline()
            assert line, writer.stderr.read()
            acknowledged.add(f"w{number}-{line.strip()}")
        writer.kill()
        acknowledged |= {f"w{number}-{line}" for line in writer.stdout.read().split("\n")[:-1]}
        writer.wait(10)
        writer.stdout.close()
        writer.stderr.close()
    with opened(database_url) as database, database.reading() as connection:
        rows = dict(connection.execute(select(AUDIT.c.object, func.count()).group_by(AUDIT.c.object)).tuples().all())
    assert set(rows.values()) == {2}
    assert len(acknowledged) >= 99 and acknowledged <= rows.keys()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ani:S3CRET@127.0.0.1:{port}/postgres",
        "postgresql://live_room:S3CRET@127.0.0.1:{port}/postgres",
        "postgresql://live_room:S3CRET@127.0.0.1:1/postgres",
        "postgresql://live_room:x@S3CRET@127.0.0.1:{port}/postgres",
        "postgresql://live_room:S3CRET:S3CRET@127.0.0.1:{port}/postgres",
        "postgresql://live_room:4/S3CRET@127.0.0.1:{port}/postgres",
        "postgresql://live_room:S3CRET@127.0.0.1:S3CRET/postgres",
        "postgresql://live_room:S3CRET@127.0.0.1:{port}/absent",
        "mysql://live_room:S3CRET@127.0.0.1/x",
        "S3CRET",
    ],
)
def test_no_password_in_any_error_or_log(url: str, postgres: Cluster, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StoreError) as caught, opened(url.format(port=postgres.port)):
        pass
    shown = capfd.readouterr()
    error: BaseException | None = caught.value
    while error is not None:
        assert "S3CRET" not in str(error) + repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert "S3CRET" not in shown.out + shown.err


def test_the_right_password_opens_it(postgres: Cluster) -> None:
    with postgres.a_database() as name, opened(postgres.tcp_url(name, postgres.password)) as database:
        assert not database.is_sqlite


def test_memory_is_no_store() -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StoreError, match="name a file"), opened(url):
            pass
