"""Which addresses a mirror's window takes, and what its page may ask for."""

import pytest

from controlroom.mirror_window.address import BadAddress, mirror_address


def test_an_address_is_the_origin_and_an_invitation_keeps_its_token() -> None:
    plain = mirror_address("https://Cermin.example.go.id/anything?x=1")
    assert plain.home == plain.first == "https://cermin.example.go.id/"
    invited = mirror_address(" https://cermin.example.go.id:8443/#masuk=abc_DEF-1 ")
    assert invited.first == "https://cermin.example.go.id:8443/#masuk=abc_DEF-1"
    assert invited.home == "https://cermin.example.go.id:8443/"
    assert invited.key != plain.key
    assert mirror_address("http://127.0.0.1:8312").home == "http://127.0.0.1:8312/"
    assert mirror_address("http://[::1]:8312").home == "http://[::1]:8312/"


@pytest.mark.parametrize(
    "text",
    ["", "cermin.example.go.id", "ftp://x", "http://cermin.example.go.id", "https://user:secret@x.id", "https://x.id:99999", "https://["],
)
def test_what_is_no_mirror_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        mirror_address(text)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("https://cermin.example.go.id/view/config.json", True),
        ("https://cermin.example.go.id:443/", True),
        ("wss://cermin.example.go.id/live", True),
        ("blob:https://cermin.example.go.id/1b2c", True),
        ("http://cermin.example.go.id/", False),
        ("ws://cermin.example.go.id/live", False),
        ("https://cermin.example.go.id:8443/", False),
        ("https://cermin.example.go.id.evil.id/", False),
        ("https://cermin.example.go.id@evil.id/", False),
        ("https://evil.id/#https://cermin.example.go.id/", False),
        ("blob:https://evil.id/1", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("https://cermin.example.go.id:bad/", False),
    ],
)
def test_only_the_mirrors_own_origin_may_be_asked(url: str, is_allowed: bool) -> None:
    assert mirror_address("https://cermin.example.go.id").allows(url) is is_allowed
