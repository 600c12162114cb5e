"""Settings: an unknown key is an error naming the key; secrets are never shown."""

from pathlib import Path

import pytest

from controlroom.settings import Settings, SettingsError, listen_address, load_settings


def test_file_then_environment_then_arguments(tmp_path: Path) -> None:
    path = tmp_path / "controlroom.toml"
    path.write_text('namespace = "sim"\nlanguage = "en"\nlayout = "siaga"\n')
    settings = load_settings(path, {"CONTROLROOM_LANGUAGE": "id", "HOME": "/"}, layout="harian", palette=None, city=tmp_path)
    assert settings.city == tmp_path
    assert (settings.namespace, settings.language, settings.layout, settings.palette) == ("sim", "id", "harian", "day")


@pytest.mark.parametrize(
    ("text", "environment", "says"),
    [
        ("lanquage = 'en'", {}, "lanquage"),
        ("", {"CONTROLROOM_LANQUAGE": "en"}, "CONTROLROOM_LANQUAGE"),
        ("namespace = 'prod'", {}, "namespace"),
        ("language = 'de'", {}, "language"),
        ("redis_url = 'http://x'", {}, "redis_url"),
        ("redis_wall_url = 'x'", {}, "redis_wall_url"),
        ("palette = 'pink'", {}, "palette"),
        ("doors_url = 'laporan.example.go.id'", {}, "doors_url"),
        ("doors_url = 'ftp://laporan.example.go.id'", {}, "doors_url"),
        ("log_level = 'loud'", {}, "log_level: 'loud' is none of debug, info, warning, error"),
        ("", {"CONTROLROOM_LOG_LEVEL": "loud"}, "log_level"),
        ("= 3", {}, "not valid TOML"),
        ("screen_saver = 'perhaps'", {}, "screen_saver"),
        ("stills_listen = '127.0.0.1'", {}, "stills_listen: '127.0.0.1' is no address"),
        ("stills_listen = '127.0.0.1:99999'", {}, "stills_listen"),
        ("stills_listen = 'me@127.0.0.1:80'", {}, "stills_listen"),
        ("stills_listen = '127.0.0.1:80/x'", {}, "stills_listen"),
        ("stills_listen = ':80'", {}, "stills_listen"),
        ("stills_key = 'short'", {}, "stills_key: at least 16"),
        ("stills_key = 'sixteen and a space'", {}, "stills_key"),
        ("", {"CONTROLROOM_STILLS_KEY": "bukan-huruf-biasa-é"}, "stills_key"),
        ("stills_url = 'http://127.0.0.1:80'", {}, "stills_url"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, environment: dict[str, str], says: str) -> None:
    path = tmp_path / "controlroom.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=says):
        load_settings(path, environment)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "no.toml", {})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:8500", ("::1", 8500)),
        ("0.0.0.0:8500", ("0.0.0.0", 8500)),
        ("wall.example:1", ("wall.example", 1)),
    ],
)
def test_where_stills_are_served(text: str, address: tuple[str, int]) -> None:
    assert listen_address(load_settings(None, {"CONTROLROOM_STILLS_LISTEN": text}).stills_listen) == address


def test_a_key_is_not_told_in_what_is_said_of_it() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(None, {"CONTROLROOM_STILLS_KEY": "ein geheimer Satz mit Luecken"})
    assert "geheim" not in str(refusal.value)


def test_secrets_are_masked_when_settings_are_shown() -> None:
    url = "redis://front:geheim@127.0.0.1/0"
    shown = Settings(redis_url=url, redis_wall_url=url, media_key="geheim", stills_key="geheim-und-lang-genug", push_key="geheim").shown()
    assert "geheim" not in str(shown)
    assert shown["namespace"] == "live"
