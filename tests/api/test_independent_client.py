"""The Open311 door over real HTTP, met by clients that nobody here wrote: the package georeport, and FixMyStreet's Open311.pm by its exchange.

https://github.com/mysociety/fixmystreet/blob/master/perllib/Open311.pm: XML, forms, attribute[...], W3C dates. Nothing of this project reads here.
"""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest
from georeport import GeoReport

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.run import listen, serve
from feeds.city import load_city
from feeds.identity.keys import Scope, add_key
from feeds.messages.actions import Accept, Decline, Forward
from feeds.runtime.clock import utc_now
from tests.fakes.open311_client import ADMIN, OPERATOR, ROOT
from tests.fakes.stores import a_store

JURISDICTION = "tangerangkota.go.id"


class Service:
    """The running service: where it is, a key for it, and the room behind it."""

    def __init__(self, doors: Doors) -> None:
        self.root = f"{doors.options.base_url}/open311/v2"
        self.key = doors.database.write(lambda c: add_key(c, "warga", (Scope.SUBMIT, Scope.UPDATES), utc_now(), ADMIN))[1]
        self._doors = doors

    def act(self, report: str, *actions: Any) -> None:
        for action in actions:
            self._doors.database.write(lambda c, action=action: self._doors.reports.act(c, report, action, OPERATOR))


@pytest.fixture
def service() -> Generator[Service]:
    listener = listen("127.0.0.1", 0)
    listener.listen()
    ended = threading.Event()

    async def run(doors: Doors) -> None:
        serving = asyncio.create_task(serve(build_app(doors), listener))
        await asyncio.to_thread(ended.wait)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    with tempfile.TemporaryDirectory() as folder, a_store() as database, listener:
        options = ApiOptions(pictures=Path(folder), base_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        doors = Doors(load_city(ROOT / "assets" / "cities" / "tangerang"), database, options, utc_now)
        thread = threading.Thread(target=lambda: asyncio.run(run(doors)))
        thread.start()
        try:
            yield Service(doors)
        finally:
            ended.set()
            thread.join()


class FixMyStreet:
    """Open311.pm's requests, by the Python library alone."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def _params(self, more: dict[str, Any]) -> str:
        return urlencode({"jurisdiction_id": JURISDICTION, "api_key": self._service.key} | more, doseq=True)

    def get(self, path: str, **params: Any) -> ElementTree.Element:
        with urlopen(f"{self._service.root}/{path}?{self._params(params)}", timeout=10) as answer:
            assert answer.headers["Content-Type"].startswith("application/xml")
            return ElementTree.fromstring(answer.read())

    def post(self, path: str, **form: Any) -> ElementTree.Element:
        asked = Request(f"{self._service.root}/{path}", data=self._params(form).encode(), method="POST")
        asked.add_header("Content-Type", "application/x-www-form-urlencoded")
        with urlopen(asked, timeout=10) as answer:
            return ElementTree.fromstring(answer.read())

    def report(self, **more: Any) -> str:
        form = {
            "service_code": "lampu_jalan", "lat": "-6.178123", "long": "106.630456", "first_name": "Siti", "last_name": "Rahayu",
            "email": "siti@example.org", "phone": "0812", "description": "title: Gelap\n\ndetail: Tiga lampu padam\r\n\nurl: http://fms/report/1\n",
            "attribute[title]": "Gelap", "attribute[description]": "Tiga lampu padam", "attribute[report_url]": "http://fms/report/1",
            "attribute[easting]": "123456", "attribute[northing]": "654321", "attribute[fixmystreet_id]": "1", "attribute[keadaan]": "padam",
        }  # fmt: skip
        found = self.post("requests.xml", **(form | more)).findtext("request/service_request_id")
        assert found
        return found


def test_fixmystreet_reports_follows_and_adds(service: Service) -> None:
    client = FixMyStreet(service)
    assert "lampu_jalan" in [
        one.findtext("service_code") for one in client.get("services.xml").findall("service") if one.findtext("metadata") == "true"
    ]
    meta = client.get("services/lampu_jalan.xml").findall("attributes/attribute")
    assert [(one.findtext("code"), one.findtext("variable"), one.findtext("required")) for one in meta] == [
        ("keadaan", "true", "false"), ("nomor_tiang", "true", "false"),
    ]  # fmt: skip
    assert [one.findtext("key") for one in meta[0].findall("values/value")] == ["padam", "berkedip", "menyala_siang", "tiang_rusak"]
    report = client.report()
    assert client.report() == report, "its daemon sends again what it heard no answer to"
    assert client.get(f"tokens/{report}.xml").findtext("request/service_request_id") == report
    with pytest.raises(HTTPError) as refused:
        client.report(**{"attribute[keadaan]": "biru"})
    with refused.value as answer:
        fault = ElementTree.fromstring(answer.read())
    assert (fault.tag, fault.findtext("error/code")) == ("errors", "400") and "keadaan" in (fault.findtext("error/description") or "")

    service.act(report, Forward(agency="perkim"), Accept(), Decline(answer="Lampu ini milik provinsi"))
    window = [(utc_now() + timedelta(hours=hours)).replace(microsecond=0).isoformat() for hours in (-4, 1)]
    updates = client.get("servicerequestupdates.xml", start_date=window[0], end_date=window[1]).findall("request_update")
    assert [(one.findtext("service_request_id"), one.findtext("status"), one.findtext("description")) for one in updates] == [
        (report, "FOR_TRIAGE", "Laporan diterima"), (report, "OPEN", "Diteruskan ke dinas yang berwenang"), (report, "IN_PROGRESS", "Sedang dikerjakan"),
        (report, "NOT_COUNCILS_RESPONSIBILITY", "Lampu ini milik provinsi"),
    ]  # fmt: skip
    assert all(datetime.fromisoformat(one.findtext("updated_datetime") or "").tzinfo for one in updates)
    assert len({one.findtext("update_id") for one in updates}) == 4

    word = {
        "updated_datetime": utc_now().isoformat(timespec="seconds"), "service_request_id": report, "status": "REOPEN", "update_id": "17",
        "email": "siti@example.org", "first_name": "Siti", "last_name": "Rahayu", "title": "MRS", "description": "Masih gelap",
    }  # fmt: skip
    first, again = (client.post("servicerequestupdates.xml", **word).findtext("request_update/update_id") for _ in range(2))
    assert first and first == again
    rows = client.get("requests.xml", service_request_id=report).findall("request")
    assert [(one.findtext("status"), one.findtext("status_notes")) for one in rows] == [("closed", "Di luar kewenangan kota")], (
        "a word changes no state"
    )


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_package_georeport_reads_all_it_can(service: Service, form: str) -> None:
    # It can only read: FixMyStreet sends.
    first, second = FixMyStreet(service).report(), FixMyStreet(service).report(service_code="banjir")
    client = GeoReport(service.root, jurisdiction=JURISDICTION, output_format=form)
    names = {one["service_code"]: one["service_name"] for one in client.get_service_list()}
    assert names["lampu_jalan"] == "Lampu jalan padam" and len(names) > 20
    definition: Any = client.get_service_definition("lampu_jalan")
    assert definition["service_code"] == "lampu_jalan" and "keadaan" in str(definition["attributes"])
    assert {one["service_request_id"] for one in client.get_service_requests()} == {first, second}
    day = (utc_now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(client.get_service_requests(status="open", start_date=day, service_code="banjir,lampu_jalan")) == 2
    one = client.get_service_request(second)
    assert (one["service_request_id"], one["status"], one["service_code"], one["status_notes"]) == (
        second,
        "open",
        "banjir",
        "Laporan diterima",
    )
    assert float(one["lat"]) == pytest.approx(-6.1781)
    assert "Siti" not in str(one) and "Tiga lampu" not in str(client.get_service_requests())
