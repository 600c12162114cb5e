"""The doors' own address and the mirror's: which a request comes from, by which cookie it is known, and where a browser makes passkeys."""

from typing import Any

import pytest
from litestar import Request

from feeds.api.doors import ApiOptions
from feeds.api.places import Place, brought, mirror_place, place_of
from feeds.identity.passkeys import origin_of


def options(base: str = "https://laporan.test", mirror: str = "https://cermin.test", tmp: Any = "x") -> ApiOptions:
    return ApiOptions(pictures=tmp, base_url=base, is_secure=base.startswith("https"), mirror_url=mirror)


def request(origin: str | None = None, cookies: dict[str, str] | None = None, key: str | None = None) -> Any:
    headers = {name: value for name, value in (("Origin", origin), ("X-Mirror-Key", key)) if value is not None}
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw, "state": {}}
    return Request(scope)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Cermin.Example.go.id:443/", "https://cermin.example.go.id"), ("http://cermin.test:80", "http://cermin.test"),
        ("https://cermin.test:8443/a/b", "https://cermin.test:8443"), ("http://[::1]:8312", "http://[::1]:8312"),
        ("http://127.0.0.1:8311", "http://127.0.0.1:8311"),
    ],
)  # fmt: skip
def test_an_origin_is_what_a_browser_says(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_request_is_the_mirrors_by_its_origin_alone() -> None:
    both = options()
    assert place_of(request("https://cermin.test"), both) == mirror_place(both) == Place("https://cermin.test", True)
    for other in (
        None,
        "",
        "null",
        "https://cermin.test.evil.test",
        "https://cermin.test:444",
        "http://cermin.test",
        "https://laporan.test",
    ):
        assert place_of(request(other), both).url == "https://laporan.test", other
    assert place_of(request("https://laporan.test"), options(mirror="")).url == "https://laporan.test"


def test_a_cookie_of_the_mirror_needs_its_header_and_each_place_its_own_name() -> None:
    secure = options(base="http://127.0.0.1:8311")
    cookies = {"live_room": "desk", "__Host-live_room": "phone"}
    assert brought(request(cookies=cookies), secure) == ("live_room", "desk")
    assert brought(request(cookies=cookies, key="x"), secure) == ("__Host-live_room", "phone")
    assert brought(request(cookies={"live_room": "desk"}, key="x"), secure) == ("live_room", "desk")
    plain = options(mirror="http://127.0.0.1:8312")
    assert brought(request(cookies=cookies), plain) == ("__Host-live_room", "phone"), "at a desk over TLS no other name counts"
    assert brought(request(cookies={"live_room": "planted"}), plain) == ("__Host-live_room", "")
    assert brought(request(cookies={"live_room": "x" * 129}), secure).token == ""


@pytest.mark.parametrize(
    ("url", "makes"),
    [
        ("https://cermin.test", True), ("http://localhost:8312", True), ("http://mirror.localhost", True), ("http://cermin.test", False),
        ("http://127.0.0.1:8312", False), ("https://192.0.2.7", False), ("https://[2001:db8::1]", False),
    ],
)  # fmt: skip
def test_browsers_make_passkeys_over_tls_and_for_a_name(url: str, makes: bool) -> None:
    assert Place(url, url.startswith("https")).has_passkeys is makes
