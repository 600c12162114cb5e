"""The wall counts how often its GUI thread stood still, and says it with what it shows."""

import time
from datetime import UTC, datetime

from pytestqt.qtbot import QtBot

from controlroom.wall.saying import BEAT_MS, Saying, StallWatch
from feeds.bus.wall_voice import WallVoice
from feeds.messages.system import WallState

STATE = WallState(wall="uji", layout="harian", revision=1, at=datetime(2026, 11, 23, 7, 32, tzinfo=UTC), slots=())


class Heard(WallVoice):
    def __init__(self) -> None:
        super().__init__("redis://127.0.0.1:1", "live")
        self.states: list[WallState] = []

    def say(self, state: WallState) -> None:
        self.states.append(state)


def test_blocks_are_counted_and_the_longest_is_kept() -> None:
    now = [0.0]
    watch = StallWatch(lambda: now[0])
    for pause_s in (9.0, BEAT_MS / 1000, 0.2, 0.31, 0.05, 2.05, 0.29):
        now[0] += pause_s
        watch.on_beat()
    assert watch.count == 2, "the first beat has none before it, 0.2 s and 0.29 s hold the beat's own time"
    assert abs(watch.longest_s - 2.0) < 1e-9


def test_a_gui_thread_that_stood_still_is_said(qtbot: QtBot) -> None:
    voice = Heard()
    saying = Saying(lambda: STATE, voice, monotonic_s=time.monotonic)
    saying.start()
    qtbot.waitUntil(lambda: bool(voice.states))
    before = voice.states[-1]
    time.sleep(0.6)
    qtbot.waitUntil(lambda: voice.states[-1].stalls == before.stalls + 1)
    assert voice.states[-1].longest_stall_s >= 0.5
    assert saying.state().slots == STATE.slots
    saying.stop()
    saying.deleteLater()
