"""Camera passwords: from a private file only, and never in a message."""

from pathlib import Path

import pytest

from controlroom.live.credentials import CredentialsError, read_credentials


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "cameras.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_entries_are_found_by_name(tmp_path: Path) -> None:
    found = read_credentials(written(tmp_path, 'gate-1 = "view:s3cret"\n'))
    assert found("gate-1") == "view:s3cret"
    assert found("gate-2") is None
    assert "s3cret" not in repr(found)
    assert read_credentials(None)("gate-1") is None


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [('gate-1 = "view:s3cret"\n', 0o644, "chmod 600"), ("gate-1 = 3\n", 0o600, "gate-1"), ('gate-1 = "s3cret"\n', 0o600, "gate-1"), ("= s3cret", 0o600, "TOML")],
)  # fmt: skip
def test_a_wrong_file_is_refused_without_telling_the_secret(tmp_path: Path, text: str, mode: int, says: str) -> None:
    with pytest.raises(CredentialsError, match=says) as caught:
        read_credentials(written(tmp_path, text, mode))
    assert "s3cret" not in str(caught.value)
