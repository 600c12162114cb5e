"""Everything about the walls at one desk, shared by page Dinding and the narrow column beside the reports. Knows no widget."""

from datetime import datetime

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from controlroom.console.page import DeskContext, Tone
from controlroom.console.stage.acknowledging import monitors
from controlroom.console.stage.checking import faults, ground_of, panel_titles
from controlroom.console.stage.curtaining import Curtaining
from controlroom.console.stage.difference import Change, Difference, difference, rebased, sentences
from controlroom.console.stage.editor import Editor
from controlroom.console.stage.fitting import Fitting, in_order
from controlroom.console.stage.holding import Holding
from controlroom.console.stage.keeping import DraftFile, KeptDraft
from controlroom.console.stage.places import monitor_spans
from controlroom.console.stage.shelf import Shelf
from controlroom.console.stage.stills import WallStills
from controlroom.console.stage.taking import Taking
from controlroom.console.stage.wall_feed import WallFeed
from controlroom.live.stills import StillsClient
from controlroom.wall.loader import PanelCatalogue, find_panels
from feeds.messages.layout import Layout, cells_overlap
from feeds.messages.system import Shown
from feeds.messages.walls import Preset, Region, WallDesk

MOST_REASONS = 8


class StageDesk(QObject):
    """One for each window. ``stills``: the client that brings the wall's pictures, ``None`` where no key for them is given."""

    changed = Signal()
    """Anything that is shown of wall or draft, but for ages."""
    offered = Signal()
    """A draft of another day is there: ``kept``."""

    def __init__(
        self, ctx: DeskContext, stills: StillsClient | None = None, stills_url: str | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.ctx = ctx
        self.feed = WallFeed(ctx, self)
        self.holding = Holding(ctx, self.feed, self)
        self.taking = Taking(ctx, self.feed, self.holding, self)
        self.curtaining = Curtaining(ctx, self.feed, self)
        self.shelf = Shelf(ctx, self)
        self.editor = Editor(ctx.tr, ctx.now, self)
        self.stills = WallStills(stills, stills_url, ctx.now, self)
        self.catalogue: PanelCatalogue | None = None
        self.kept: KeptDraft | None = None
        self._kept_for = ""
        self._has_begun = False
        self._fitting = Fitting()
        self._lookers: set[QObject] = set()
        self._unseen = QTimer(self)
        self._unseen.setSingleShot(True)
        self._unseen.timeout.connect(self._on_unseen)
        self.feed.changed.connect(self._on_wall)
        self.feed.desk_changed.connect(self._on_desk)
        self.shelf.changed.connect(self._on_desk)
        self.taking.taken.connect(self._on_taken)
        self.taking.changed.connect(self.changed)
        self.curtaining.changed.connect(self.changed)
        self.editor.changed.connect(self.changed)
        self.editor.touched.connect(self.holding.touched)
        self.holding.lost.connect(self._on_lost)
        self._on_wall()

    def open(self) -> None:
        """The page is looked at for the first time: panels are imported, the doors are asked."""
        self.know_panels()
        self.refresh()

    def know_panels(self) -> None:
        """Imports them, once: from then on it is known what can stand on the wall."""
        if self.catalogue is None:
            self.catalogue = find_panels()
            self._set_ground()
            self.changed.emit()

    def refresh(self) -> None:
        self.feed.refresh()
        self.shelf.refresh()

    def look(self, looker: QObject, is_looking: bool) -> None:
        """Says which views of the wall are seen. The lease goes back when none is: not on the way from one to the other."""
        if is_looking:
            self._lookers.add(looker)
        else:
            self._lookers.discard(looker)
            self._unseen.start(0)

    def close(self) -> None:
        """Gives the lease back; the draft stays in its file."""
        self.holding.release()
        self.stills.close()
        self.shelf.close()
        self.feed.close()

    # What stands, and how the draft differs from it

    def standing(self) -> Layout | None:
        """What the wall shows now, as far as anybody here can know it."""
        desk, state = self.feed.desk, self.feed.state
        taken = desk.shown.layout if desk is not None and desk.shown is not None else None
        is_newer = desk is not None and desk.shown is not None and state is not None and desk.shown.at > state.at
        if state is not None and not is_newer and state.shown is not Shown.TAKEN and (taken is None or state.shown is Shown.OFF_HOURS):
            preset = self.shelf.by_key(state.layout)
            return preset.layout if preset is not None else taken
        return taken

    def is_overtaken(self) -> bool:
        """Somebody else has changed the wall since the draft was begun."""
        desk = self.feed.desk
        return desk is not None and desk.revision != self.editor.base_revision

    def their_difference(self) -> Difference:
        standing = self.standing()
        return difference(self.editor.base, standing if standing is not None else self.editor.base)

    def title(self, panel: str) -> str:
        """A panel's name on screen."""
        return panel_titles(self.catalogue, self.ctx.tr).get(panel, panel[:64])

    def sentences(self, found: Difference) -> list[str]:
        return sentences(found, self.title, self.ctx.tr)

    def faults(self) -> list[str]:
        if self.catalogue is None:
            return []
        return faults(self.editor.layout, self.editor.ground, self.catalogue, self.ctx.tr)

    def why_not(self) -> str:
        """Why Tayangkan is off, empty when it is not."""
        tr, desk = self.ctx.tr, self.feed.desk
        if not self.ctx.api.is_reached:
            return tr("Pintu tidak menjawab: rancangan tersimpan di meja ini")
        if not self.feed.wall:
            return tr("Belum ada dinding yang terdengar")
        if desk is not None and not desk.can_arrange:
            return tr("Peran Anda tidak mengatur dinding")
        if self.taking.is_busy:
            return tr("Sedang dikirim")
        if not self.editor.is_changed:
            return tr("Pratinjau sama dengan yang tayang")
        if self.is_overtaken():
            return tr("Dinding berubah sejak rancangan ini dimulai")
        holder = self.holding.others[0] if self.holding.others and self.holding.mine is None else None
        if holder is not None and holder.region is None:
            return tr("Kunci dipegang {name}").format(name=holder.name)
        return next(iter(self.faults()), "")

    def region_of_selected(self) -> Region | None:
        """The monitors the selected tile stands on."""
        editor = self.editor
        if editor.index is None or editor.ground.wall is None:
            return None
        grid, cell = editor.layout.grid, editor.layout.slot[editor.index].cell
        spans = [span for span in monitor_spans(grid, editor.ground.wall) if cells_overlap(span, cell)]
        if not spans:
            return None
        left, top = min(s[0] for s in spans), min(s[1] for s in spans)
        right, bottom = max(s[0] + s[2] for s in spans), max(s[1] + s[3] for s in spans)
        return Region(grid=grid, cell=(left, top, right - left, bottom - top))

    # To the wall and back

    def take(self, reason: str) -> bool:
        if self.why_not():
            return False
        self.remember_reason(reason)
        layout = msgspec.structs.replace(self.editor.layout, revision=1)
        self.taking.take(layout, self.shelf.named(layout), reason, self.editor.base_revision)
        return True

    def merge(self) -> tuple[Change, ...]:
        """My changes onto what stands now; returns those that collide with it and were left out."""
        standing, desk = self.standing(), self.feed.desk
        if standing is None or desk is None:
            return ()
        made = rebased(self.editor.base, self.editor.layout, standing)
        self.editor.load(made.layout)
        self.editor.stands(standing, desk.revision)
        return made.kept_out

    def discard(self) -> None:
        """What stands is the draft again."""
        standing, desk = self.standing(), self.feed.desk
        self.editor.begin(standing if standing is not None else self.editor.base, desk.revision if desk is not None else 0)
        self.taking.dismiss()

    def resume(self) -> None:
        if self.kept is not None:
            self.editor.settle()
            self.editor.resume(self.kept)
            self.kept = None
            self._follow()
            self.changed.emit()

    def drop_kept(self) -> None:
        """What has been done meanwhile stays."""
        self.kept = None
        self.editor.settle()
        if not self.editor.is_changed:
            self.discard()
        self.changed.emit()

    # Presets

    def fitting(self) -> list[Preset]:
        """Those that can stand on this wall; the first nine have the digits as their keys, whatever is on air."""
        return [preset for preset in in_order(self.shelf.presets, self.shelf.title_of) if self._can_stand(preset)]

    def misfits(self) -> list[Preset]:
        return [preset for preset in in_order(self.shelf.presets, self.shelf.title_of) if not self._can_stand(preset)]

    def _can_stand(self, preset: Preset) -> bool:
        return self._fitting.can_stand(preset, self.feed.installation, self.catalogue)

    def load(self, preset: Preset) -> None:
        self.editor.load(msgspec.structs.replace(preset.layout, revision=1))

    def remember_reason(self, reason: str) -> None:
        known = [known for known in self.reasons() if known != reason]
        if reason.strip():
            self.ctx.remembered.set("stage.reasons", [reason.strip()[:200], *known][:MOST_REASONS])

    def reasons(self) -> list[str]:
        own = _texts(self.ctx.remembered.get("stage.reasons", []))
        tr = self.ctx.tr
        return [*own, *(word for word in (tr("peringatan BMKG"), tr("tamu"), tr("rapat")) if word not in own)]

    def monitors_line(self) -> str:
        """``4/4 monitor``, and which are missing."""
        state, tr = self.feed.state, self.ctx.tr
        found = monitors(state) if state is not None else None
        if found is None:
            return ""
        line = tr("{shown}/{count} monitor").format(shown=found.shown, count=found.installed)
        return f"{line} · {tr('tanpa gambar: {names}').format(names=', '.join(found.missing))}" if found.missing else line

    def now(self) -> datetime:
        return self.ctx.now()

    # Slots

    @Slot()
    def _on_wall(self) -> None:
        self._set_ground()
        state = self.feed.state
        self.stills.follow(state.stills_port if state is not None else None)
        self._keep_draft()
        self._follow()
        self.changed.emit()

    @Slot()
    def _on_desk(self) -> None:
        self._keep_draft()
        self._follow()
        self.changed.emit()

    def _set_ground(self) -> None:
        self.editor.set_ground(ground_of(self.feed.installation, self.catalogue))

    def _keep_draft(self) -> None:
        """Another wall, or the first: its own draft."""
        who, wall = self.ctx.api.who, self.feed.wall
        if not wall or who is None or wall == self._kept_for:
            return
        self._kept_for, self._has_begun = wall, False
        self.kept = self.editor.keep_in(DraftFile(who.login, wall), wall)
        if self.kept is not None:
            self.offered.emit()

    def _follow(self) -> None:
        """A draft nobody has changed is what stands; a changed one stays, and only learns when nothing but the number has changed."""
        standing, desk = self.standing(), self.feed.desk
        if standing is None or desk is None:
            return
        plain = msgspec.structs.replace(standing, revision=1)
        if msgspec.structs.replace(self.editor.base, revision=1) == plain and self._has_begun:
            if self.editor.base_revision != desk.revision:
                self.editor.stands(self.editor.base, desk.revision)
        elif not self._has_begun or not self.editor.is_changed:
            if not self._has_begun and self.editor.is_changed:
                self._has_begun = True  # edited before anybody knew what stands: it is compared, not thrown away
                return
            self.editor.begin(plain, desk.revision)
        self._has_begun = True

    @Slot(object)
    def _on_taken(self, desk: WallDesk) -> None:
        if desk.shown is not None and desk.shown.layout is not None:
            self.editor.stands(msgspec.structs.replace(desk.shown.layout, revision=1), desk.revision)
        self._follow()

    @Slot()
    def _on_unseen(self) -> None:
        if not self._lookers:
            self.holding.release()

    @Slot()
    def _on_lost(self) -> None:
        if self.editor.is_changed:
            self.ctx.tell(self.ctx.tr("Kunci dinding lepas. Rancangan Anda tetap ada."), Tone.WARNING, None)


def _texts(value: object) -> list[str]:
    """What was remembered may be of another version."""
    try:
        return msgspec.convert(value, type=list[str])
    except msgspec.ValidationError:
        return []
