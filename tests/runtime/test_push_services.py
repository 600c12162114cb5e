"""One ring at a push service: what is sent and nothing else, whom it may be sent to, and what is made of every answer."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.identity import push, push_keys
from feeds.identity.push import PushProblem, Subscription
from feeds.identity.push_keys import PushKey, PushKeyProblem, generated, read_key
from feeds.runtime.push_services import MOST_ATTEMPTS, NotPublic, Outcome, Place, PushServices, Rung, public_place
from feeds.runtime.reaching import trust
from tests.fakes.authority import Authority
from tests.fakes.push_service import HOST, Browser, PushService
from tests.fakes.raw_source import ConnectProxy

KEY = read_key(generated(), "mailto:ruang@tangerang.example")
BROWSER = Browser()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    authority = Authority(tmp_path / "ca")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with PushService(authority.context_for(HOST), BROWSER) as running:
        yield running


def ring(subscription: Subscription, **how: Any) -> Rung:
    async def run() -> Rung:
        services = PushServices(KEY, **{"within_s": 1_800.0, "trusted": trust(), "wait_s": 0.01} | how)
        try:
            return await services.ring(subscription)
        finally:
            await services.aclose()

    return asyncio.run(run())


def test_a_ring_carries_one_constant_word_and_proves_who_rings(service: PushService) -> None:
    assert ring(BROWSER.subscription(), resolve=service.resolve) == Rung(Outcome.RUNG)
    (call,) = service.calls
    assert call.word == b"open", "nothing of what happened leaves the room"
    assert set(call.headers) == {
        "Host", "Accept", "Accept-Encoding", "Connection", "User-Agent", "Authorization", "TTL", "Urgency", "Topic", "Content-Encoding",
        "Content-Type", "Content-Length",
    }  # fmt: skip
    said = {name: call.headers[name] for name in ("Host", "TTL", "Urgency", "Topic", "Content-Encoding")}
    assert said == {"Host": HOST, "TTL": "1800", "Urgency": "high", "Topic": "emergency", "Content-Encoding": "aes128gcm"}
    assert (call.key, call.claims["aud"], call.claims["sub"]) == (KEY.public, f"https://{HOST}", "mailto:ruang@tangerang.example")
    assert 0 < call.claims["exp"] - time.time() <= 24 * 3_600
    assert set(call.claims) == {"aud", "sub", "exp"}


def test_a_certificate_for_another_name_is_not_rung(service: PushService) -> None:
    rung = ring(Browser(host="other.example.com").subscription(), resolve=service.resolve, timeout_s=5.0)
    assert rung.outcome is Outcome.FAILED and not service.calls


@pytest.mark.parametrize(("status", "outcome"), [(200, Outcome.RUNG), (404, Outcome.GONE), (410, Outcome.GONE), (403, Outcome.FAILED)])
def test_what_an_answer_means(service: PushService, status: int, outcome: Outcome) -> None:
    service.answers["hp"] = [(status, {})]
    assert ring(BROWSER.subscription(), resolve=service.resolve).outcome is outcome
    assert len(service.calls) == 1


def test_a_redirect_is_not_followed(service: PushService) -> None:
    service.answers["hp"] = [(307, {"Location": f"https://{HOST}/wpush/hp"})]
    assert ring(BROWSER.subscription(), resolve=service.resolve) == Rung(Outcome.FAILED, f"{HOST} answered HTTP 307")
    assert len(service.calls) == 1


def test_a_busy_service_is_asked_again_when_it_says_so(service: PushService) -> None:
    service.answers["hp"] = [(503, {}), (429, {"Retry-After": "1"}), (500, {})]
    assert ring(BROWSER.subscription(), resolve=service.resolve).outcome is Outcome.RUNG
    assert len(service.calls) == 4
    first, second, third, _ = (call.at for call in service.calls)
    assert third - second >= 1.0 > second - first


def test_who_asks_for_more_time_than_there_is_or_stays_away_is_given_up(service: PushService) -> None:
    service.answers["hp"] = [(429, {"Retry-After": "3600"})]
    assert ring(BROWSER.subscription(), resolve=service.resolve) == Rung(Outcome.FAILED, f"{HOST} answered HTTP 429")
    assert len(service.calls) == 1
    service.answers["hp"] = [(500, {})] * 50
    assert ring(BROWSER.subscription(), resolve=service.resolve) == Rung(Outcome.FAILED, f"{HOST} answered HTTP 500")
    assert len(service.calls) == 1 + MOST_ATTEMPTS


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "0.0.0.0"]
)
@pytest.mark.parametrize("beside", [(), ("8.8.8.8",)])
def test_a_name_that_leads_into_a_private_network_is_not_rung(
    monkeypatch: pytest.MonkeyPatch, service: PushService, address: str, beside: tuple[str, ...]
) -> None:
    def answered(host: str, port: int, *more: Any, **named: Any) -> list[Any]:
        assert host == HOST
        family = socket.AF_INET6
        return [(family, socket.SOCK_STREAM, 6, "", (one, port)) for one in (*beside, address)]

    asked: list[httpx.Request] = []
    monkeypatch.setattr(socket, "getaddrinfo", answered)
    monkeypatch.setattr(httpx.AsyncClient, "send", lambda _, request, **more: asked.append(request))
    with pytest.raises(NotPublic):
        asyncio.run(public_place(HOST))
    assert ring(BROWSER.subscription()) == Rung(Outcome.FAILED, f"{HOST} leads into a private network: not asked")
    assert not asked


def test_what_is_asked_is_the_number_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert asyncio.run(public_place(HOST)) == ("8.8.8.8", 443)
    found.pop()
    assert asyncio.run(public_place(HOST)) == ("2606:4700::1", 443)


def test_behind_a_proxy_the_name_is_the_proxys_to_look_up(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(host: str) -> Place:
        raise AssertionError(host)

    with ConnectProxy(service.server_address[1]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert ring(BROWSER.subscription(), resolve=unknown) == Rung(Outcome.RUNG)
        assert proxy.asked == [f"CONNECT {HOST}:443"] and len(service.calls) == 1
        monkeypatch.setenv("NO_PROXY", "example.com")
        assert ring(BROWSER.subscription(), resolve=service.resolve) == Rung(Outcome.RUNG)
        assert len(proxy.asked) == 1, "a number has no name by which the environment could know it"


HOSTS = st.from_regex(r"[a-z0-9-]{1,10}(\.[a-z0-9-]{1,70}){1,3}\.?", fullmatch=True) | st.text(
    st.characters(min_codepoint=33, max_codepoint=126), max_size=30
)
PATHS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(host=HOSTS, path=PATHS)
def test_whatever_endpoint_is_taken_is_rung_or_told_to_be_none(service: PushService, host: str, path: str) -> None:
    """Over the real client, with a certificate that proves none of these names: nothing may end whoever rings."""
    try:
        taken = push.read("d", f"https://{host}/{path}", BROWSER.told["p256dh"], BROWSER.told["auth"])
    except PushProblem:
        return
    rung = ring(taken, resolve=service.resolve, within_s=0.0, timeout_s=5.0)
    assert rung.outcome is Outcome.FAILED and rung.reason
    assert "/" not in rung.reason, "an endpoint is a secret"


_OF_A_KEY = generated()


# Names of their own: each process of a run makes another key.
@pytest.mark.parametrize(
    "text",
    ["", "x", "A" * 42, "A" * 43, "_" * 43, "A" * 44, _OF_A_KEY + "=", _OF_A_KEY[:-1]],
    ids=[f"text {number}" for number in range(8)],
)
def test_what_is_no_key_is_told_without_the_key(text: str) -> None:
    with pytest.raises(PushKeyProblem) as problem:
        read_key(text, KEY.contact)
    assert len(text) < 8 or text not in str(problem.value)


@pytest.mark.parametrize(
    "contact",
    ["", "ruang@tangerang.example", "mailto:ruang", "mailto:a@b c.d", "http://a.example", "https://localhost", "https://a.example:1/x"],
)
def test_a_contact_is_an_address_somebody_reads(contact: str) -> None:
    with pytest.raises(PushKeyProblem, match="push_contact"):
        read_key(generated(), contact)


def test_a_key_is_made_read_and_never_shown() -> None:
    text = generated()
    key = read_key(text, "https://cermin.example.go.id")
    assert isinstance(key, PushKey) and text not in repr(key) and generated() != text
    assert len(push_keys.decoded(key.public) or b"") == 65 and read_key(text, key.contact).public == key.public
