"""What the doctor says of the bus and of camera logins: over the way the wall takes, and never a secret."""

from pathlib import Path

import pytest

from controlroom.cli.doctor import Finding, examine
from controlroom.settings import Settings
from feeds.bus.connection import parse_address
from feeds.bus.embedded import EmbeddedRedis
from tests.bus.test_bus_doors import certificates, tls_port, tls_server
from tests.fakes.authority import Authority, TlsSource

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


def test_the_mirrors_certificate_must_be_one_that_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known, strange = Authority(tmp_path / "known"), Authority(tmp_path / "strange")
    monkeypatch.setenv("SSL_CERT_FILE", str(known.file))
    monkeypatch.setattr("controlroom.cli.doctor._is_own_machine", lambda _: False)
    for signer, state in ((known, "ok"), (strange, "fail")):
        with TlsSource(signer.context_for("localhost")) as source:
            finding = found("mirror", Settings(city=CITY, mirror_url=source.url))
            assert finding.state == state, finding
    assert found("mirror", Settings(city=CITY, mirror_url=source.url)).state == "warn", "nobody listens there any more"
