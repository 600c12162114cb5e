"""Settings: an unknown key is an error naming the key; secrets are never shown."""

from pathlib import Path

import pytest

from controlroom.settings import Settings, SettingsError, load_settings


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


def test_secrets_are_masked_when_settings_are_shown() -> None:
    url = "redis://front:geheim@127.0.0.1/0"
    shown = Settings(redis_url=url, redis_wall_url=url, media_key="geheim").shown()
    assert "geheim" not in str(shown)
    assert shown["namespace"] == "live"
