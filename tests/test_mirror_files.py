"""The mirror's page as it is built: what a phone must fetch before the first numbers, and what stands beside each file."""

import gzip
import json
import re
from pathlib import Path

import pytest

DIST = Path(__file__).resolve().parent.parent / "assets" / "web" / "dist"
MOST_BYTES = 45_000
"""Until the first numbers stand, compressed: a second and a quarter on 300 kbit/s."""


@pytest.fixture
def html() -> str:
    if not (DIST / "mirror.html").is_file():
        pytest.skip("the pages are not built: make setup")
    return (DIST / "mirror.html").read_text(encoding="utf-8")


def _first(html: str) -> set[str]:
    """Files the page asks for at once, and those that these scripts import themselves."""
    named = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', html)
    found: set[str] = set()
    while named:
        name = named.pop()
        if name in found:
            continue
        found.add(name)
        if name.endswith(".js"):
            script = (DIST / name).read_text(encoding="utf-8")
            named += [f"assets/{other}" for other in re.findall(r'(?:\bfrom|\bimport)"\./([^"]+\.js)"', script)]
    return found


def test_the_first_numbers_stand_after_few_bytes(html: str) -> None:
    files = _first(html)
    assert {Path(name).suffix for name in files} == {".js", ".css"}
    sizes = {name: (DIST / f"{name}.gz").stat().st_size for name in [*files, "mirror.html"]}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_what_comes_later_is_not_among_the_first(html: str) -> None:
    """Every import of a first script names a file that is a first one, too: nothing slips past the sum above."""
    entry = json.loads((DIST / "build.json").read_text(encoding="utf-8"))
    assert entry["entry"] in _first(html)
    assert not [name for name in _first(html) if re.search(r"maplibre|Menu|SignIn|WallView|SheetView|below|woff2", name)]


def test_each_file_has_its_packed_twins(html: str) -> None:
    made = json.loads((DIST / "build.json").read_text(encoding="utf-8"))["files"]
    large = [
        name for name in [*made, "mirror.html", "sw.js"] if name.endswith((".js", ".css", ".html")) and (DIST / name).stat().st_size >= 256
    ]
    assert large
    for name in large:
        assert gzip.decompress((DIST / f"{name}.gz").read_bytes()) == (DIST / name).read_bytes(), name
        assert (DIST / f"{name}.br").stat().st_size < (DIST / name).stat().st_size


def test_the_page_says_the_build_it_is_of(html: str) -> None:
    build = json.loads((DIST / "build.json").read_text(encoding="utf-8"))["build"]
    assert re.fullmatch(r"[0-9a-f]{12}", build)
    assert f'<meta name="build" content="{build}"' in html
    assert f"live-room-{build}" in (DIST / "sw.js").read_text(encoding="utf-8")


def test_the_service_worker_keeps_the_pages_own_files_and_nothing_of_the_room(html: str) -> None:
    kept = re.findall(r'"(/[^"]*)"', (DIST / "sw.js").read_text(encoding="utf-8"))
    assert "/manifest.webmanifest" in kept
    assert any(re.match(r"/assets/fonts-.*\.css", path) for path in kept)
    assert not [path for path in kept if path.startswith(("/view", "/session", "/live", "/wall"))]
    for path in kept:
        assert path == "/" or (DIST / path[1:]).is_file(), path


def test_the_page_brings_its_own_font_in_latin_alone(html: str) -> None:
    fonts = [path.name for path in (DIST / "assets").glob("*.woff2")]
    assert len(fonts) == 1 and fonts[0].startswith("inter-latin-wght-normal")
    assert "woff2" not in html
