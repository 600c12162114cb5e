"""Which pages there are, in the order of their tabs, and for whom. A page is a module with one class that is a ``Page``."""

import importlib
import importlib.util
from collections.abc import Callable

import msgspec
import structlog
from PySide6.QtWidgets import QVBoxLayout, QWidget

from controlroom.console.kit.empty_state import EmptyState
from controlroom.console.page import DeskContext, Page

_log = structlog.get_logger("controlroom.console")


class PageSpec(msgspec.Struct, frozen=True, kw_only=True):
    """``permission``: who lacks it is not shown the tab; an empty one asks for nothing beyond coming in. ``title``: the msgid."""

    key: str
    title: str
    module: str
    permission: str = ""


_TITLE_WORDS = {"reports": "Laporan", "stage": "Dinding", "presence": "Kehadiran", "sources": "Sumber data", "audit": "Audit"}

PAGES = tuple(
    PageSpec(key=key, title=_TITLE_WORDS[key], module=f"controlroom.console.{module}", permission=permission)
    for key, module, permission in (
        ("reports", "reports.page", "see_queue"),
        ("stage", "stage.page", "arrange_wall"),
        ("presence", "presence_page", ""),
        ("sources", "sources_page", ""),
        ("audit", "audit_page", "see_audit"),
    )
)


def pages_for(ctx: DeskContext, pages: tuple[PageSpec, ...] = PAGES) -> list[PageSpec]:
    """The pages that the signed-in person may use."""
    return [page for page in pages if (not page.permission or ctx.api.may(page.permission)) and _is_there(page.module)]


def title_of(page: PageSpec, tr: Callable[[str], str]) -> str:
    return tr(_TITLE_WORDS.get(page.key, page.title))


def build_page(spec: PageSpec, ctx: DeskContext, report: Callable[[str, BaseException], None]) -> Page:
    """The page; one that cannot be built is told in its own tab, and the others stand."""
    try:
        module = importlib.import_module(spec.module)
        made = next(
            kind
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Page) and kind.__module__ == module.__name__
        )(ctx)
    except Exception as error:  # a page's author may raise anything; the desk goes on with the others
        report(f"page {spec.key}", error)
        return BrokenPage(ctx, spec)
    return made


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class BrokenPage(Page):
    """Stands where a page could not be built."""

    def __init__(self, ctx: DeskContext, spec: PageSpec, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self.key, self.title = spec.key, spec.title
        said = EmptyState(ctx.look, "warning", self)
        said.say(
            ctx.tr("Halaman ini gagal dibuka"),
            ctx.tr("Kesalahan sudah dicatat. Halaman lain tetap bisa dipakai; beri tahu pengelola sistem."),
        )
        column = QVBoxLayout(self)
        column.addWidget(said)
