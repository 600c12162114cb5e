"""What the doctor says of the bus and of camera logins: over the way the wall takes, and never a secret."""

import socket
from pathlib import Path

import pytest

from controlroom.cli.doctor import Finding, examine
from controlroom.settings import Settings
from feeds.bus.connection import parse_address
from feeds.bus.embedded import EmbeddedRedis
from tests.bus.test_bus_doors import certificates, tls_port, tls_server
from tests.fakes.authority import Authority, TlsSource
from tests.fakes.http_source import HttpSource

__all__ = ["certificates", "tls_port", "tls_server"]

CITY = Path(__file__).parents[1] / "cities" / "koeln"


@pytest.fixture(autouse=True)
def only_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other findings start processes of their own and are another test's."""
    for name in (
        "_python",
        "_pyside",
        "_libraries",
        "_display",
        "_graphics",
        "_fonts",
        "_web_pages",
        "_texts",
        "_disk",
        "_memory",
        "_city",
    ):
        monkeypatch.setattr(f"controlroom.cli.doctor.{name}", lambda _: Finding(name="other", state="ok", found=""))


def found(name: str, settings: Settings) -> Finding:
    return next(finding for finding in examine(settings) if finding.name == name)


def test_redis_behind_a_private_ca_is_asked_as_the_wall_asks_it(tls_server: EmbeddedRedis, tls_port: int, certificates: Path) -> None:
    password = parse_address(tls_server.url_for("front")).password
    by_name, by_other = (f"rediss://front:{password}@{host}:{tls_port}" for host in ("localhost", "127.0.0.2"))
    ca = certificates / "ca.crt"
    assert found("redis", Settings(city=CITY, redis_url=by_name, redis_ca=ca)).state == "ok"
    for settings in (Settings(city=CITY, redis_url=by_name), Settings(city=CITY, redis_url=by_other, redis_ca=ca)):
        finding = found("redis", settings)
        assert finding.state == "fail", finding
        assert "certificate" in finding.found.lower()
        assert "redis_ca" in (finding.remedy or "")
        assert str(password) not in str(finding)


def test_a_url_and_a_ca_that_are_none_are_named(tmp_path: Path) -> None:
    finding = found("redis", Settings(city=CITY, redis_url="rediss://front:geheim@h", redis_ca=tmp_path / "no.crt"))
    assert finding.state == "fail"
    assert "no.crt does not exist" in finding.found
    assert "geheim" not in str(finding)


def test_the_user_for_what_the_wall_says_must_be_that_user(certificates: Path) -> None:
    with EmbeddedRedis(namespace="live") as server:
        said = {
            user: found(
                "wall.state", Settings(city=CITY, redis_url=server.url_for("front"), redis_wall_url=server.url_for(user) if user else None)
            )
            for user in ("wall", "back", "")
        }
        other = found("wall.state", Settings(city=CITY, namespace="sim", redis_wall_url=server.url_for("wall")))
        assert server.url_for("wall").split(":")[2].split("@")[0] not in str(said)
    assert (said["wall"].state, said[""].state) == ("ok", "ok")
    assert said["back"].state == "warn"
    assert "may do more" in said["back"].found
    assert other.state == "warn", "the user of another namespace"


def logins(folder: Path, text: str) -> Path:
    path = folder / "cameras.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_camera_logins_are_held_against_the_citys_cameras(tmp_path: Path) -> None:
    city = tmp_path / "city"
    city.mkdir()
    for file in CITY.iterdir():
        if file.is_file():
            (city / file.name).write_bytes(file.read_bytes())
    camera = '\n[[cameras]]\nid = "k1"\nname = "K"\nowner = "x"\nkind = "rtsp"\nurl = "rtsp://10.0.0.7/a"\ncredential = "gate-1"\n'
    with (city / "city.toml").open("a") as file:
        file.write(camera)
    said = [
        found("camera logins", Settings(city=city, redis_url="redis://127.0.0.1:1", camera_credentials=path))
        for path in (
            None,
            logins(tmp_path, 'gate-1 = { login = "u:geheim", at = "10.0.0.8" }'),
        )
    ]
    assert [finding.state for finding in said] == ["warn", "warn"]
    assert "there is no login 'gate-1'" in said[0].found
    assert "k1: login 'gate-1' is not for rtsp://10.0.0.7:554" in said[1].found
    good = logins(tmp_path, 'gate-1 = { login = "u:geheim", at = "10.0.0.7" }')
    assert found("camera logins", Settings(city=city, redis_url="redis://127.0.0.1:1", camera_credentials=good)).state == "ok"
    bad = logins(tmp_path, 'gate-1 = "u:geheim"')
    finding = found("camera logins", Settings(city=city, redis_url="redis://127.0.0.1:1", camera_credentials=bad))
    assert finding.state == "fail"
    assert "geheim" not in str([*said, finding])


@pytest.mark.parametrize(
    ("url", "state", "says"),
    [
        (None, "ok", "not set"),
        ("http://localhost:8312", "ok", "this machine"),
        ("http://cermin.example.go.id", "fail", "not https"),
        ("https://10.1.2.3", "warn", "a number"),
        ("https://[2001:db8::1]:8443", "warn", "a number"),
    ],
)
def test_an_address_of_the_mirror_that_no_browser_makes_keys_for_is_named(url: str | None, state: str, says: str) -> None:
    finding = found("mirror", Settings(city=CITY, mirror_url=url))
    assert (finding.state, says in finding.found) == (state, True), finding


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """This machine believes it, and takes its own name for that of another machine."""
    known = Authority(tmp_path / "known")
    monkeypatch.setenv("SSL_CERT_FILE", str(known.file))
    monkeypatch.setattr("controlroom.cli.doctor._is_own_machine", lambda _: False)
    return known


@pytest.mark.parametrize(
    ("name", "days", "state", "says"),
    [
        ("localhost", 30, "ok", "its certificate is trusted"),
        ("localhost", -1, "fail", "certificate has expired"),
        ("cermin.example.go.id", 30, "fail", "certificate is not valid for 'localhost'"),
    ],
)
def test_the_mirrors_certificate_must_be_in_force_and_for_its_name(
    authority: Authority, name: str, days: float, state: str, says: str
) -> None:
    with TlsSource(authority.context_for(name, days=days)) as source:
        finding = found("mirror", Settings(city=CITY, mirror_url=source.url))
    assert (finding.state, says in finding.found) == (state, True), finding


@pytest.mark.usefixtures("authority")
def test_the_mirrors_certificate_must_be_one_that_is_trusted(tmp_path: Path) -> None:
    strange = Authority(tmp_path / "strange", "Another authority")
    for context, says in (
        (strange.context_for("localhost"), "unable to get local issuer"),
        (strange.signed_by_itself("localhost"), "self-signed"),
    ):
        with TlsSource(context) as source:
            finding = found("mirror", Settings(city=CITY, mirror_url=source.url))
            assert (finding.state, says in finding.found) == ("fail", True), finding
            assert "docs/mirror.md" in (finding.remedy or "")
    assert found("mirror", Settings(city=CITY, mirror_url=source.url)).state == "warn", "nobody listens there any more"


@pytest.mark.usefixtures("authority")
def test_what_speaks_no_tls_at_the_mirrors_address_is_named_and_what_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpSource() as plain:
        finding = found("mirror", Settings(city=CITY, mirror_url=f"https://localhost:{plain.server_address[1]}"))
        assert (finding.state, "speaks no TLS" in finding.found, "put TLS before it" in (finding.remedy or "")) == ("fail", True, True)
    monkeypatch.setattr("controlroom.cli.doctor.MIRROR_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        finding = found("mirror", Settings(city=CITY, mirror_url=f"https://localhost:{silent.getsockname()[1]}"))
        assert (finding.state, "does not answer: nothing within" in finding.found) == ("warn", True), finding
