"""A wall with one slot for tests: a small city, a clock that stands still, a store of messages, and a canvas that remembers its texts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QRegion
from PySide6.QtWidgets import QWidget

from controlroom.live.freshness import FreshnessBook
from controlroom.theme import load_theme
from feeds.messages.camera import Camera, StreamKind
from feeds.messages.city import Agency, Category, City, District
from feeds.messages.freshness import Freshness
from feeds.messages.header import Delivery, Message, Position, Quality, Topic
from feeds.messages.system import SOURCE, Source, SourceState
from widgets.frame import PanelFrame
from widgets.kit.canvas import CENTRE, LEFT, REGULAR, Canvas
from widgets.kit.numerals import Numerals
from widgets.kit.palette import Palette, Theme
from widgets.panel import BusStatus, FrameStatus, PanelContext, PanelSpec

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)
"""14.32.08 in Jakarta, the instant of the pictures."""

DISTRICTS = (
    "Tangerang", "Jatiuwung", "Batuceper", "Benda", "Cipondoh", "Ciledug", "Karawaci", "Periuk", "Cibodas", "Neglasari", "Pinang",
    "Karang Tengah", "Larangan",
)  # fmt: skip
CATEGORIES = {
    "genangan": "Genangan air", "pohon_tumbang": "Pohon tumbang", "lampu_jalan": "Lampu jalan padam", "saluran_tersumbat": "Saluran tersumbat",
    "sampah_menumpuk": "Sampah menumpuk", "kabel_menjuntai": "Kabel menjuntai", "jalan_berlubang": "Jalan berlubang", "kebakaran": "Kebakaran",
}  # fmt: skip
AGENCIES = {
    "dpupr": "Dinas PUPR",
    "dlh": "DLH",
    "dishub": "Dishub",
    "satpolpp": "Satpol PP",
    "bpbd": "BPBD",
    "perkim": "Perkim",
    "dinkes": "Dinkes",
}


def at(clock: str) -> datetime:
    """``13.47`` of the pictures' day, as UTC."""
    hour, minute = clock.split(".")[:2]
    return NOW.replace(hour=int(hour), minute=int(minute), second=0) - timedelta(hours=7)


def district(name: str) -> str:
    return f"36.71.{DISTRICTS.index(name) + 1:02d}"


def small_city(**changed: Any) -> City:
    fields: dict[str, Any] = {
        "code": "36.71",
        "name": "Kota Tangerang",
        "room": "LIVE Room",
        "time_zone": "Asia/Jakarta",
        "zone_label": "WIB",
        "language": "id",
        "bbox": (106.548, -6.263, 106.767, -6.085),
        "attribution": "Batas wilayah: contoh",
        "folder": ROOT / "assets" / "cities" / "tangerang",
        "districts": tuple(District(code=district(n), name=n, label_lon=106.65, label_lat=-6.17, area_km2=12.0) for n in DISTRICTS),
        "agencies": tuple(Agency(code=code, name=short, short=short) for code, short in AGENCIES.items()),
        "categories": tuple(Category(code=code, names={"id": name}, group=code) for code, name in CATEGORIES.items()),
        "map_layers": (),
        "cameras": tuple(
            Camera(
                id=f"cam{n}", name=name, owner="Dishub", kind=StreamKind.MJPEG, url="http://127.0.0.1:9/", position=Position(106.6, -6.2)
            )
            for n, name in enumerate(("Pintu air Periuk", "Simpang Cikokol", "Pasar Ciledug", "Jembatan Robinson"))
        ),
    }
    return City(**(fields | changed))


class StillFeed:
    """A camera that always shows the same fresh picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._image = QImage(*size, QImage.Format.Format_RGB32)
        self._image.fill(0x5A6468)

    def frame(self) -> QImage | None:
        return self._image

    def taken_at(self) -> datetime | None:
        return NOW

    def age_s(self) -> float | None:
        return 0.4

    def is_down(self) -> bool:
        return False


class RecordingCanvas(Canvas):
    """Remembers where each text was drawn (panel units) and how large."""

    def __init__(self, image: QImage, theme: Theme, palette: Palette, scale: float) -> None:
        super().__init__(image, theme, palette, scale)
        self.texts: list[tuple[str, QRectF, float]] = []

    def text(
        self, x: float, top: float, text: str, size: float, colour: str, *, weight: int = REGULAR, align: str = LEFT,
        max_width: float | None = None, figures: bool = False, spacing: float = 0.0,
    ) -> float:  # fmt: skip
        width = super().text(x, top, text, size, colour, weight=weight, align=align, max_width=max_width, figures=figures, spacing=spacing)
        left = x if align == LEFT else x - width / 2 if align == CENTRE else x - width
        if width > 0:
            to_panel = self.painter.transform()
            box = to_panel.mapRect(QRectF(left, top, width, size))
            self.texts.append(
                (text, QRectF(box.x() / self.scale, box.y() / self.scale, box.width() / self.scale, box.height() / self.scale), size)
            )
        return width


class OneSlot:
    """What a panel sees of the world, in the test's hands."""

    def __init__(self, language: str = "id", city: City | None = None, palette: str = "day", tr: Callable[[str], str] = str) -> None:
        self.city = city or small_city()
        self.theme = load_theme(ROOT / "assets" / "theme.toml", palette)
        self.language = language
        self.tr = tr
        self.text = Numerals(language, self.city.time_zone)
        self.clock = NOW
        self.bus = BusStatus(freshness=Freshness.LIVE, heartbeat_age_s=0.3, delay_s=0.2)
        self.pictures: dict[str, QImage] = {}
        self.freshness: dict[str, Freshness] = {}
        self.selected: str | None = None
        self.ticks: list[tuple[int, Callable[[], None]]] = []
        self.latest: dict[str, dict[str, Message[Any]]] = {}
        self.events: dict[str, list[Message[Any]]] = {}
        self._seq = 0

    def context(self, spec: PanelSpec | None = None, *, scale: float = 1.0, **options: Any) -> PanelContext:
        kind = spec.options if spec is not None else None

        def picture(digest: str) -> QImage | None:
            return self.pictures.get(digest)

        def latest(topic: Topic[Any]) -> Mapping[str, Message[Any]]:
            return self.latest.get(topic.name, {})

        def recent(topic: Topic[Any]) -> Sequence[Message[Any]]:
            return tuple(self.events.get(topic.name, ()))

        def source_freshness(key: str) -> tuple[Freshness, float | None]:
            book = FreshnessBook("live", monotonic_s=lambda: 0.0)
            book.on_sources(list(self.latest.get(SOURCE.name, {}).values()))
            return book.source(key, self.clock)

        def select(report: str | None) -> None:
            self.selected = report

        return PanelContext(
            options=kind(**options) if kind is not None else None,
            city=self.city,
            theme=self.theme,
            scale=scale,
            language=self.language,
            text=self.text,
            tr=self.tr,
            now=lambda: self.clock,
            every=lambda ms, call: self.ticks.append((ms, call)),
            latest=latest,
            recent=recent,
            picture=picture,
            video=lambda camera, size: StillFeed(size),
            bus=lambda: self.bus,
            freshness=lambda topic: self.freshness.get(topic.name, Freshness.LIVE),
            source_freshness=source_freshness,
            select=select,
            selected=lambda: frozenset() if self.selected is None else frozenset({self.selected}),
        )

    def message(self, topic: Topic[Any], key: str, body: Any) -> Message[Any]:
        self._seq += 1
        return Message(
            seq=self._seq,
            epoch="e",
            key=key,
            source="test",
            observed_at=self.clock,
            published_at=self.clock,
            quality=Quality.MEASURED,
            body=body,
        )

    def publish(self, topic: Topic[Any], *bodies: tuple[str, Any]) -> list[Message[Any]]:
        """Stores (key, body) pairs as the hub would (``None``: the key is gone) and returns their messages."""
        messages = [self.message(topic, key, body) for key, body in bodies]
        if topic.delivery is Delivery.EVERY:
            self.events.setdefault(topic.name, []).extend(messages)
            return messages
        held = self.latest.setdefault(topic.name, {})
        for message in messages:
            if message.body is None:
                held.pop(message.key, None)
            else:
                held[message.key] = message
        return messages

    def source(self, title: str, *topics: Topic[Any], checked_at: datetime | None = NOW) -> list[Message[Any]]:
        body = Source(
            collector=title, title=title, topics=tuple(t.name for t in topics), state=SourceState.OK, checked_at=checked_at, interval_s=10
        )
        return self.publish(SOURCE, (title, body))

    def frame(self, spec: PanelSpec, width: float, height: float, *, scale: float = 1.0, **options: Any) -> PanelFrame:
        """A frame with its panel, sized in wall units, that has heard everything published so far."""
        ctx = self.context(spec, scale=scale, **options)
        frame = PanelFrame(spec, self.theme, scale, self.text, self.tr)
        frame.resize(round(width * scale), round(height * scale))
        frame.hold(spec.panel(ctx))
        assert frame.panel is not None
        frame.panel.resize(frame.size())
        self.tell(frame)
        frame.set_status(FrameStatus(freshness=Freshness.LIVE, age_s=1.0))
        return frame

    def tell(self, frame: PanelFrame) -> None:
        """Hands the panel everything its topics hold."""
        assert frame.spec is not None
        assert frame.panel is not None
        for topic in frame.spec.topics:
            held = self.events.get(topic.name, []) if topic.delivery is Delivery.EVERY else list(self.latest.get(topic.name, {}).values())
            if held:
                frame.panel.on_messages(topic, held)

    def tick(self, seconds: float = 0.0) -> None:
        """Moves the clock and calls every callback once."""
        self.clock += timedelta(seconds=seconds)
        for _, call in self.ticks:
            call()

    def record(self, frame: PanelFrame) -> RecordingCanvas:
        """Paints frame, panel and veil on one canvas and returns it with the texts it saw."""
        image = QImage(frame.size(), QImage.Format.Format_RGB32)
        image.fill(0)
        scale = frame._scale
        canvas = RecordingCanvas(image, self.theme, self.theme.palette, scale)
        with canvas:
            if frame.status.freshness is Freshness.ERROR:
                frame.paint_veil(canvas)
            else:
                frame.paint(canvas)
                if frame.panel is not None:
                    canvas.colours = frame.panel.colours
                    frame.panel.paint(canvas)
        return canvas

    def texts_of_panel(self, frame: PanelFrame) -> list[str]:
        """What the panel itself writes, in its order."""
        image = QImage(frame.size(), QImage.Format.Format_RGB32)
        assert frame.panel is not None
        with RecordingCanvas(image, self.theme, self.theme.palette, frame._scale) as canvas:
            frame.panel.paint(canvas)
        assert isinstance(canvas, RecordingCanvas)
        return [text for text, _, _ in canvas.texts]


def grab(frame: PanelFrame) -> QImage:
    """The frame as the wall would show it, on the wall's ground."""
    image = QImage(frame.size(), QImage.Format.Format_RGB32)
    image.fill(frame._theme.palette.bg)
    frame.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return image
