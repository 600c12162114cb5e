"""What is done with presets at the desk: save the draft, rename, copy, delete, out to a file and in again. Says how each ended."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.page import Tone
from controlroom.console.stage.asking import ask_file, ask_name, ask_whether
from controlroom.console.stage.checking import faults
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.files import export_layout, import_layout, key_of
from controlroom.wall.layouts import LayoutError
from feeds.messages.walls import Preset


class PresetWork:
    """``owner``: the widget its questions belong to. ``current``: the preset that is chosen in the list."""

    def __init__(self, stage: StageDesk, owner: QWidget, current: Callable[[], Preset | None]) -> None:
        self._stage = stage
        self._owner = owner
        self._current = current

    def save(self) -> None:
        """The draft under a name: a new preset, or over one's own of that name."""
        tr = self._stage.ctx.tr
        ask_name(self._owner, tr("Simpan sebagai preset"), tr("Nama preset"), self._stage.editor.layout.title, self.save_as)

    def save_as(self, title: str) -> None:
        stage, tr = self._stage, self._stage.ctx.tr
        layout = msgspec.structs.replace(stage.editor.layout, title=title, revision=1)
        if title != stage.editor.layout.title:
            layout = msgspec.structs.replace(layout, title_en=None)
        known = stage.shelf.by_key(key_of(title))
        if known is not None and not known.is_shipped:
            ask_whether(
                self._owner,
                tr("Simpan preset"),
                tr("Preset {name} sudah ada. Ganti isinya?").format(name=stage.shelf.title_of(known.layout)),
                tr("Ganti"),
                tr("Batal"),
                lambda: stage.shelf.save(known.key, layout, known.revision, self._saved, self._failed),
            )
            return
        stage.shelf.save(stage.shelf.free_key(title), layout, 0, self._saved, self._failed)

    def rename(self) -> None:
        preset, tr, shelf = self._own(), self._stage.ctx.tr, self._stage.shelf
        if preset is not None:
            ask_name(
                self._owner,
                tr("Ganti nama preset"),
                tr("Nama baru"),
                shelf.title_of(preset.layout),
                lambda title: shelf.rename(preset, title, self._saved, self._failed),
            )

    def copy(self) -> None:
        preset, tr, shelf = self._current(), self._stage.ctx.tr, self._stage.shelf
        if preset is not None:
            title = tr("Salinan {name}").format(name=shelf.title_of(preset.layout))[:80]
            shelf.copy(preset, title, self._saved, self._failed)

    def delete(self) -> None:
        preset, tr, shelf = self._own(), self._stage.ctx.tr, self._stage.shelf
        if preset is not None:
            name = shelf.title_of(preset.layout)
            ask_whether(
                self._owner,
                tr("Hapus preset"),
                tr("Hapus preset {name} untuk semua meja?").format(name=name),
                tr("Hapus"),
                tr("Batal"),
                lambda: shelf.delete(preset, lambda: self._say(tr("{name} dihapus").format(name=name), Tone.GOOD), self._failed),
            )

    def export(self) -> None:
        tr, layout = self._stage.ctx.tr, self._stage.editor.layout
        name = key_of(layout.title) or "layout"
        ask_file(self._owner, tr("Simpan pratinjau ke berkas"), tr("Tata letak"), self._folder(), self.export_to, name=name)

    def export_to(self, path: Path) -> None:
        tr = self._stage.ctx.tr
        try:
            export_layout(self._stage.editor.layout, path)
        except OSError as error:
            self._say(tr("{file} tidak dapat ditulis: {why}").format(file=path.name, why=error.strerror), Tone.TROUBLE)
            return
        self._stage.ctx.remembered.set("stage.folder", str(path.parent))
        self._say(tr("Ditulis ke {file}").format(file=path.name), Tone.GOOD)

    def import_file(self) -> None:
        tr = self._stage.ctx.tr
        ask_file(self._owner, tr("Buka berkas tata letak"), tr("Tata letak"), self._folder(), self.import_from)

    def import_from(self, path: Path) -> bool:
        """Into the preview; a file that cannot be used changes nothing."""
        stage, tr = self._stage, self._stage.ctx.tr
        try:
            layout = import_layout(path)
        except LayoutError as error:
            self._say(tr("Berkas tidak dipakai. {why}").format(why=str(error).replace(str(path), path.name)[:1_000]), Tone.TROUBLE)
            return False
        wrong = faults(layout, stage.editor.ground, stage.catalogue, stage.ctx.tr) if stage.catalogue is not None else []
        unknown = [slot.panel for slot in layout.slot if stage.catalogue is not None and slot.panel not in stage.catalogue.specs]
        if unknown:
            self._say(tr("Berkas tidak dipakai. {why}").format(why="; ".join(wrong)[:1_000]), Tone.TROUBLE)
            return False
        stage.ctx.remembered.set("stage.folder", str(path.parent))
        stage.editor.load(layout)
        if wrong:
            self._say(tr("{file} di pratinjau; belum bisa tayang: {why}").format(file=path.name, why="; ".join(wrong)[:600]), Tone.WARNING)
        else:
            self._say(tr("{file} di pratinjau").format(file=path.name), Tone.GOOD)
        return True

    def _folder(self) -> str:
        return str(self._stage.ctx.remembered.get("stage.folder", ""))

    def _own(self) -> Preset | None:
        """The chosen one, when it may be changed."""
        preset = self._current()
        if preset is not None and preset.is_shipped:
            self._say(self._stage.ctx.tr("Preset bawaan tidak dapat diubah: salin dahulu"), Tone.WARNING)
            return None
        return preset

    def _saved(self, preset: Preset) -> None:
        self._say(self._stage.ctx.tr("Preset {name} tersimpan").format(name=self._stage.shelf.title_of(preset.layout)), Tone.GOOD)

    def _failed(self, trouble: Trouble) -> None:
        text = trouble.text if trouble.status else self._stage.ctx.tr("pintu tidak menjawab")
        self._say(self._stage.ctx.tr("Preset tidak tersimpan: {why}").format(why=text[:500]), Tone.TROUBLE)

    def _say(self, text: str, tone: Tone) -> None:
        self._stage.ctx.tell(text, tone, None)
