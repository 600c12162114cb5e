"""The presets as the doors keep them: listed, saved, renamed, copied, deleted. On the GUI thread; knows no file."""

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from controlroom.console.desk_api import AnswerT, Trouble
from controlroom.console.page import DeskContext
from controlroom.console.stage.files import key_of
from feeds.messages.layout import Layout
from feeds.messages.walls import Preset, PresetDraft

Failed = Callable[[Trouble], None]


class Shelf(QObject):
    """``presets``: shipped ones first, as the doors list them. ``waiting``: how many changes they have not answered yet."""

    changed = Signal()

    def __init__(self, ctx: DeskContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self.presets: list[Preset] = []
        self.trouble: Trouble | None = None
        self.waiting = 0
        ctx.api.reached.connect(self._on_reached)

    def close(self) -> None:
        self._ctx.api.reached.disconnect(self._on_reached)

    def refresh(self) -> None:
        if self._ctx.api.who is None:
            return

        def done(presets: list[Preset]) -> None:
            self.presets, self.trouble = presets, None
            self.changed.emit()

        def failed(trouble: Trouble) -> None:
            self.trouble = trouble
            self.changed.emit()

        self._ctx.api.get("/desk/presets", list[Preset], done, failed)

    def by_key(self, key: str) -> Preset | None:
        return next((preset for preset in self.presets if preset.key == key), None)

    def named(self, layout: Layout) -> str:
        """The key of the preset that is this layout, empty when none is."""
        plain = msgspec.structs.replace(layout, revision=1)
        return next((p.key for p in self.presets if msgspec.structs.replace(p.layout, revision=1) == plain), "")

    def title_of(self, layout: Layout) -> str:
        return layout.title_en if self._ctx.language == "en" and layout.title_en else layout.title

    def free_key(self, title: str) -> str:
        """A key nobody uses yet, made from a title."""
        stem = key_of(title) or "preset"
        taken = {preset.key for preset in self.presets}
        numbered = [stem, *(f"{stem[:60]}-{n}" for n in range(2, len(taken) + 3))]
        return next(key for key in numbered if key not in taken)

    def save(self, key: str, layout: Layout, revision: int, then: Callable[[Preset], None], failed: Failed) -> None:
        """``revision``: of the preset that is written over, 0 for a new one."""

        def done(preset: Preset) -> None:
            self.refresh()
            then(preset)

        self._change("PUT", key, PresetDraft(layout=layout), Preset, done, failed, revision)

    def rename(self, preset: Preset, title: str, then: Callable[[Preset], None], failed: Failed) -> None:
        """Another title; the key, which orders on walls may name, stays."""
        layout = msgspec.structs.replace(preset.layout, title=title, title_en=None)
        self.save(preset.key, layout, preset.revision, then, failed)

    def copy(self, preset: Preset, title: str, then: Callable[[Preset], None], failed: Failed) -> None:
        layout = msgspec.structs.replace(preset.layout, title=title, title_en=None, revision=1)
        self.save(self.free_key(title), layout, 0, then, failed)

    def delete(self, preset: Preset, then: Callable[[], None], failed: Failed) -> None:
        def done(_answer: object) -> None:
            self.refresh()
            then()

        self._change("DELETE", preset.key, None, object, done, failed, preset.revision)

    def _change(
        self, method: str, key: str, body: Any, kind: type[AnswerT], then: Callable[[AnswerT], None], failed: Failed, revision: int
    ) -> None:
        self.waiting += 1

        def done(answer: AnswerT) -> None:
            self.waiting -= 1
            then(answer)

        def troubled(trouble: Trouble) -> None:
            self.waiting -= 1
            failed(trouble)

        self._ctx.api.send(method, f"/desk/presets/{key}", body, kind, done, troubled, revision=revision)

    @Slot(bool)
    def _on_reached(self, is_reached: bool) -> None:
        if is_reached:
            self.refresh()
