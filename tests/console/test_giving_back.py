"""What a desk holds is let go of in the name of who took it: before their session ends, also when it was still being asked for."""

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from controlroom.console.pages import PAGES
from feeds.store.schema import AUDIT
from tests.console.console_house import ConsoleHouse, a_console
from tests.console.desk import with_changes
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.test_leaving import at_the_wall

BOTH = tuple(page for page in PAGES if page.key in ("reports", "stage"))
WAIT_MS = 30_000


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as doors:
        yield doors


@pytest.fixture
def house(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> Generator[ConsoleHouse]:
    with a_console(qtbot, server, tmp_path, pages=BOTH) as made:
        yield made


@pytest.fixture
def wall(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> Generator[ConsoleHouse]:
    with a_console(qtbot, server, tmp_path, pages=tuple(page for page in BOTH if page.key == "stage")) as made:
        yield made


def wait(house: ConsoleHouse, holds: Any) -> None:
    house.qtbot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)


def opened(house: ConsoleHouse, report: str) -> Any:
    """The report in front, nothing done to it yet."""
    detail: Any = next(page for page in house.shell.pages if page.key == "laporan").detail
    house.shell.show_page("reports")
    detail.open(report)
    wait(house, lambda: detail.feed.detail is not None)
    return detail.feed


def claimed_by(server: DeskServer, report: str) -> str | None:
    with server.client("budi") as client:
        return client.get(f"/desk/reports/{report}").json()["report"].get("claimed_by")


def holders(server: DeskServer) -> list[str]:
    with server.client("budi") as client:
        return [lease["holder"] for lease in client.get("/desk/walls/dinding").json()["leases"]]


def deeds(server: DeskServer, login: str) -> list[str]:
    """What the audit says they did."""
    query = select(AUDIT.c.action).where(AUDIT.c.actor == login)
    return [action for (action,) in server.doors.database.read(lambda it: it.execute(query).all())]


def test_claim_and_lock_are_given_back_before_the_session_ends(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("dipegang sampai keluar")
    house.sign_in("ani")
    feed = opened(house, report)
    feed.begin_to_act()
    wait(house, lambda: feed._ours)
    with server.delaying("DELETE", "/claim") as late:
        house.press("Ctrl+Shift+K")
        wait(house, lambda: late.come == 1)
        assert "DELETE /session" not in server.heard and house.window.sign_in.isVisible()
        late.let_in()
        wait(house, lambda: house.api.who is None and not house.api.is_telling)
    assert server.heard.index("DELETE /session") > server.heard.index(f"DELETE /desk/reports/{report}/claim")
    assert claimed_by(server, report) is None


def test_the_lock_of_the_wall_is_given_back_before_the_session_ends(wall: ConsoleHouse, server: DeskServer) -> None:
    page = at_the_wall(wall)
    page.stage.holding.ask()
    wait(wall, lambda: page.stage.holding.mine is not None)
    with server.delaying("DELETE", "/lease") as late:
        wall.press("Ctrl+Shift+K")
        wait(wall, lambda: late.come == 1)
        assert "DELETE /session" not in server.heard
        late.let_in()
        wait(wall, lambda: wall.api.who is None and not wall.api.is_telling)
    assert holders(server) == []


def test_doors_that_take_nothing_back_keep_no_session_open(
    house: ConsoleHouse, server: DeskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controlroom.console.leaving.LETTING_GO_MS", 100)
    report = server.typed_in("pintu lambat")
    house.sign_in("ani")
    opened(house, report)
    with server.delaying("DELETE", "/viewing"):
        house.press("Ctrl+Shift+K")
        wait(house, lambda: "DELETE /session" in server.heard and house.api.who is None)


def test_who_comes_in_while_the_former_session_ends_is_let_in_after_it(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("pergantian cepat")
    house.sign_in("ani")
    opened(house, report)
    with server.delaying("DELETE", "/viewing") as late:
        house.press("Ctrl+Shift+K")
        house.type_in("sari")
        wait(house, lambda: late.come == 1)
        assert server.heard.count("POST /session") == 2, "of the report's writer and of Ani"
        late.let_in()
        wait(house, lambda: house.window.sign_in.isHidden())
    assert house.api.who is not None and house.api.who.login == "sari"
    wait(house, lambda: not house.api.is_telling)
    gone: list[Any] = []
    house.api.get("/session", dict[str, Any], gone.append, gone.append)
    wait(house, lambda: gone)
    assert house.api.who is not None and house.api.who.login == "sari", "the end of one session is not the end of the next"


def go(house: ConsoleHouse, how: str) -> None:
    """Leaves at once, with whatever is on its way."""
    if how == "close":
        house.window.close()
    else:
        house.press({"sign out": "Ctrl+Shift+K", "language": "Ctrl+Shift+B"}[how])


HOW = pytest.mark.parametrize("how", ["close", "sign out", "language"])


@HOW
def test_a_claim_that_comes_when_the_page_is_gone_is_given_back(house: ConsoleHouse, server: DeskServer, how: str) -> None:
    report = server.typed_in("F2 lalu pergi")
    house.sign_in("ani")
    feed = opened(house, report)
    with server.delaying("POST", "/claim") as late:
        feed.begin_to_act()
        wait(house, lambda: late.come == 1)
        go(house, how)
        late.let_in()
        wait(house, lambda: f"DELETE /desk/reports/{report}/claim" in server.heard and not house.api.is_telling)
    assert "claim" in deeds(server, "ani") and claimed_by(server, report) is None


@HOW
def test_a_lock_that_comes_when_the_page_is_gone_is_given_back(wall: ConsoleHouse, server: DeskServer, how: str) -> None:
    page = at_the_wall(wall)
    with server.delaying("POST", "/lease") as late:
        page.stage.holding.ask()
        wait(wall, lambda: late.come == 1)
        go(wall, how)
        late.let_in()
        wait(wall, lambda: "DELETE /desk/walls/dinding/lease" in server.heard and not wall.api.is_telling)
    assert "wall_lease" in deeds(server, "ani") and holders(server) == []


def test_a_claim_that_is_being_renewed_is_let_go_of_after_that(house: ConsoleHouse, server: DeskServer) -> None:
    """Both on their way at once might come in the wrong order."""
    report, other = server.typed_in("diperpanjang"), server.typed_in("berikutnya")
    house.sign_in("ani")
    feed = opened(house, report)
    feed.begin_to_act()
    wait(house, lambda: feed._ours)
    feed._ctx = with_changes(feed._ctx, now=lambda: server.now() + timedelta(hours=1))
    with server.delaying("POST", "/claim") as late:
        feed.begin_to_act()
        wait(house, lambda: late.come == 1)
        feed.open(other)
        wait(house, lambda: f"POST /desk/reports/{other}/viewing" in server.heard)
        assert f"DELETE /desk/reports/{report}/claim" not in server.heard
        late.let_in()
        wait(house, lambda: f"DELETE /desk/reports/{report}/claim" in server.heard and not house.api.is_telling)
    assert claimed_by(server, report) is None


def test_a_lock_that_was_let_go_of_while_it_was_asked_for_goes_back(wall: ConsoleHouse, server: DeskServer) -> None:
    page = at_the_wall(wall)
    with server.delaying("POST", "/lease") as late:
        page.stage.holding.touched()
        wait(wall, lambda: late.come == 1)
        page.stage.holding.release()
        late.let_in()
        wait(wall, lambda: "DELETE /desk/walls/dinding/lease" in server.heard and not wall.api.is_telling)
    assert holders(server) == []


def test_a_lock_that_is_wanted_again_meanwhile_stays(wall: ConsoleHouse, server: DeskServer) -> None:
    page = at_the_wall(wall)
    with server.delaying("POST", "/lease") as late:
        page.stage.holding.touched()
        wait(wall, lambda: late.come == 1)
        page.stage.holding.release()
        page.stage.holding.touched()
        late.let_in()
        wait(wall, lambda: page.stage.holding.mine is not None and not wall.api.is_telling)
    assert holders(server) == ["ani"] and "DELETE /desk/walls/dinding/lease" not in server.heard


def test_a_take_that_waits_for_the_lock_arrives_before_it_goes_back(wall: ConsoleHouse, server: DeskServer) -> None:
    page = at_the_wall(wall)
    with server.delaying("POST", "/lease") as lock, server.delaying("POST", "/take") as take:
        page.take()
        wait(wall, lambda: lock.come == 1)
        page.stage.holding.release()
        lock.let_in()
        wait(wall, lambda: take.come == 1)
        page.stage.feed.ticked.emit()
        take.let_in()
        wait(wall, lambda: "DELETE /desk/walls/dinding/lease" in server.heard and not wall.api.is_telling)
    assert "wall_take" in deeds(server, "ani") and holders(server) == []


def end_session(house: ConsoleHouse, server: DeskServer, login: str) -> None:
    server.end_sessions(login)
    house.api.get("/desk/reports", dict[str, Any], lambda _: None, lambda _: None)
    wait(house, lambda: house.window.sign_in.isVisible())


def test_a_lead_who_comes_after_somebody_lets_go_of_nothing_of_theirs(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("milik Ani")
    house.sign_in("ani")
    feed = opened(house, report)
    feed.begin_to_act()
    wait(house, lambda: feed._ours)
    end_session(house, server, "ani")
    heard = len(server.heard)
    house.sign_in("sari")
    wait(house, lambda: not house.api.is_telling)
    assert [line for line in server.heard[heard:] if line.startswith("DELETE")] == []
    assert claimed_by(server, report) == "ani" and "release" not in deeds(server, "sari")


def test_who_comes_after_somebody_keeps_their_own_lock_of_another_desk(wall: ConsoleHouse, server: DeskServer) -> None:
    page = at_the_wall(wall)
    with server.client("sari") as elsewhere:
        assert elsewhere.post("/desk/walls/dinding/lease", json={}).status_code == 200
    page.stage.feed.refresh()
    wait(wall, lambda: [lease.holder for lease in page.stage.holding.others] == ["sari"])
    end_session(wall, server, "ani")
    wall.sign_in("sari")
    wait(wall, lambda: not wall.api.is_telling)
    assert holders(server) == ["sari"] and "wall_release" not in deeds(server, "sari")


def test_who_comes_back_lets_go_of_what_they_had(house: ConsoleHouse, server: DeskServer) -> None:
    report, other = server.typed_in("sebelum sesi habis"), server.typed_in("sesudahnya")
    house.sign_in("ani")
    feed = opened(house, report)
    feed.begin_to_act()
    wait(house, lambda: feed._ours)
    end_session(house, server, "ani")
    house.sign_in("ani")
    feed.open(other)
    wait(house, lambda: f"DELETE /desk/reports/{report}/claim" in server.heard and not house.api.is_telling)
    assert claimed_by(server, report) is None
