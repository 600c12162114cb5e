"""The map of reports, incidents, officers, cameras and hazards: keeps what its page must show and sends it what changed.

Draws nothing itself: a native window hides what Qt paints, so the page draws the frame too. Counts nothing the totals count.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import QElapsedTimer, QMetaObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.camera import CAMERA, Camera
from feeds.messages.field import OFFICER, Officer
from feeds.messages.freshness import Freshness
from feeds.messages.hazard import HAZARD, Hazard
from feeds.messages.header import Message, Topic
from feeds.messages.report import INCIDENT, REPORT, TOTALS, Incident, Report, Totals
from widgets.kit.canvas import Canvas
from widgets.kit.chip import chip_words
from widgets.kit.map_config import map_config
from widgets.kit.map_state import MapState, camera_row, hazard_row, incident_row, legend_of, officer_row, report_row
from widgets.kit.palette import Theme
from widgets.kit.provenance import checked_at, titles
from widgets.kit.scheme import Served, built_page
from widgets.kit.tiles import TileFetcher
from widgets.kit.web import WEB, WebPage, new_token
from widgets.panel import FrameStatus, Panel, PanelContext, PanelSpec, Seams, behind

LAYERS = ("reports", "incidents", "officers", "cameras", "hazards")
BATCH_MS = 250
"""At most one batch goes to the page in this time."""
ANSWER_MS = 2_000
"""A page that has not said by then that it has painted the last batch (nobody sees it, or it is overrun) gets the next one all the same."""
SILENT_MS = 10_000
"""So long may the page owe the picture of what it was sent: reports are LIVE for a minute, and a starved page paints every few seconds."""
MADE_MS = 3_000
"""So long may the page be made before the frame draws title and chips in its place."""


class MapOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``show``: layers of marks. ``choropleth``: kecamatan shaded by open reports. ``base``: the city's background map, if it has one."""

    show: tuple[str, ...] = LAYERS
    choropleth: bool = False
    base: bool = True
    labels: bool = True

    def __post_init__(self) -> None:
        unknown = sorted(set(self.show) - set(LAYERS))
        if unknown:
            raise ValueError(f"show: there is no layer {', '.join(unknown)}; use some of {', '.join(LAYERS)}")


class MapPanel(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._state = MapState()
        self._totals: Totals | None = None
        self._sent: int | None = None
        self._since_sent = QElapsedTimer()
        self._since_answer = QElapsedTimer()
        self._since_answer.start()
        self.silent_ms = SILENT_MS
        self._is_mute: bool = False
        self._last_picture: QImage | None = None
        self._is_hung: bool = False
        self._is_parked = False
        self._flush = QTimer(self)
        self._flush.setSingleShot(True)
        self._flush.timeout.connect(self._send)
        self._fault: str | None = None
        self._meta = ""
        self._tiles: TileFetcher | None = None
        self._token = new_token()
        for topic in (REPORT, TOTALS, INCIDENT, OFFICER, CAMERA, HAZARD):
            self._take(topic, list(ctx.latest(topic).values()))
        self._state.set("seams", ctx.seams)
        self._state.set("options", ctx.options)
        files = built_page(WEB / "dist")
        self.page = WebPage("map.html", self._served(files), self._token, ctx.theme.palette.out, self)
        self.page.ready.connect(self._on_ready)
        self.page.failed.connect(self._on_failed)
        self.page.said.connect(self._on_said)
        self.page.shown.connect(self.shown)
        self._tick()
        if "map.html" not in files:
            # Said in the next turn of the event loop: the frame is not listening yet.
            QMetaObject.invokeMethod(self, "_say_not_built", Qt.ConnectionType.QueuedConnection)  # pyright: ignore[reportCallIssue, reportArgumentType]
        ctx.every(1_000, self._tick)
        ctx.every(60_000, self._look_after_page)

    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """Takes a batch; what comes while the page is busy goes to it as one."""
        self._take(topic, messages)
        self._state.set("selected", sorted(self.ctx.selected()))
        self._ask_flush()

    def set_status(self, status: FrameStatus) -> None:
        super().set_status(status)
        self._refresh_frame()
        self._ask_flush()

    def set_theme(self, theme: Theme) -> None:
        """The page takes its colours at its start; until it has painted again its last picture stands here, so that nothing blinks."""
        super().set_theme(theme)
        self._last_picture = self.page.picture()
        self._place_page()
        self.page.redress(theme.palette.out)

    def set_seams(self, seams: Seams) -> None:
        super().set_seams(seams)
        self._state.set("seams", seams)
        self._ask_flush(is_urgent=True)

    def set_options(self, options: msgspec.Struct) -> None:
        super().set_options(options)
        self._state.set("options", options)
        self._refresh_frame()
        self._ask_flush(is_urgent=True)

    def set_parked(self, is_parked: bool) -> None:
        """A page nobody sees gets no frames: it is sent nothing and owes nothing until it is shown again, then all of it at once."""
        self._is_parked = is_parked
        if not is_parked:
            self._sent = None
            self._since_answer.start()
            self._tick()

    def is_mending(self) -> bool:
        """A page that does not answer: on a machine that is busy it is slow, and a new one would take several times as long."""
        return self._is_hung and self._fault is None

    def paint(self, canvas: Canvas) -> None:
        """Nothing: the page does. While it is being dressed, its last picture."""
        if self._last_picture is not None and not self._is_mute:
            canvas.painter.resetTransform()
            canvas.painter.drawImage(self.rect(), self._last_picture)

    def ask_picture(self, size: QSize, taken: Callable[[QImage], None]) -> bool:
        return self._last_picture is None and self.page.ask_picture(size, taken)

    def map_state(self, answer: Any) -> None:
        """Asks the page what it shows; ``answer`` takes the dict when it comes."""
        self.page.ask_state(answer)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_page()

    def _place_page(self) -> None:
        """Over the whole panel; a page that does not answer stands aside, all but a line, so that it goes on drawing unseen."""
        self.page.setGeometry(self.rect().translated(0, self.height() - 1 if self._is_mute or self._last_picture is not None else 0))

    def _judge_page(self) -> None:
        """A page that owes an answer for too long shows the past: the frame says what is true in its place.

        While it is being made that is that nothing is here yet; later, that it hangs.
        """
        if self._is_parked:
            return
        limit_ms = self.silent_ms if self.page.is_ready else MADE_MS
        is_mute = self._since_answer.elapsed() > limit_ms and (self._sent is not None or not self.page.is_ready)
        if is_mute is not self._is_mute:
            self._is_mute = is_mute
            self._place_page()
            self.muted.emit(is_mute)
        is_hung = is_mute and (self.page.is_ready or self._is_hung)
        if is_hung:
            self.page.probe()
        if is_hung is not self._is_hung:
            self._is_hung = is_hung
            if is_hung:
                tr = self.ctx.tr
                self.failed.emit(tr("Halaman peta tidak menjawab"), tr("Dimuat ulang dalam 20 detik; lihat log: widgets.web"))
            else:
                self.recovered.emit()
        self.judged.emit(Freshness.WAITING if is_mute and not is_hung else Freshness.LIVE)

    def _take(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        now, is_old = self.ctx.now(), topic in (OFFICER, CAMERA) and self._is_old(topic)
        for message in messages:
            body = message.body
            if topic is TOTALS:
                self._totals = body
            else:
                kind, row = self._row(topic, body, now, is_old=is_old)
                self._state.put(kind, message.key, row)
        legend = legend_of(self._totals, self._state.count("camera"), self._state.count("officer"), self.ctx.text, self.ctx.tr)
        self._state.set("legend", legend)

    def _row(self, topic: Topic[Any], body: Any, now: datetime, *, is_old: bool) -> tuple[str, Any]:
        """The page's row for one body; ``None`` when it has no place on the map."""
        ctx = self.ctx
        if topic is REPORT:
            return "report", report_row(body) if isinstance(body, Report) else None
        if topic is INCIDENT:
            return "incident", incident_row(body, ctx.text, ctx.tr, now) if isinstance(body, Incident) else None
        if topic is OFFICER:
            return "officer", officer_row(body, now, is_old=is_old) if isinstance(body, Officer) else None
        if topic is CAMERA:
            return "camera", camera_row(body, is_old=is_old) if isinstance(body, Camera) else None
        return "hazard", hazard_row(body, ctx.city.bbox, ctx.text, ctx.tr, now) if isinstance(body, Hazard) else None

    def _is_old(self, topic: Topic[Any]) -> bool:
        """Whether those who tell of a topic are silent; where nobody ever did, nothing is."""
        return self.ctx.freshness(topic) not in (Freshness.LIVE, Freshness.WAITING)

    def _tick(self) -> None:
        """What changes by the clock alone: officers fall silent, warnings end, the day of an incident becomes yesterday."""
        for topic in (INCIDENT, OFFICER, CAMERA, HAZARD):
            self._take(topic, list(self.ctx.latest(topic).values()))
        self._state.set("selected", sorted(self.ctx.selected()))
        self._refresh_frame()
        self._judge_page()
        self._ask_flush()

    def _second_line(self) -> str:
        """As of when, which layers are not live (the chip speaks of reports), from whom."""
        tr, text = self.ctx.tr, self.ctx.text
        moment = checked_at(self.ctx.latest, REPORT) or (self._totals.at if self._totals is not None else None)
        layers = [
            (TOTALS, True, tr("Jumlah laporan")),
            *((topic, name in self.ctx.options.show, words) for topic, name, words in (
                (INCIDENT, "incidents", tr("Insiden")), (OFFICER, "officers", tr("Petugas di tugas")),
                (CAMERA, "cameras", tr("Kamera")), (HAZARD, "hazards", tr("Peringatan")),
            )),
        ]  # fmt: skip
        old = [
            f"{words} {chip_words(self.ctx.freshness(topic), None, tr, text).lower()}"
            for topic, is_shown, words in layers
            if is_shown and self._is_old(topic)
        ]
        who = [part for topic in (REPORT, OFFICER) for part in titles(self.ctx.latest, topic).split(", ") if part]
        parts = [tr("per {when}").format(when=text.clock(moment)), *old, ", ".join(dict.fromkeys(who))]
        return " · ".join(part for part in parts if part)

    def _refresh_frame(self) -> None:
        """The frame's facts for the page; sent only when a word of them differs."""
        tr, text = self.ctx.tr, self.ctx.text
        meta = self._second_line()
        if meta != self._meta:
            self._meta = meta
            self.describe(meta)
        status = self.status
        is_live = status.freshness is Freshness.LIVE
        addition = f"{status.fresh_of[0]} {tr('dari')} {status.fresh_of[1]}" if is_live and status.fresh_of is not None else ""
        is_quiet = status.is_simulated and is_live and not addition
        frame = {
            "title": tr("Peta laporan"),
            "meta": " · ".join(part for part in (behind(status, tr), meta) if part),
            "freshness": status.freshness.value,
            "words": "" if is_quiet else chip_words(status.freshness, status.age_s, tr, text, addition=addition),
            "simulated": tr("SIMULASI") if status.is_simulated else "",
            "error": (status.error or tr("Panel ini gagal")) if status.freshness is Freshness.ERROR else "",
            "remedy": status.remedy or "",
        }
        self._state.set("frame", frame)

    def _ask_flush(self, *, is_urgent: bool = False) -> None:
        """Sends what has changed: in the next turn of the event loop, or as soon as the page can take it.

        ``is_urgent``: the room sees that it does not fit its place; it does not wait for the page's answer to what it was sent before.
        """
        if not self._state.is_changed or not self.page.is_ready or self._is_parked:
            return
        pause = 0 if is_urgent else BATCH_MS if self._sent is None else ANSWER_MS
        due = max(0, pause - self._since_sent.elapsed()) if self._since_sent.isValid() else 0
        if not self._flush.isActive() or self._flush.remainingTime() > due:
            self._flush.start(due)

    @Slot()
    def _send(self) -> None:
        if self.page.is_ready and self._state.is_changed and not self._is_parked:
            if self._sent is None:
                self._since_answer.start()
            self.page.send(self._state.change())
            self._sent = self._state.revision
            self._since_sent.start()

    def _served(self, files: Mapping[str, Any]) -> Served:
        """What the page may fetch: itself, the city's named layers, its configuration, the state now, tiles."""
        city = self.ctx.city
        allowed = dict(files)
        allowed |= {f"city/{layer.file}": city.folder / layer.file for layer in city.map_layers}
        base = city.base_map
        tiles = None
        if base is not None and base.kind == "pmtiles" and base.file is not None:
            allowed["base.pmtiles"] = city.folder / base.file
        elif base is not None and base.url is not None:
            self._tiles = TileFetcher(base, self)
            tiles = self._tiles.fetch
        answers = {"config.json": self._config, "snapshot.json": self._state.snapshot}
        return Served(files=allowed, answers=answers, tiles=tiles)

    def _config(self) -> bytes:
        ctx = self.ctx
        return map_config(ctx.city, ctx.theme, ctx.options, ctx.scale, ctx.seams, self._token, ctx.language, ctx.tr)

    @Slot()
    def _on_ready(self) -> None:
        if self._fault is not None:
            self._fault = None
            self.page.show()
            self.recovered.emit()
        self._sent = None
        self._judge_page()
        self._ask_flush()

    @Slot(str)
    def _on_failed(self, reason: str) -> None:
        tr = self.ctx.tr
        self._fault = reason
        # A black or half-made page must not stand over the frame's card.
        self.page.hide()
        remedies = {
            "webgl2": (tr("Peta tidak dapat digambar: WebGL 2 tidak ada"), tr("Jalankan controlroom doctor di mesin ini")),
            "not ready": (tr("Halaman peta belum siap"), tr("Dicoba lagi setiap menit; lihat log: widgets.web")),
            "not built": (tr("Halaman peta belum dibuat"), tr("Jalankan make setup")),
        }
        text, remedy = remedies.get(reason, (tr("Halaman peta gagal: {reason}").format(reason=reason[:120]), tr("Lihat log: widgets.web")))
        self.failed.emit(text, remedy)

    @Slot()
    def _say_not_built(self) -> None:
        self._on_failed("not built")

    @Slot(dict)
    def _on_said(self, message: dict[str, Any]) -> None:
        if message.get("kind") == "painted":
            self.painted_at = self.ctx.now()
            if self._last_picture is not None and self.page.is_ready:
                self._last_picture = None
                self._place_page()
            # A page behind by a batch or two is slow, not silent.
            self._since_answer.start()
            if self._sent is not None and message.get("revision", 0) >= self._sent:
                self._sent = None
            self._judge_page()
            self._ask_flush()

    def _look_after_page(self) -> None:
        if self._is_hung or (self._fault is not None and self._fault != "webgl2"):
            if not self.page.is_beginning:
                self.page.reload()
            return
        if self._tiles is not None and self._tiles.is_down and self.page.is_ready:
            self.page.host.script_sent.emit("liveRoom.retryBase()")
        self.page.relieve()


PANEL = PanelSpec(
    key="map",
    title="Peta laporan",
    panel=MapPanel,
    topics=(REPORT, TOTALS, INCIDENT, OFFICER, CAMERA, HAZARD),
    options=MapOptions,
    min_size=(480, 360),
    max_rate_ms=250,
    may_cross_bezel=True,
    is_native=True,
    takes_options=True,
    is_kept=True,
)
