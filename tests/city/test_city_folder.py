"""City folders: the real one loads whole; each broken one is refused with a sentence that names file and field."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from feeds.city import CityError, layer_paths, load_city
from feeds.geography import CityGeography
from feeds.geojson import read_features, ring_area_km2, ring_centre
from feeds.messages.city import City, OffHours
from feeds.runtime.registry import jobs_of

BARE = """
code = "1"
name = "Kota"
time_zone = "Asia/Jakarta"
language = "id"
bbox = [106.0, -7.0, 107.0, -6.0]
attribution = "kita"
map_layers = [{ role = "outline", file = "outline.geojson" }, { role = "districts", file = "districts.geojson" }]
agencies = [{ code = "dlh", name = "Dinas", short = "DLH" }]
categories = [{ code = "sampah", group = "sampah", agency = "dlh", names = { id = "Sampah" } }]
"""
SQUARE = [[106.2, -6.8], [106.8, -6.8], [106.8, -6.2], [106.2, -6.2], [106.2, -6.8]]


def collection(coordinates: object, kind: str = "Polygon", **properties: object) -> str:
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "city.toml").write_text(BARE, encoding="utf-8")
    (tmp_path / "outline.geojson").write_text(collection([SQUARE]), encoding="utf-8")
    (tmp_path / "districts.geojson").write_text(collection([SQUARE], code="1.1", name="Satu"), encoding="utf-8")
    return tmp_path


def edited(find: str, put: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "city.toml"
        text = path.read_text(encoding="utf-8")
        assert find in text
        path.write_text(text.replace(find, put, 1), encoding="utf-8")

    return edit


def appended(text: str) -> Callable[[Path], None]:
    return written("city.toml", BARE + text)


def written(file: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / file).write_text(text, encoding="utf-8")

    return write


def garbled(file: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / file).write_bytes(b"\xff\xfe\x00")

    return write


def removed(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


def test_a_bare_folder_is_a_city_and_missing_figures_are_computed(folder: Path) -> None:
    city = load_city(folder)
    (district,) = city.districts
    assert (district.code, district.name) == ("1.1", "Satu")
    assert (district.label_lon, district.label_lat) == pytest.approx((106.5, -6.5))
    assert district.area_km2 == pytest.approx(4422, rel=0.01)
    assert city.clock_label(datetime(2026, 7, 1, tzinfo=UTC)) == "WIB"


RTSP = 'cameras = [{{ id = "c", name = "c", owner = "o", kind = "rtsp", url = "{}" }}]'
TWO_AGENCIES = 'agencies = [{ code = "dlh", name = "a", short = "b" }, '
PMTILES = 'base_map = { kind = "pmtiles", attribution = "OSM", file = "map.pmtiles" }'


def pmtiles(tile_type: int, begins: bytes = b"PMTiles\x03") -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        appended(PMTILES)(folder)
        (folder / "map.pmtiles").write_bytes(begins.ljust(99, b"\0") + bytes([tile_type]) + bytes(27))

    return spoil


def test_a_base_map_of_pictures_is_taken(folder: Path) -> None:
    pmtiles(2)(folder)
    assert load_city(folder).base_map is not None


APPLICATION = 'applications = [{{ id = "a", name = "A", group = "{group}", url = "{url}"{more} }}]'


def application(group: str = "Layanan", url: str = "https://h/", more: str = "") -> Callable[[Path], None]:
    return appended(APPLICATION.format(group=group, url=url, more=more))


def test_applications_of_a_city_are_taken(folder: Path) -> None:
    application(more=', data_pattern = "per (.+)", maintenance = ["23:00", "01:00"]')(folder)
    (one,) = load_city(folder).applications
    assert (one.group, one.maintenance, one.is_public) == ("Layanan", ("23:00", "01:00"), True)


NAMED = 'names = { id = "Keadaan" }'
VALUES = 'values = [{ key = "padam", names = { id = "Padam" } }]'
ATTRIBUTE = f'code = "keadaan", datatype = "singlevaluelist", {NAMED}, {VALUES}'


def attributes(*written: str) -> Callable[[Path], None]:
    listed = ", ".join(f"{{ {one} }}" for one in written)
    return edited('names = { id = "Sampah" }', f'names = {{ id = "Sampah" }}, attributes = [{listed}]')


def test_attributes_of_a_category_are_taken(folder: Path) -> None:
    attributes(ATTRIBUTE, f'code = "tiang", {NAMED}, is_required = true')(folder)
    first, second = load_city(folder).categories[0].attributes
    assert (first.values[0].key, first.is_required, second.datatype, second.is_required) == ("padam", False, "string", True)


def rules(text: str) -> Callable[[Path], None]:
    return appended(f"[reports]\n{text}")


def off_hours(text: str) -> Callable[[Path], None]:
    return appended(f"[off_hours]\n{text}")


BROKEN: list[tuple[str, Callable[[Path], None], str]] = [
    ("application url", application(url="ftp://h/"), r"applications\[0\]\.url: is no http or https address.*https://host/path"),
    ("application login", application(url="https://u:p@h/"), r"applications\[0\]\.url: .*carries a user name"),
    ("application group", application(group=" "), r"applications\[0\]\.group: is empty"),
    ("application pattern", application(more=", data_pattern = '('"), r"applications\[0\]\.data_pattern: is no regular expression"),
    ("application pattern without group", application(more=", data_pattern = 'x'"), r"data_pattern: has no group"),
    (
        "application window",
        application(more=', maintenance = ["25:00", "01:00"]'),
        r"applications\[0\]\.maintenance: is not two different times",
    ),
    ("application key", application(more=", colour = 1"), r"applications\[0\]\.colour: is not a known key"),
    ("no city.toml", removed("city.toml"), r"city\.toml: there is no such file"),
    ("no toml", edited('code = "1"', "code = "), r"city\.toml: is not TOML.*line 2"),
    ("bytes", garbled("city.toml"), r"cannot be read"),
    ("unknown key", edited('code = "1"', 'code = "1"\ncolour = "red"'), r"unknown field `colour`"),
    (
        "unknown key inside",
        edited('short = "DLH"', 'short = "DLH", chief = "x"'),
        r"agencies\[0\]\.chief: is not a known key.*code, name, short",
    ),
    ("missing key", edited('name = "Kota"', ""), r"missing required field `name`"),
    ("empty name", edited('name = "Kota"', 'name = " "'), r"name: is empty"),
    ("wrong type", edited('name = "Kota"', "name = 7"), r"name: Expected `str`, got `int`"),
    ("time zone", edited("Asia/Jakarta", "Asia/Tangerang"), r"time_zone: 'Asia/Tangerang' is not an IANA time zone.*Asia/Jakarta"),
    ("time zone path", edited("Asia/Jakarta", "../../etc/passwd"), r"time_zone: .* is not an IANA time zone"),
    ("bbox order", edited("[106.0, -7.0, 107.0, -6.0]", "[107.0, -7.0, 106.0, -6.0]"), r"bbox: .*west, south, east, north"),
    (
        "bbox small",
        edited("[106.0, -7.0, 107.0, -6.0]", "[106.3, -7.0, 107.0, -6.0]"),
        r"bbox: does not hold the outline's position 106\.2",
    ),
    ("two agencies", edited("agencies = [", TWO_AGENCIES), r"agencies\[1\]: 'dlh' is there twice"),
    ("no agency", edited('agency = "dlh"', 'agency = "dhl"'), r"categories\[0\]\.agency: 'dhl' is not an agency.*dlh"),
    ("no text", edited('id = "Sampah"', 'en = "Rubbish"'), r"categories\[0\]\.names: has no text in the city's language 'id'"),
    ("role", edited('role = "districts"', 'role = "district"'), r"map_layers\[1\]\.role: 'district' is not a role.*districts"),
    ("no outline", edited('{ role = "outline", file = "outline.geojson" }, ', ""), r"map_layers: .*exactly one outline"),
    ("no layer file", removed("districts.geojson"), r"map_layers\[1\]\.file: 'districts\.geojson' is not a file"),
    ("outside", edited('file = "districts.geojson"', 'file = "../districts.geojson"'), r"map_layers\[1\]\.file: .*city folder"),
    ("no json", written("outline.geojson", "{"), r"outline\.geojson: is not JSON"),
    ("no features", written("outline.geojson", "[]"), r'outline\.geojson: has no list "features"'),
    ("empty", written("outline.geojson", '{"features": []}'), r"outline\.geojson: holds no feature"),
    ("no geometry", written("outline.geojson", '{"features": [{"geometry": null}]}'), r"outline\.geojson: feature 0 has no geometry"),
    ("open ring", written("outline.geojson", collection([SQUARE[:-1]])), r"feature 0 has a ring that is not closed"),
    ("metres", written("outline.geojson", collection([[[p[0] * 1000, p[1]] for p in SQUARE]])), r"not longitude, latitude.*reproject"),
    ("words", written("outline.geojson", collection([[["a", "b"]] * 4])), r"position that is not two numbers"),
    ("nesting", written("outline.geojson", collection(SQUARE)), r"outline\.geojson: feature 0"),
    ("outline is a line", written("outline.geojson", collection(SQUARE, "LineString")), r"the layer outline needs Polygon"),
    ("kind", written("outline.geojson", collection(SQUARE, "Blob")), r"feature 0 is a 'Blob'"),
    ("district name", written("districts.geojson", collection([SQUARE], code="1")), r"feature 0, property name: is missing"),
    (
        "district label",
        written("districts.geojson", collection([SQUARE], code="1", name="a", label_lon="x")),
        r"property label_lon: is not a number",
    ),
    ("camera", appended(RTSP.format("rtsp://u:p@h/1")), r"cameras\[0\]\.url: carries a user name"),
    ("camera path", appended(RTSP.format("rtsp://h/user=admin_password=x_channel=1.sdp")), r"cameras\[0\]\.url: carries a user name"),
    ("camera brackets", appended(RTSP.format("rtsp://[10/1")), r"cameras\[0\]\.url: is not an address"),
    ("camera address", appended(RTSP.format("h/1")), r"cameras\[0\]\.url: is not an address"),
    ("base map", appended(PMTILES), r"base_map\.file: map\.pmtiles does not exist"),
    ("vector tiles", pmtiles(1), r"base_map\.file: map\.pmtiles holds vector tiles.*PNG"),
    ("old pmtiles", pmtiles(2, b"PM\x02"), r"base_map\.file: map\.pmtiles is no PMTiles file of version 3"),
    ("base map kind", appended('base_map = { kind = "wmts", attribution = "OSM" }'), r"base_map\.kind: 'wmts'.*pmtiles, xyz, wms"),
    ("base map url", appended('base_map = { kind = "xyz", attribution = "OSM" }'), r"base_map\.url: a xyz base map needs it"),
    ("attribute twice", attributes(ATTRIBUTE, ATTRIBUTE), r"categories\[0\]\.attributes\[1\]: 'keadaan' is there twice"),
    ("attribute code", attributes(f'code = "a[b]", {NAMED}'), r"attributes\[0\]\.code: 'a\[b\]' is no code"),
    ("attribute type", attributes(f'code = "a", datatype = "float", {NAMED}'), r"attributes\[0\]\.datatype: 'float'.*singlevaluelist"),
    ("attribute key", attributes(f'code = "a", required = true, {NAMED}'), r"attributes\[.*unknown field `required`"),
    ("attribute list", attributes(f'code = "a", datatype = "multivaluelist", {NAMED}'), r"attributes\[0\]\.values: a list has no values"),
    (
        "attribute values",
        attributes(f'code = "a", datatype = "number", {NAMED}, {VALUES}'),
        r"attributes\[0\]\.values: a number has values",
    ),
    ("attribute of a sign", attributes(f'code = "a", is_variable = false, is_required = true, {NAMED}'), r"attributes\[0\]\.is_required"),
    ("attribute names", attributes('code = "a", names = { en = "A" }'), r"attributes\[0\]\.names: has no text in the city's language"),
    ("value names", attributes(ATTRIBUTE.replace('{ id = "Padam" }', "{}")), r"attributes\[0\]\.values\[0\]\.names: has no text"),
    ("clock order", rules("clock = { respond_h = 20, accept_h = 2, finish_h = 40 }"), r"reports\.clock: .*: 20, 2, 40 hours"),
    ("clock of a category", rules("clocks = { sampah = { finish_h = 2 } }"), r"reports\.clocks\.sampah: .*: 4, 8, 2 hours"),
    ("emergency at once", rules("emergency = { respond_h = 0 }"), r"reports\.emergency: does not end"),
    ("negative hours", rules("clock = { respond_h = -1 }"), r"reports\.clock: does not end"),
    ("no number of hours", rules("clock = { accept_h = nan }"), r"reports\.clock: does not end"),
    ("a clock without end", rules("clock = { finish_h = inf }"), r"reports\.clock: .*at most 8784"),
    ("at risk", rules("at_risk_share = 3.0"), r"reports\.at_risk_share: is no share"),
    ("at risk from the beginning", rules("at_risk_share = 0"), r"reports\.at_risk_share: is no share"),
    ("claim", rules("claim_min = -1"), r"reports\.claim_min: is no time"),
    ("evidence", rules("evidence_within_m = -1"), r"reports\.evidence_within_m: is no distance"),
    ("long agency", edited('code = "dlh"', f'code = "{"d" * 65}"'), r"agencies\[0\]: has a code of 65 characters; the longest has 64"),
    ("long category", edited('code = "sampah"', f'code = "{"s" * 65}"'), r"categories\[0\]: has a code of 65 characters"),
    ("long source", appended(f'sources = [{{ collector = "bmkg", name = "{"b" * 65}" }}]'), r"sources\[0\]: has a code of 65"),
    ("long district", written("districts.geojson", collection([SQUARE], code="1" * 33, name="a")), r"feature\[0\]: has a code of 33"),
    ("off hours time", off_hours('begins = "6 pm"'), r"off_hours\.begins: '6 pm' is no time; write it like"),
    ("off hours end", off_hours('ends = "24:00"'), r"off_hours\.ends: '24:00' is no time"),
    ("off hours of no length", off_hours('begins = "08:00"'), r"off_hours\.ends: is when they begin"),
    ("off hours layout", off_hours('layout = "tengah-malam"'), r"off_hours\.layout: there is no layout 'tengah-malam'; use the name"),
    ("off hours layout outside", off_hours('layout = "../layouts/siaga"'), r"off_hours\.layout: there is no layout"),
    ("off hours agency", off_hours('agency = "bpbd"'), r"off_hours\.agency: 'bpbd' is not an agency of this city; they are dlh"),
    ("off hours category", off_hours('routing = { banjir = "dlh" }'), r"off_hours\.routing\.banjir: is no category"),
    ("off hours routing", off_hours('routing = { sampah = "bpbd" }'), r"off_hours\.routing\.sampah: 'bpbd' is not an agency"),
    ("off hours key", off_hours('layouts = "siaga"'), r"unknown field `layouts`"),
    ("sources twice", appended('sources = [{ collector = "bmkg" }, { collector = "bmkg" }]'), r"sources\[1\]: 'bmkg' is there twice"),
]


@pytest.mark.parametrize(("spoil", "sentence"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_folder_is_refused_with_a_sentence(folder: Path, spoil: Callable[[Path], None], sentence: str) -> None:
    spoil(folder)
    with pytest.raises(CityError, match=sentence) as refusal:
        load_city(folder)
    assert str(folder) in str(refusal.value)
    assert "; " in str(refusal.value), "a remedy follows"


def test_a_self_crossing_outline_is_refused_by_geography(folder: Path) -> None:
    bow_tie = [[106.2, -6.8], [106.8, -6.2], [106.8, -6.8], [106.2, -6.2], [106.2, -6.8]]
    (folder / "outline.geojson").write_text(collection([bow_tie]), encoding="utf-8")
    with pytest.raises(CityError, match=r"outline\.geojson: feature 0: crosses itself.*repair"):
        CityGeography(load_city(folder))


def test_the_error_names_no_password(folder: Path) -> None:
    appended(RTSP.format("rtsp://u:geheim@h/1"))(folder)
    with pytest.raises(CityError) as refusal:
        load_city(folder)
    assert "geheim" not in str(refusal.value)


@pytest.fixture(scope="module")
def tangerang() -> City:
    return load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")


def test_tangerang_is_whole(tangerang: City) -> None:
    assert len(tangerang.districts) == 13
    assert sum(district.area_km2 for district in tangerang.districts) == pytest.approx(178.345, abs=0.01)
    assert len(read_features(layer_paths(tangerang, "subdistricts")[0])) == 104
    assert {"wilayah_boundaries", "OurAirports"} <= set(tangerang.attribution.replace("/", " ").replace(":", "").split())
    assert tangerang.clock_label(datetime(2026, 1, 1, tzinfo=UTC)) == tangerang.zone_label == "WIB"
    for category in tangerang.categories:
        assert category.names.keys() == {"id", "en"}, category.code
    assert [job.spec.key for job in jobs_of(tangerang)] == ["bmkg"]


def test_districts_are_found_where_their_names_stand(tangerang: City) -> None:
    geography = CityGeography(tangerang)
    for district in tangerang.districts:
        assert geography.district_at(district.label_lon, district.label_lat) == district.code
        assert geography.contains(district.label_lon, district.label_lat)


def test_near_and_far(tangerang: City) -> None:
    geography = CityGeography(tangerang)
    assert geography.distance_km(106.64, -6.18) == 0.0
    assert geography.district_at(106.8272, -6.1754) is None
    # Monas in Jakarta lies 9 to 10 km east of the city's border near Larangan.
    assert geography.distance_km(106.8272, -6.1754) == pytest.approx(9.6, abs=1.5)
    assert geography.is_far_outside(106.8272, -6.1754)
    assert not geography.is_far_outside(106.8272, -6.1754, margin_km=20)
    assert geography.districts_touching([]) == ()
    whole = tuple((lon, lat) for lon, lat in [(106, -7), (107, -7), (107, -6), (106, -6), (106, -7)])
    assert len(geography.districts_touching([whole])) == 13
    assert geography.is_touched_by([whole])
    bow_tie = ((106.60, -6.20), (106.66, -6.16), (106.66, -6.20), (106.60, -6.16), (106.60, -6.20))
    assert geography.districts_touching([bow_tie])


def test_summer_time_changes_what_stands_beside_the_clock(root: Path) -> None:
    koeln = load_city(root / "tests" / "cities" / "koeln")
    assert koeln.clock_label(datetime(2026, 1, 1, tzinfo=UTC)) == "CET"
    assert koeln.clock_label(datetime(2026, 7, 1, tzinfo=UTC)) == "CEST"
    assert koeln.category_name("gully", "id") == "Saluran tersumbat"
    assert koeln.category_name("muell", "id") == "Wilder Müll"


def test_a_byte_order_mark_does_not_matter(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "koeln"
    shutil.copytree(root / "tests" / "cities" / "koeln", folder)
    text = (folder / "city.toml").read_bytes()
    (folder / "city.toml").write_bytes(b"\xef\xbb\xbf" + text)
    assert load_city(folder).name == "Köln"


def test_areas_and_centres_of_rings() -> None:
    ring = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    assert ring_area_km2(ring) == pytest.approx(12_364, rel=0.01)
    assert ring_centre(ring) == pytest.approx((0.5, 0.5))
    assert ring_centre([(1.0, 1.0)] * 4) == (1.0, 1.0)


def test_a_city_says_when_its_desks_are_empty(folder: Path) -> None:
    (folder / "layouts").mkdir()
    (folder / "layouts" / "sepi.toml").write_text("")
    off_hours('begins = "18:30"\nlayout = "sepi"\nagency = "dlh"\nrouting = { sampah = "dlh" }')(folder)
    rule = load_city(folder).off_hours
    assert rule is not None and (rule.begins, rule.ends, rule.layout, rule.agency) == ("18:30", "08:00", "sepi", "dlh")
    assert [rule.covers(time.fromisoformat(at)) for at in ("18:29", "18:30", "00:00", "07:59", "08:00", "12:00")] == [
        False, True, True, True, False, False,
    ]  # fmt: skip
    assert [OffHours(begins="12:00", ends="13:00").covers(time(hour)) for hour in (11, 12, 13, 23)] == [False, True, False, False]


def test_the_shipped_layouts_are_known_to_every_city(folder: Path) -> None:
    off_hours('layout = "siaga"')(folder)
    rule = load_city(folder).off_hours
    assert rule is not None and rule.agency is None
