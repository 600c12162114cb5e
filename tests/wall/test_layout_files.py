"""Layout and wall files that are wrong say where: file, line, slot, and what to do."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlroom.wall.layouts import LayoutError, read_layout, read_wall, slot_options
from controlroom.wall.stage import Misfits, choose_layout, choose_palette

ROOT = Path(__file__).resolve().parents[2]
GOOD = """title = "Uji"
grid = { columns = 4, rows = 4 }

[[slot]]
panel = "map"
cell = [0, 0, 2, 4]

[[slot]]
panel = "ticker"
cell = [2, 0, 2, 4]
"""


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "uji.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_good_layout_is_read(tmp_path: Path) -> None:
    layout = read_layout(written(tmp_path, GOOD))
    assert [slot.panel for slot in layout.slot] == ["map", "ticker"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("cell = [2, 0, 2, 4]", "cell = [1, 0, 2, 4]"), r"uji\.toml:8: slot 2 \(ticker\) overlaps slot 1 \(map\)"),
        (GOOD + "colour = 3\n", r"uji\.toml:8: .*colour"),
        (GOOD.replace("[2, 0, 2, 4]", "[2, 0, 2]"), r"uji\.toml:8: "),
        (GOOD.replace('title = "Uji"', ""), "title"),
        (GOOD + "[[slot\n", "not valid TOML"),
        (b"\xff\xfe\x00", "not valid TOML"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_place(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(LayoutError, match=says):
        read_layout(written(tmp_path, text))


def test_a_layout_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"nirgends\.toml: cannot be read"):
        read_layout(tmp_path / "nirgends.toml")


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_a_layout_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = written(tmp_path_factory.mktemp("bytes"), raw)
    with pytest.raises(LayoutError):
        read_layout(path)


MONITOR = '[[monitor]]\nname = "{name}"\nplace = {place}\npixels = [1920, 1080]\nsize_mm = [{width}, 680.0]\n'
ALIKE = MONITOR.replace("{place}", "[{column}, 0]").replace("{width}", "1200.0") + 'serial = "0"\n{connector}\n'
HEAD = 'name = "w"\nfarthest_seat_m = 5.0\nnearest_seat_m = 3.0\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "monitor = []\n", "no .*monitor"),
        (HEAD + MONITOR.format(name="a", place="[0, 0]", width=1200.0) + MONITOR.format(name="a", place="[1, 0]", width=1200.0), "two monitors have the name a"),
        (HEAD + MONITOR.format(name="a", place="[0, 0]", width=1200.0) + MONITOR.format(name="b", place="[0, 0]", width=1200.0), "two monitors have the place"),
        (HEAD + MONITOR.format(name="a", place="[0, 0]", width=0.0), "above zero"),
        (HEAD + MONITOR.format(name="a", place="[0, 0]", width=9.0) + "corner = [0, 0]\n" + MONITOR.format(name="b", place="[1, 0]", width=9.0), "corner is given for some"),
        (HEAD + MONITOR.format(name="a", place="[0, 0]", width=9.0) + "corner = [-1, 0]\n", "below zero"),
        (HEAD + ALIKE.format(name="a", column=0, connector="") + ALIKE.format(name="b", column=1, connector=""), "the serial 0: give each its own connector"),
        (HEAD + ALIKE.format(name="a", column=0, connector='connector = "DP-1"') + ALIKE.format(name="b", column=1, connector=""), "the serial 0"),
    ],
)  # fmt: skip
def test_a_wrong_wall_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(LayoutError, match=says):
        read_wall(written(tmp_path, text))


def test_monitors_of_one_serial_are_told_apart_by_connectors(tmp_path: Path) -> None:
    text = HEAD + "".join(ALIKE.format(name=n, column=c, connector=f'connector = "DP-{c}"') for c, n in enumerate("ab"))
    assert [monitor.connector for monitor in read_wall(written(tmp_path, text)).monitor] == ["DP-0", "DP-1"]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rows: int = 6


def test_an_unknown_option_names_slot_and_known_options() -> None:
    with pytest.raises(LayoutError, match=r"slot 3 \(ticker\): .*roes.*options of this panel: rows"):
        slot_options({"roes": 2}, Options, "harian.toml:9: slot 3 (ticker)")
    assert slot_options({"rows": 2}, Options, "x") == Options(rows=2)


@pytest.mark.parametrize(
    ("wanted", "shape", "too_small", "expected"),
    [("auto", (1, 1), {}, "satu-layar"), ("auto", (2, 2), {}, "harian"), ("auto", (3, 1), {}, "tiga-sejajar"),
     ("auto", (4, 2), {}, "delapan"), ("auto", (1, 1), {"satu-layar": 4}, "layar-kecil"),
     ("auto", (7, 1), {"harian": 9, "satu-layar": 5, "layar-kecil": 5}, "dua-sejajar"), ("siaga", (2, 2), {"siaga": 9}, "siaga")],
)  # fmt: skip
def test_auto_takes_the_first_layout_that_fits_that_of_the_shape_before_the_others(
    wanted: str, shape: tuple[int, int], too_small: dict[str, int], expected: str
) -> None:
    assert choose_layout(wanted, shape, lambda name: Misfits(0, too_small.get(name, 0))) == (expected, Misfits())
    assert (ROOT / "layouts" / f"{expected}.toml").is_file()


def test_where_no_layout_fits_auto_takes_the_one_with_the_fewest_cards_then_the_fewest_small_slots() -> None:
    assert choose_layout("auto", (7, 3), lambda name: Misfits(2, 7) if name == "enam" else Misfits(5, 0)) == ("enam", Misfits(2, 7))
    assert choose_layout("auto", (3, 1), lambda name: Misfits(0, 9) if name == "tiga-sejajar" else Misfits(1, 0))[0] == "tiga-sejajar"
    assert choose_layout("auto", (3, 1), lambda _: Misfits(1, 1))[0] == "tiga-sejajar"


@pytest.mark.parametrize(("hour", "expected"), [(21, "day"), (22, "night"), (4, "night"), (5, "day")])
def test_the_night_palette_keeps_its_hours(hour: int, expected: str) -> None:
    assert choose_palette("auto", hour) == expected
    assert choose_palette("day", hour) == "day"
