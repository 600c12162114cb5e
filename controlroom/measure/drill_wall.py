"""Drills of what stands on the wall: a camera that hangs, a panel that fails, a monitor unplugged, the map's page killed."""

import os
import signal
import socket
import time
from pathlib import Path

from controlroom.measure.first_picture import reports_drawn
from controlroom.measure.frame_buffer import FrameBuffer, changed_share
from controlroom.measure.memory import is_below
from controlroom.measure.outage import Looks, seconds_until, settle, word
from controlroom.measure.parts import Parts
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, at_least, at_most, exactly, is_true, result
from controlroom.measure.spoken import Cameras, Done, Held, Page, Window
from controlroom.settings import LAYOUTS
from feeds.messages.system import SlotState, WallState

CARD_COLOURS = 8
GIVEN_UP_S = 25.0
"""A decoder is given 15 s for its first picture; then it is killed and the tile says why."""
BACK_S = 3.0
PAINTS_PER_S = 40.0
BLINK_MS = 400.0
"""A longer stand-still of the other screens would be seen as one."""
PAGE_BACK_S = 15.0
UNLIKE_PERCENT = 5.0
"""Clock and marks that moved meanwhile."""
UNPLUGGED = "kanan-bawah"


def camera_hang(long: bool, progress: Progress) -> Result:
    """One camera accepts TCP and never streams."""
    with Parts() as parts, socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        progress("starting city and wall", 0.05)
        parts.start_city()
        feeder = parts.start_feeder()
        parts.start_wall()
        settle(parts)
        parts.until("every camera is live", lambda: _live_cameras(parts) == _all_cameras(parts) or None, 40)
        everybody = _all_cameras(parts)
        before = Looks(parts)
        progress("one camera hangs", 0.5)
        feeder.ask(Done, "hang", url=f"http://127.0.0.1:{silent.getsockname()[1]}/stream")
        hung_s = time.monotonic()
        said_s = seconds_until(parts, lambda: _live_cameras(parts) == everybody - 1 and _is_given_up(parts), hung_s, 2 * GIVEN_UP_S)
        fewest = everybody
        end = time.monotonic() + 5
        while time.monotonic() < end:
            fewest = min(fewest, _live_cameras(parts))
            time.sleep(0.2)
        slot = parts.slot("cameras")
        changed = before.shares(Looks(parts))[slot.slot]
        figures = judge_cameras(said_s, everybody, fewest, changed)
    return result("camera-hang", figures)


def judge_cameras(said_s: float | None, cameras: int, fewest_live: int, changed_share: float) -> list[Figure]:
    return [
        at_most("the fault is told and the tile not live after", said_s, "s", GIVEN_UP_S),
        at_least("cameras of the panel", cameras, "cameras", 2),
        exactly("cameras that stayed live, of the others", fewest_live - (cameras - 1), "missing", 0),
        at_least("pixels of the panel that changed", 100 * changed_share, "%", 0.2),
    ]


def _is_given_up(parts: Parts) -> bool:
    """The decoder was ended and the reason told; until then the tile waits for a first picture."""
    return "camera gives no picture" in parts.wall.log.read_text(encoding="utf-8", errors="replace")


def _live_cameras(parts: Parts) -> int:
    return parts.wall.ask(Cameras, "cameras").live


def _all_cameras(parts: Parts) -> int:
    return parts.wall.ask(Cameras, "cameras").all


def panel_fault(long: bool, progress: Progress) -> Result:
    """A layout names a panel that does not exist, and gives another an option it does not have."""
    with Parts() as parts:
        progress("starting city and wall", 0.05)
        folder = parts.folder / "layouts"
        folder.mkdir()
        _write_faulty_layout(folder / "harian.toml")
        parts.start_city()
        parts.start_wall(layouts=folder)
        parts.until("the other slots are LIVE", lambda: not _unwell(parts.state()) or None, 40, every_s=0.25)
        state = parts.state()
        with FrameBuffer(parts.virtual.frame_buffer) as buffer:
            figures = judge_faults(
                state, {slot.slot: buffer.colours(slot.geometry, step=2) for slot in state.slots if word(slot) == "error"}
            )
    return result("panel-fault", figures)


def judge_faults(state: WallState, card_colours: dict[int, int]) -> list[Figure]:
    """Two slots were spoilt: just these show a card, with a note that names file, line and slot."""
    failed = [slot for slot in state.slots if word(slot) == "error"]
    named = [slot for slot in failed if slot.note and "harian.toml:" in slot.note and f"slot {slot.slot}" in slot.note]
    return [
        exactly("slots that show an error card", len(failed), "slots", 2),
        exactly("cards whose note names file, line and slot", len(named), "cards", 2),
        exactly("other slots that are not LIVE", len(_unwell(state)), "slots", 0),
        at_least("colours on the emptiest card: it has words", min(card_colours.values(), default=0), "colours", CARD_COLOURS),
    ]


def _unwell(state: WallState) -> list[SlotState]:
    return [slot for slot in state.slots if word(slot) not in ("live", "error")]


def _write_faulty_layout(path: Path) -> None:
    text = (LAYOUTS / "harian.toml").read_text(encoding="utf-8")
    spoilt = text.replace('panel = "focus"', 'panel = "fokus"').replace(
        'panel = "presence"\n', 'panel = "presence"\noptions = { colour = "pink" }\n'
    )
    if spoilt.count("fokus") != 1 or spoilt.count("pink") != 1:
        raise CannotMeasure("layouts/harian.toml no longer has the slots this drill spoils: choose two others in drill_wall.py")
    path.write_text(spoilt, encoding="utf-8")


def unplug(long: bool, progress: Progress) -> Result:
    """One of four monitors is unplugged and put back while a probe on another counts its own paints."""
    with Parts() as parts:
        progress("starting city and wall", 0.05)
        parts.start_city()
        parts.start_wall()
        settle(parts)
        ours = {slot.slot for slot in parts.state().slots if slot.screen == UNPLUGGED}
        monitor = next(monitor for monitor in parts.description.monitor if monitor.name == UNPLUGGED)
        parts.wall.ask(Done, "paint", count=1)
        time.sleep(1)
        progress("unplugged", 0.5)
        parts.wall.ask(Done, "begin")
        parts.virtual.remove_monitor(UNPLUGGED)
        pulled_s = time.monotonic()
        missing_s = seconds_until(parts, lambda: ours == {s.slot for s in parts.state().slots if word(s) == "missing:"}, pulled_s, 10)
        calm = Looks(parts)
        time.sleep(3)
        moved = calm.shares(Looks(parts))
        progress("back", 0.8)
        moving = parts.slot("cameras")
        before = parts.pixels(moving)
        parts.virtual.add_monitor(monitor)
        plugged_s = time.monotonic()
        back_s = seconds_until(parts, lambda: _is_back_on_screen(parts, ours, moving, before), plugged_s, 10)
        window = parts.wall.ask(Window, "window")
        parts.wall.ask(Done, "paint", count=0)
        figures = judge_unplug(len(ours), missing_s, back_s, window, moved[parts.slot("header").slot])
    return result("unplug", figures)


def _is_back_on_screen(parts: Parts, ours: set[int], moving: SlotState, before: bytes) -> bool:
    """Every slot LIVE, and the cameras' pictures, which stand on that monitor, going on in the frame buffer."""
    state = parts.state()
    is_live = all(word(slot) == "live" for slot in state.slots)
    return is_live and moving.slot in ours and changed_share(before, parts.pixels(moving)) > 0


def judge_unplug(ours: int, missing_s: float | None, back_s: float | None, window: Window, header_moved_share: float) -> list[Figure]:
    """``ours``: slots of the monitor without a plug; ``window``: the probe's on another screen, from the pull until the tiles are back.

    ``header_moved_share``: of the header's pixels, in the frame buffer, that changed while the plug was out.
    """
    per_s = window.paints / window.seconds if window.seconds else None
    return [
        at_least("slots that stand on that monitor alone", ours, "slots", 1),
        at_most("just these say so after", missing_s, "s", BACK_S),
        at_most("its tiles LIVE and moving again after", back_s, "s", BACK_S),
        at_least("paints of a probe on another screen meanwhile", per_s, "/s", PAINTS_PER_S),
        at_most("longest that the GUI thread was held meanwhile", max(window.overrun_ms, default=None), "ms", BLINK_MS),
        is_true("the header's clock went on in the frame buffer", header_moved_share > 0),
    ]


def map_crash(long: bool, progress: Progress) -> Result:
    """The process that draws the map's page is killed."""
    with Parts() as parts:
        progress("starting city, publisher and wall", 0.05)
        parts.start_city()
        feeder = parts.start_feeder()
        feeder.ask(Done, "reports", count=500)
        parts.start_wall()
        settle(parts)
        parts.until("the wall holds every report", lambda: parts.wall_has(feeder.ask(Held, "held")), 20)
        before = parts.until("the page has drawn them", lambda: _drawn(parts, 500), 20)
        calm = Looks(parts)
        number = parts.slot("map").slot
        progress("the page's process is killed", 0.6)
        process = before.process
        if not is_below(process, parts.wall.pid):
            raise CannotMeasure(f"the map's page says its process is {process}, which the wall has not started")
        os.kill(process, signal.SIGKILL)
        killed_s = time.monotonic()
        back_s = seconds_until(parts, lambda: _is_back(parts, process), killed_s, 3 * PAGE_BACK_S)
        time.sleep(2)
        after = parts.wall.ask(Page, "page")
        unlike = calm.shares(Looks(parts))
        figures = judge_crash(back_s, reports_drawn(before.state), reports_drawn(after.state), unlike[number])
    return result("map-crash", figures)


def judge_crash(back_s: float | None, before: dict[str, int], after: dict[str, int], unlike_share: float) -> list[Figure]:
    return [
        at_most("the page draws again after", back_s, "s", PAGE_BACK_S),
        exactly("reports drawn, by state, that differ from before", sum(abs(before[k] - after.get(k, 0)) for k in before), "reports", 0),
        at_least("reports drawn before", sum(before.values()), "reports", 1),
        at_most("pixels that differ from before", 100 * unlike_share, "%", UNLIKE_PERCENT),
    ]


def _drawn(parts: Parts, at_least_reports: int) -> Page | None:
    page = parts.wall.ask(Page, "page")
    return page if page.is_ready and sum(reports_drawn(page.state).values()) >= 0.9 * at_least_reports else None


def _is_back(parts: Parts, former: int) -> bool:
    page = parts.wall.ask(Page, "page")
    return page.is_ready and page.process != former and sum(reports_drawn(page.state).values()) > 0
