"""Texts are gathered from Python and TypeScript, kept over an update, and found missing when they are."""

import gettext
import json
from pathlib import Path

import pytest

from tools import texts

PANEL = """
FRESHNESS_WORDS = {"late": "TELAT", "stale": "USANG"}
TITLE = "Laporan masuk"
PANEL = PanelSpec(key="ticker", title=TITLE, panel=Ticker)
def paint(self, ctx):
    ctx.tr("Baru" if self.is_new else "Selesai")
    self._tr("{n} dibuka lagi").format(n=3)
    self.log("not on screen")
"""
PAGE = """
const years: Map<string, number> = new Map();
label.textContent = tr("tanpa pin");
const title = `${tr('Insiden')} ${count}`; // tr("a comment")
"""
EVERY_TEXT = {"TELAT", "USANG", "Laporan masuk", "Baru", "Selesai", "{n} dibuka lagi", "tanpa pin", "Insiden"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, source in (
        ("widgets/panels/ticker.py", PANEL),
        ("assets/web/src/map.ts", PAGE),
        ("assets/web/node_modules/x/x.ts", 'tr("theirs")'),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return tmp_path


def translate(tree: Path, **changes: str) -> None:
    path = texts.catalogue_path(tree, "en")
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("msgid ") and line != 'msgid ""':
            text = line[7:-1]
            lines[number + 1] = f'msgstr "{changes.get(text, "en:" + text)}"'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_every_text_is_gathered(tree: Path) -> None:
    found = texts.gather(tree)
    assert set(found) == EVERY_TEXT
    assert found["Insiden"] == ["assets/web/src/map.ts"]


def test_a_text_that_cannot_be_gathered_is_seen() -> None:
    assert texts.untraceable("tr(stage.name)\ntr('Baru')\ntr(STATE_WORDS[state])\nself._tr(self.spec.title)\ntr(f'{n} laporan')") == [1, 5]


def test_every_text_on_screen_can_be_gathered() -> None:
    root = Path(__file__).resolve().parent.parent
    files = [path for package in ("controlroom", "widgets") for path in sorted((root / package).rglob("*.py"))]
    found = [f"{path.relative_to(root)}:{line}" for path in files for line in texts.untraceable(path.read_text(encoding="utf-8"))]
    assert not found, f"give tr() a literal, or an entry of a table whose name ends in _WORDS: {found}"


def test_update_keeps_what_was_translated(tree: Path) -> None:
    texts.update(tree)
    translate(tree)
    before = texts.catalogue_path(tree, "en").read_bytes()
    texts.update(tree)
    assert texts.catalogue_path(tree, "en").read_bytes() == before
    assert texts.check(tree) == 0


def test_a_missing_empty_unused_or_wrong_text_is_a_fault(tree: Path) -> None:
    used = texts.gather(tree)
    known = {text: f"en:{text}" for text in used}
    assert texts.faults(used, known, "en") == []
    known |= {"Baru": "", "{n} dibuka lagi": "opened again", "Lama": "Old"}
    del known["Selesai"]
    said = "\n".join(texts.faults(used, known, "en"))
    for part in (
        "no translation of 'Baru'",
        "no translation of 'Selesai'",
        "'Lama' is translated, but nothing shows it",
        "places to fill in differ",
    ):
        assert part in said


def test_compiled_catalogues_speak_in_python_and_in_the_page(tree: Path) -> None:
    (tree / "assets" / "web" / "dist").mkdir()
    texts.update(tree)
    translate(tree, Baru="New")
    texts.compile_all(tree)
    assert gettext.translation(texts.DOMAIN, tree / "assets" / "locale", languages=["en"]).gettext("Baru") == "New"
    assert json.loads((tree / "assets" / "web" / "dist" / "locale" / "en.json").read_text(encoding="utf-8"))["Baru"] == "New"
