"""Camera passwords: from a private file only, sent to the hosts they are for alone, and never in a message."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlroom.live.credentials import CameraCredentials, CredentialsError, LoginRefused, Place, read_credentials


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "cameras.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_entries_are_found_by_name(tmp_path: Path) -> None:
    found = read_credentials(written(tmp_path, 'gate-1 = { login = "view:s3/cr@et:x", at = "10.0.0.7" }\n'))
    assert found.address("rtsp://10.0.0.7/live?x=1", "gate-1") == "rtsp://view:s3%2Fcr%40et%3Ax@10.0.0.7:554/live?x=1"
    assert found.address("rtsp://10.0.0.7/live", "gate-2") == "rtsp://10.0.0.7/live"
    assert found.address("rtsp://10.0.0.7/live", None) == "rtsp://10.0.0.7/live"
    assert "s3" not in repr(found)
    assert read_credentials(None).address("rtsp://h/", "gate-1") == "rtsp://h/"


@pytest.mark.parametrize(
    ("at", "url", "is_sent"),
    [
        ('"10.0.0.7"', "rtsp://10.0.0.7/a", True),
        ('"10.0.0.7"', "http://10.0.0.7:8080/a", True),
        ('"10.0.0.7"', "rtsp://10.0.0.8/a", False),
        ('"10.0.0.7:8554"', "rtsp://10.0.0.7:8554/a", True),
        ('"10.0.0.7:8554"', "rtsp://10.0.0.7/a", False),
        ('"rtsp://10.0.0.7"', "rtsp://10.0.0.7:554/a", True),
        ('"rtsp://10.0.0.7"', "rtsp://10.0.0.7:8554/a", False),
        ('"rtsp://10.0.0.7"', "http://10.0.0.7:554/a", False),
        ('"rtsp://10.0.0.7:8554/path"', "rtsp://10.0.0.7:8554/other", True),
        ('["10.0.0.6", "Kamera.Kota.go.id"]', "https://kamera.kota.GO.ID/a", True),
        ('"kamera.kota.go.id"', "https://kamera.kota.go.id.evil.example/a", False),
        ('"kamera.kota.go.id"', "https://evil.example/kamera.kota.go.id", False),
        ('"kamera.kota.go.id"', "https://kamera.kota.go.id@evil.example/a", False),
        ('"kamera.kota.go.id"', "https://kamera.kota.go.id:x@evil.example/a", False),
        ('"kamera.kota.go.id"', "https://evil.example\\\\@kamera.kota.go.id/a", True),
        ('"kamera.kota.go.id"', "https://kamera.kota.go.id\\\\.evil.example/a", False),
        ('"kamera.kota.go.id"', "file://kamera.kota.go.id/etc", False),
        ('"kamera.kota.go.id"', "https://kamera.kota.go.id:99999/a", False),
        ('"[fd00::7]"', "rtsp://[fd00::7]:8554/a", True),
        ('"[fd00::7]"', "rtsp://[fd00::8]/a", False),
    ],
)
def test_a_login_goes_only_where_the_file_says(tmp_path: Path, at: str, url: str, is_sent: bool) -> None:
    found = read_credentials(written(tmp_path, f'gate-1 = {{ login = "view:s3cret", at = {at} }}\n'))
    if is_sent:
        address = found.address(url, "gate-1")
        authority = address.split("/")[2]
        assert authority.startswith("view:s3cret@")
        assert authority.count("@") == 1
        return
    with pytest.raises(LoginRefused) as caught:
        found.address(url, "gate-1")
    assert "s3cret" not in str(caught.value)


@given(st.text(max_size=60), st.sampled_from(["rtsp://", "http://", "//", ""]))
def test_no_address_of_a_message_brings_the_login_elsewhere(rest: str, scheme: str) -> None:
    found = CameraCredentials({"gate-1": ("view:s3cret", (Place("cam.example"),))})
    try:
        address = found.address(scheme + rest, "gate-1")
    except LoginRefused:
        return
    authority = address.split("://", 1)[1].split("/")[0].split("?")[0].split("#")[0]
    assert authority.partition("@")[2].partition(":")[0] == "cam.example"


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ('gate-1 = { login = "view:s3cret", at = "h" }\n', 0o644, "chmod 600"),
        ('gate-1 = "view:s3cret"\n', 0o600, "gate-1: a login is bound to the hosts"),
        ("gate-1 = 3\n", 0o600, "gate-1: a login"),
        ('gate-1 = { login = "s3cret", at = "h" }\n', 0o600, "gate-1: login must be"),
        ('gate-1 = { login = "view:s3cret" }\n', 0o600, "gate-1: a login is bound"),
        ('gate-1 = { login = "view:s3cret", at = [] }\n', 0o600, "gate-1: `at` is empty"),
        ('gate-1 = { login = "view:s3cret", at = ["h", "ftp://h"] }\n', 0o600, "gate-1: place 2 of `at`"),
        ('gate-1 = { login = "view:s3cret", at = "a b" }\n', 0o600, "gate-1: place 1 of `at`"),
        ('gate-1 = { login = "view:s3cret", at = "h:port" }\n', 0o600, "gate-1: place 1 of `at`"),
        ('gate-1 = { login = "view:s3cret", at = "h", host = "h" }\n', 0o600, "gate-1: a login"),
        ("= s3cret", 0o600, "TOML"),
    ],
)
def test_a_wrong_file_is_refused_without_telling_the_secret(tmp_path: Path, text: str, mode: int, says: str) -> None:
    with pytest.raises(CredentialsError, match=says) as caught:
        read_credentials(written(tmp_path, text, mode))
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
