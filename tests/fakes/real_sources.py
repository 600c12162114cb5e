"""The real files of ../shared/data as the systems they come from would serve them, on loopback, and a city folder that reads them all.

``python -m tests.fakes.real_sources --port 8312 --city DIR`` makes the folder and serves; then ``controlroom feeds run --city DIR``.
A recording is of a day that is over: times are moved so that its newest lies some minutes ago, hosts become this one; else it is as it was.
"""

import argparse
import re
import shutil
import signal
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from threading import Event

from tests.fakes.http_source import HttpSource
from tests.fakes.mjpeg_camera import MjpegCamera
from tests.fakes.open311_endpoint import RECORDED, Open311Endpoint, recorded

ROOT = Path(__file__).resolve().parents[2]
DATA = RECORDED.parents[1]
CITY = ROOT / "assets" / "cities" / "tangerang"

ISO = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
RFC822 = re.compile(rb"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")

RIVER = """id;nama_pos;sungai;tinggi_muka_air_cm;waktu;lat;lon;siaga3;siaga2;siaga1
CSD-1;Bendung Pasar Baru;Cisadane;{level};{at};-6,1635;106,6277;450;550;650
ANG-1;Angke Hulu Ciledug;Kali Angke;212,5;{at};-6,2250;106,7050;250;300;350
"""
AIR = '[{{"stasiun": "Pasar Baru", "waktu": "{at}", "pm25": 41.2, "pm10": 66, "so2": 21, "co": 1240, "o3": 38, "no2": 22, "lat": -6.17, "lon": 106.63}}]'
# No table in rupiah was recorded: this one is ours.
APBD = """Tanggal;Kode Rekening;OPD;Pagu;Realisasi
{on};5.1;Dinas Perhubungan;180.000.000.000,00;97.000.000.000,00
{on};5.2;Dinas Lingkungan Hidup;240.000.000.000,00;151.500.000.000,00
{on};5.3;Dinas Kesehatan;410.000.000.000,00;288.000.000.000,00
"""
PORTAL = "<html><body>Portal layanan <time>{at}</time></body></html>"

SOURCES = """
[[sources]]
collector = "open311"
[sources.options]
endpoint = "{open311}"
since = 2023-12-01T00:00:00+01:00
window = "all"
every_s = 10

[[sources]]
collector = "bmkg"
[sources.options]
earthquake_urls = ["{base}/autogempa.json", "{base}/gempaterkini.json", "{base}/gempadirasakan.json"]
nowcast_url = "{base}/nowcast/rss.xml"
forecast_url = "{base}/prakiraan-cuaca"
forecast_codes = {{ "{district}" = "33.26.16.1001" }}

[[sources]]
collector = "cap"
title = "CAP (Google, Environment Canada)"
[sources.options]
folder = "cap"
attribution = "CAP"

[[sources]]
collector = "petabencana"
[sources.options]
base_url = "{base}/petabencana"
endpoints = ["reports", "floodgauges"]

[[sources]]
collector = "river"
title = "Pos duga air"
[sources.options]
url = "{base}/tma.csv"
attribution = "Dinas PUPR"

[[sources]]
collector = "air"
title = "Kualitas udara"
[sources.options]
url = "{base}/udara.json"
attribution = "DLH"

[[sources]]
collector = "ocds"
[sources.options]
folder = "ocds"
shown_source = "BIRMS"

[[sources]]
collector = "fiscal"
[sources.options]
folder = "fiscal"

[[sources]]
collector = "notices"
[sources.options]
feeds = [{{ url = "{base}/nowcast/rss.xml", attribution = "BMKG" }}]

[[cameras]]
id = "pasar-baru"
name = "Pasar Baru"
owner = "Dishub"
kind = "mjpeg"
url = "{camera}"
position = {{ lon = 106.6277, lat = -6.1700 }}

[[cameras]]
id = "gerendeng"
name = "Gerendeng"
owner = "Dishub"
kind = "mjpeg"
url = "{camera}"
position = {{ lon = 106.6200, lat = -6.1760 }}

[[cameras]]
id = "mati"
name = "Ciledug"
owner = "Dishub"
kind = "mjpeg"
url = "{dead}"
position = {{ lon = 106.7100, lat = -6.2300 }}

[[applications]]
id = "portal"
name = "Portal layanan"
group = "Informasi publik"
url = "{base}/portal"
expect = "Portal layanan"

[[applications]]
id = "statistik"
name = "Statistik kota"
group = "Informasi publik"
url = "{base}/statistik"
data_pattern = "<time>([^<]+)</time>"
data_max_age_s = 86400

[[applications]]
id = "perizinan"
name = "Perizinan daring"
group = "Perizinan"
url = "{base}/perizinan"

[[notices]]
id = "rekaman"
texts = {{ id = "Data di dinding ini rekaman nyata dari sumber resmi, diputar di mesin ini" }}
attribution = "Diskominfo"
"""


def moved(body: bytes, newest: datetime) -> bytes:
    """The document with all its times moved by one span, so that the newest is ``newest``."""
    spelled = [_at(found) for found in ISO.findall(body)] + [parsedate_to_datetime(found.decode()) for found in RFC822.findall(body)]
    return _later(body, newest - max(spelled))


def _later(body: bytes, span: timedelta) -> bytes:
    body = ISO.sub(lambda found: _respelled(found[0], span), body)
    return RFC822.sub(lambda found: format_datetime(parsedate_to_datetime(found[0].decode()) + span).encode(), body)


def _at(text: bytes) -> datetime:
    """A time without a zone is taken for UTC: what matters is the span."""
    at = datetime.fromisoformat(text.decode().replace("Z", "+00:00"))
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _respelled(text: bytes, span: timedelta) -> bytes:
    at = datetime.fromisoformat(text.decode().replace("Z", "+00:00")) + span
    return at.isoformat(sep=chr(text[10]), timespec="seconds").encode()


def _alert(file: str, now: datetime) -> bytes:
    """A BMKG alert sent ten minutes ago: its own spans of time stay."""
    body = (DATA / "cap" / file).read_bytes()
    sent = re.search(rb"<sent>([^<]+)</sent>", body)
    assert sent is not None
    return _later(body, now - timedelta(minutes=10) - _at(sent[1]))


def serve(server: HttpSource, now: datetime) -> None:
    """Lay every file out under the path its system has it at."""
    soon, local = now - timedelta(minutes=20), now.astimezone(UTC).isoformat(timespec="seconds")
    for name in ("autogempa", "gempaterkini", "gempadirasakan"):
        server.put(f"/{name}.json", moved((DATA / "bmkg" / f"bmkg_{name}.json").read_bytes(), soon), has_etag=True)
    index = (
        (DATA / "cap" / "bmkg_rss_active.xml")
        .read_bytes()
        .replace(b"https://www.bmkg.go.id/alerts/nowcast/id/", f"{server.url}/nowcast/".encode())
    )
    server.put("/nowcast/rss.xml", moved(index, soon), has_etag=True)
    server.put("/nowcast/CBT20260216004_alert.xml", _alert("bmkg_cap_banten.xml", now), has_etag=True)
    server.put("/nowcast/CJG20260216005_alert.xml", _alert("bmkg_cap_jateng.xml", now), has_etag=True)
    # The third alert of the index was not recorded.
    server.put("/nowcast/CSU20260216005_alert.xml", _alert("bmkg_cap_jateng.xml", now), has_etag=True)
    forecast = (DATA / "bmkg" / "bmkg_forecast_response.json").read_bytes()
    begins = min(_at(at) for at in re.findall(rb'"utc_datetime": *"([^"]+)"', forecast))
    server.put("/prakiraan-cuaca", _later(forecast, now - timedelta(hours=1) - begins), has_etag=True)
    server.put("/petabencana/reports", moved((DATA / "petabencana" / "reports_topojson_quantized.json").read_bytes(), soon))
    server.put("/petabencana/floodgauges", moved((DATA / "petabencana" / "floodgauges_topojson.json").read_bytes(), soon))
    server.put("/tma.csv", RIVER.format(level="468", at=local).encode("utf-8-sig"))
    server.put("/udara.json", AIR.format(at=local))
    server.put("/portal", PORTAL.format(at=local))
    server.put("/statistik", PORTAL.format(at=(now - timedelta(days=3)).isoformat(timespec="seconds")))
    server.put("/perizinan", "", status=503)


def write_city(folder: Path, base: str, open311: str, camera: str, dead: str) -> Path:
    """Kota Tangerang with every collector there is, all of them asking here. ``folder`` is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CITY, folder)
    for name, files in (
        ("cap", sorted((DATA / "cap").glob("goog_*"))),
        ("ocds", [DATA / "ocds" / "bandung_birms_sample_release_package.json"]),
    ):
        (folder / name).mkdir()
        for file in files:
            shutil.copyfile(file, folder / name / file.name)
    (folder / "fiscal").mkdir()
    (folder / "fiscal" / "apbd.csv").write_text(APBD.format(on=datetime.now(UTC).date() - timedelta(days=3)), encoding="utf-8")
    written = (folder / "city.toml").read_text(encoding="utf-8")
    own = re.split(r"(?m)^(?:# Sources|\[\[sources\]\]|\[\[applications\]\]|\[\[cameras\]\])", written)[0]
    district = tomllib.loads(own)["code"] + ".01"
    text = own + SOURCES.format(base=base, open311=open311, camera=camera, dead=dead, district=district)
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return folder


@contextmanager
def real_sources(folder: Path, *, port: int = 0) -> Iterator[HttpSource]:
    """Serves while it lasts; the city folder that reads it all is ``folder``."""
    camera = MjpegCamera()
    with ExitStack() as stack:
        server = stack.enter_context(HttpSource(port))
        reports = stack.enter_context(Open311Endpoint(recorded()))
        camera.start()
        stack.callback(camera.stop)
        serve(server, datetime.now(UTC))
        write_city(folder, server.url, reports.url, camera.url(), camera.url("/silent"))
        yield server


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the recorded files of real sources, and write a city folder that reads them.")
    parser.add_argument("--port", type=int, default=8312)
    parser.add_argument("--city", type=Path, required=True, help="The city folder to write; what stands there is replaced.")
    given = parser.parse_args()
    with real_sources(given.city, port=given.port) as server:
        print(f"real sources at {server.url}, city in {given.city} (Ctrl+C ends it)", flush=True)
        told = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: told.set())
        told.wait()


if __name__ == "__main__":
    main()
