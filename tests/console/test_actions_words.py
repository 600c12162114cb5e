"""What happened to a report is said in words, whoever did it: a person, a source, another application."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from controlroom.console.reports.actions_words import KIND_WORDS, happened
from controlroom.texts import translator
from feeds.messages.actions import AnyAction
from feeds.messages.desk import Happening
from tests.console.desk_server import CITY

ROOT = Path(__file__).resolve().parents[2]


def event(kind: str, **more: Any) -> Happening:
    fields: dict[str, Any] = {"role": "collector", "actor": "x", "before": None, "after": "working", "reason": None, "body": {}, **more}
    return Happening(revision=1, kind=kind, at=datetime(2026, 11, 26, tzinfo=UTC), **fields)


def test_every_kind_the_program_writes_has_words() -> None:
    steps = {str(action.__struct_config__.tag) for action in get_args(AnyAction)}
    code = "\n".join(path.read_text() for folder in ("reports", "api") for path in sorted((ROOT / "feeds" / folder).glob("*.py")))
    # As the code writes them beside the steps: a kind by name, in SQL, or as a constant.
    named = set(re.findall(r'kind="(\w+)"|"kind": "(\w+)"|_KIND = "(\w+)"|None, "(received)"', code))
    written = {name for names in named for name in names if name}
    assert {"observed", "attached", "received", "outside_update"} <= written
    assert not (steps | written) - KIND_WORDS.keys()


@pytest.mark.parametrize(("language", "said"), [("id", "Kabar dari sumber: Dikerjakan"), ("en", "The source tells: In progress")])
def test_what_a_source_told_is_said_with_its_state(language: str, said: str) -> None:
    assert happened(event("observed"), CITY, language, translator(language)) == said


def test_what_another_application_wrote_is_shown() -> None:
    said = happened(event("outside_update", body={"text": "[open] masih tergenang"}), CITY, "id", translator("id"))
    assert said == "Kabar dari aplikasi lain: [open] masih tergenang"
