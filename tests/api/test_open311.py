"""LAKSA's door, as an independent client meets it: what it takes, what it refuses and in which words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from feeds.identity.keys import Scope
from feeds.readers.georeport import Kind, read_document
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import BASE, GOOD, Reporter, Town, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

MARKED: dict[str, Any] = {"first_name": "MARK-A", "last_name": "MARK-B", "phone": "MARK-C", "email": "MARK-D", "device_id": "MARK-E", "account_id": "MARK-F",
          "description": "MARK-G", "address_string": "MARK-H", "attribute[warna]": "MARK-I"}  # fmt: skip


def at_the_door(story: Callable[[Reporter], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town() as town:
            await story(Reporter(town))

    asyncio.run(main())


def problems(answer: Any) -> list[str]:
    """Errors are a list of code and description; the code is the status."""
    assert all(one["code"] == answer.status_code and one["description"] for one in answer.json()), answer.text
    return [one["problem"] for one in answer.json()]


def test_a_report_is_kept_whole_and_told_without_its_person() -> None:
    async def story(reporter: Reporter) -> None:
        answer = await reporter.send(**MARKED)
        assert answer.status_code == 201
        (taken,) = answer.json()
        assert taken["account_id"] == "MARK-F"
        assert answer.headers["Location"] == f"http://testserver.local{BASE}/requests/{taken['service_request_id']}.json", "no secret"
        row = reporter.row(taken["service_request_id"])
        assert (row["description"], row["address"], row["attributes"]) == ("MARK-G", "MARK-H", {"warna": "MARK-I"})
        assert (row["channel"], row["state"], row["is_outside"], row["district"]) == ("laksa", "new", False, "36.71.01")
        assert [value for name, value in reporter.persons()[0].items() if name != "report"] == [f"MARK-{letter}" for letter in "ABCDEF"]
        for path in ("requests.json", "requests.xml", f"requests/{row['id']}.json", "servicerequestupdates.xml", f"tokens/{row['id']}"):
            for extensions in ("true", "false"):
                said = await reporter.get(path, extensions=extensions)
                assert row["id"] in said.text
                assert "MARK" not in said.text, path
        page = await reporter.town.client.get(taken["status_url"])
        assert row["id"] in page.text and "MARK" not in page.text

    at_the_door(story)


def test_the_wall_and_the_public_get_the_same_rounded_place() -> None:
    async def story(reporter: Reporter) -> None:
        await reporter.sent()
        (row,) = (await reporter.get("requests")).json()
        assert (row["lat"], row["long"]) == (-6.1781, 106.6305)
        assert (row["status"], row["service_name"], row["description"], row["media_url"]) == ("open", "Banjir", "Banjir", None)
        assert row["requested_datetime"] == "2026-11-26T09:00:00+07:00"
        assert "extended_attributes" not in row
        (row,) = (await reporter.get("requests", extensions="true")).json()
        assert row["extended_attributes"]["status"] == "FOR_TRIAGE"

    at_the_door(story)


def test_a_retry_is_one_report() -> None:
    async def story(reporter: Reporter) -> None:
        first = await reporter.send(headers={"Idempotency-Key": "k1"})
        again = await reporter.send(headers={"Idempotency-Key": "k1"})
        same = await reporter.send(description="dua")
        same_again = await reporter.send(description="dua")
        assert [one.status_code for one in (first, again, same, same_again)] == [201, 200, 201, 200]
        assert again.json()[0]["service_request_id"] == first.json()[0]["service_request_id"]
        assert again.json()[0]["status_url"] is not None, "the first answer may have been lost, and the link with it"
        other = await reporter.send(headers={"Idempotency-Key": "k1"}, description="lain")
        assert (other.status_code, other.json()[0]["problem"]) == (400, "key_used")
        assert len(reporter.rows()) == 2
        other = Reporter(reporter.town)
        assert (await other.send(headers={"Idempotency-Key": "k1"})).status_code == 201, "another sender's key is another request"

    at_the_door(story)


def test_the_same_words_with_another_picture_are_another_report() -> None:
    async def story(reporter: Reporter) -> None:
        files = [[("media", (f"{name}.png", content, "image/png")) for name, content in pair] for pair in (
            [("a", a_file()), ("b", a_file(kind="PNG"))], [("b", a_file(kind="PNG")), ("a", a_file())], [("a", a_file())], [],
        )]  # fmt: skip
        answers = [await reporter.send(files=sent or None) for sent in files]
        assert [one.status_code for one in answers] == [201, 200, 201, 201], "in another order it is the same"
        assert (await reporter.send(files=files[2])).status_code == 200
        # No address of the web: nothing is asked for it.
        answers = [await reporter.send(description="tautan", media_url=f"ftp://h/{name}.jpg") for name in "aba"]
        assert [one.status_code for one in answers] == [201, 201, 200], "a linked one counts too"

    at_the_door(story)


def test_every_value_of_a_field_counts() -> None:
    async def story(reporter: Reporter) -> None:
        many = {
            "attribute[a][]": ["satu", "dua"],
            "attribute[b]": ["x", "y"],
            "attribute[c]": "z",
            "attribute[d][]": "w",
            "attribute[e]": "",
        }
        report = await reporter.sent(**many)
        assert reporter.row(report)["attributes"] == {"a": ["satu", "dua"], "b": ["x", "y"], "c": "z", "d": ["w"]}
        report = await reporter.sent(**many, files=[("media", ("a.png", a_file(kind="PNG"), "image/png"))])
        assert reporter.row(report)["attributes"]["a"] == ["satu", "dua"]
        twice = await reporter.send(description=["Air naik", "Air surut"])
        assert (twice.status_code, problems(twice)) == (400, ["repeated_field"])
        assert (await reporter.send(description=["sama", "sama", ""])).status_code == 201, "said twice it is still one thing"
        six = await reporter.send(media_url=[f"ftp://h/{number}.jpg" for number in range(6)])
        assert (six.status_code, problems(six)) == (400, ["too_many_files"])

    at_the_door(story)


def test_a_file_named_as_rfc_5987_has_it_is_a_file() -> None:
    async def story(reporter: Reporter) -> None:
        fields = GOOD | {"api_key": reporter.key}
        parts = [f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
        head = b"--X\r\nContent-Disposition: form-data; name=media; filename*=UTF-8''f%C3%B6to.jpg\r\n\r\n"
        body = b"".join(parts) + head + a_file() + b"\r\n--X--\r\n"
        answer = await reporter.town.client.post(
            f"{BASE}/requests.json", content=body, headers={"Content-Type": "multipart/form-data; boundary=X"}
        )
        assert answer.status_code == 201, answer.text
        assert len(reporter.media()) == 1

    at_the_door(story)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"service_code": ""}, "no_service_code"),
    ({"service_code": "tidak_ada"}, "unknown_service_code"),
    ({"lat": "", "long": ""}, "no_place"),
    ({"lat": ""}, "half_position"),
    ({"long": " "}, "half_position"),
    ({"lat": "0", "long": "0.0"}, "zero_position"),
    ({"lat": "106.63", "long": "-6.178"}, "swapped_position"),
    ({"lat": "91", "long": "10"}, "bad_position"),
    ({"lat": "10", "long": "-181"}, "bad_position"),
    ({"lat": "nan"}, "bad_number"),
    ({"lat": "1e999"}, "bad_number"),
    ({"lat": "-6,178"}, "bad_number"),
    ({"lat": "1_0"}, "bad_number"),
    ({"lat": "١"}, "bad_number"),
    ({"description": "x" * 4_001}, "too_long"),
    ({"phone": "0" * 65}, "too_long"),
    ({"attribute[a]": "x" * 1_001}, "too_long"),
]


def test_bad_values_are_refused_in_words() -> None:
    async def story(reporter: Reporter) -> None:
        for fields, problem in REFUSED:
            answer = await reporter.send(**fields)
            assert (answer.status_code, problems(answer)) == (400, [problem]), fields
        assert not reporter.rows()
        assert "exchanged" in (await reporter.send(lat="106.63", long="-6.178")).text
        in_xml = etree.fromstring((await reporter.send(path="requests.xml", lat="nan")).content)
        assert [in_xml.tag, in_xml[0].tag, in_xml.findtext("error/code")] == ["errors", "error", "400"]
        taken: tuple[dict[str, Any], ...] = (
            {"description": "x" * 4_000},
            {"lat": "", "long": "", "address_string": "Pasar Anyar"},
            {"lat": "", "long": "", "address_id": "7"},
        )
        for good in taken:
            assert (await reporter.send(**good)).status_code == 201, good

    at_the_door(story)


def test_another_citys_place_is_taken_and_marked() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent(lat="-6.9", long="107.6")
        assert reporter.row(report)["is_outside"]
        assert (await reporter.get("requests", extensions="true")).json()[0]["extended_attributes"]["is_outside"]

    at_the_door(story)


def test_only_a_key_for_it_opens_the_door() -> None:
    async def story(reporter: Reporter) -> None:
        reader = Reporter(reporter.town, Scope.MEDIA)
        for key in ("", "lr_x", "' OR 1=1 --", reader.key, reporter.key[:-1] + ("A" if reporter.key[-1] != "A" else "B")):
            answer = await reporter.send(api_key=key)
            assert (answer.status_code, problems(answer)) == (403, ["bad_api_key"])
        assert not reporter.rows()
        for headers in ({"X-API-Key": reporter.key}, {"Authorization": f"Bearer {reporter.key}"}, {"api_key": reporter.key}):
            assert (await reporter.send(api_key="", headers=headers, description=str(headers))).status_code == 201

    at_the_door(story)


def test_forms_that_are_none() -> None:
    async def story(reporter: Reporter) -> None:
        client, url = reporter.town.client, f"{BASE}/requests.json"
        url_encoded = {"Content-Type": "application/x-www-form-urlencoded"}
        multipart = {"Content-Type": "multipart/form-data; boundary=X"}
        part = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        many = "&".join(f"a{number}=1" for number in range(201)).encode()
        for headers, body, status, problem in (
            ({"Content-Type": "application/json"}, b"{}", 400, "unsupported_type"),
            ({}, b"", 400, "unsupported_type"),
            (url_encoded, b"description=%ff%fe", 400, "bad_utf8"),
            (url_encoded, b"description=\xff", 400, "bad_utf8"),
            (url_encoded, many, 400, "too_many_fields"),
            (url_encoded, b"description=" + b"x" * 70_000, 413, "too_large"),
            ({"Content-Type": "multipart/form-data"}, b"", 400, "bad_form"),
            (multipart, b"", 400, "bad_form"),
            (multipart, b"nonsense", 400, "bad_form"),
            (multipart, part % (b"description", b"cut off"), 400, "bad_form"),
            (multipart, part % (b"description", b"\xff") + b"--X--\r\n", 400, "bad_utf8"),
            (multipart, part % (b"description", b"x" * 70_000) + b"--X--\r\n", 413, "too_large"),
            (multipart, part % (b"a", b"1") * 201 + b"--X--\r\n", 400, "too_many_fields"),
            (multipart, b"--X\r\n\r\nnameless\r\n--X--\r\n", 400, "bad_form"),
        ):
            answer = await client.post(url, content=body, headers=headers)
            assert (answer.status_code, problems(answer)) == (status, [problem]), (headers, body[:80])

    at_the_door(story)


def test_pictures_come_with_the_report_or_refuse_it() -> None:
    async def story(reporter: Reporter) -> None:
        files = [("media", ("a.jpg", a_file(), "image/jpeg")), ("media", ("b.exe", a_file(kind="PNG"), "text/plain"))]
        report = await reporter.sent(files=files, service_code="jalan_rusak", description="MARK")
        assert {one["report"] for one in reporter.media()} == {report}
        (row,) = (await reporter.get("requests")).json()
        picture = await reporter.town.client.get(row["media_url"])
        assert (picture.status_code, picture.headers["Content-Type"], picture.content[:2]) == (200, "image/jpeg", b"\xff\xd8")
        bad = await reporter.send(files=[("media", ("a.jpg", b"<script>", "image/jpeg"))], description="lain")
        assert bad.status_code == 201 and "Berkas 1" in bad.json()[0]["service_notice"]
        six = await reporter.send(files=[("media", (f"{n}.jpg", b"x", "image/jpeg")) for n in range(6)], description="enam")
        assert (six.status_code, problems(six)) == (400, ["too_many_files"])
        assert len(reporter.rows()) == 2

    at_the_door(story)


def test_a_picture_nobody_passed_stays_inside() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent(files=[("media", ("a.jpg", a_file(), "image/jpeg"))])
        (row,) = (await reporter.get("requests")).json()
        assert row["media_url"] is None
        kept = reporter.media()[0]["hash"]
        for path in (f"requests/{report}/photos/{kept}.jpg", f"requests/{report}/photos/..%2f{kept}", f"requests/nix/photos/{kept}.jpg"):
            assert (await reporter.get(path)).status_code == 404

    at_the_door(story)


def test_services_and_discovery() -> None:
    async def story(reporter: Reporter) -> None:
        for form in ("json", "xml"):
            kind, services = read_document((await reporter.get(f"services.{form}")).content)
            assert kind is Kind.SERVICES
            assert len(services) == len(reporter.town.doors.city.categories)
        assert (await reporter.get("services/banjir.json")).json() == {"service_code": "banjir", "attributes": []}
        assert etree.fromstring((await reporter.get("services/banjir.xml")).content).findtext("service_code") == "banjir"
        assert problems(await reporter.get("services/nix")) == ["unknown_service_code"]
        found = etree.fromstring((await reporter.get("discovery.xml")).content)
        assert found.findtext("contact") == "Call center 1500-293" and "Diskominfo" in (found.findtext("key_service") or "")
        assert found.findtext("endpoints/endpoint/url") == "http://testserver.local/open311/v2"
        assert [one.text for one in found.findall("endpoints/endpoint/formats/format")] == ["application/json", "application/xml"]

    at_the_door(story)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["service_code", "lat", "long", "description", "address_string", "address_id", "email", "phone", "attribute[a]", "jurisdiction_id"]
    )
    | TEXTS.filter(bool),
    TEXTS
    | st.sampled_from(
        ["banjir", "-6.178", "106.63", "0", "1e308", "-1e-99", "inf", "\0", "'; DROP TABLE reports--", "{{7*7}}", "\r\nX: y"]
    ),
    max_size=8,
)


@pytest.mark.slow
def test_whatever_is_sent_the_door_stands() -> None:
    async def ask(town: Town, fields: dict[str, str], headers: dict[str, str], body: bytes) -> None:
        reporter = Reporter(town)
        is_multipart = len(fields) % 2 == 1
        files = [("media", ("x", body, "image/png"))] if is_multipart else None
        answers = [
            await reporter.town.client.post(f"{BASE}/requests.xml", data={"api_key": reporter.key, **fields}, files=files, headers=headers)
        ]
        answers.append(
            await reporter.town.client.post(
                f"{BASE}/requests.json", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
            )
        )
        assert all(one.status_code in (200, 201, 400, 403, 404, 413) for one in answers), [one.text for one in answers]
        etree.fromstring(answers[0].content)

    async def main() -> None:
        async with a_town() as town:
            cases: list[tuple[dict[str, str], dict[str, str], bytes]] = []

            @settings(max_examples=80, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
            @given(FIELDS, st.dictionaries(st.just("Idempotency-Key"), st.text("ab\x7f ~", max_size=220)), st.binary(max_size=200))
            def draw(fields: dict[str, str], headers: dict[str, str], body: bytes) -> None:
                cases.append((fields, headers, body))

            draw()
            for case in cases:
                await ask(town, *case)

    asyncio.run(main())
