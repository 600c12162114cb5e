"""What the forms and answers of the Open311 door may hold, for its OpenAPI document. Checks nothing: ``feeds.api.open311_intake`` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from feeds.api.georeport_words import Fault
from feeds.api.open311_intake import MOST

MOST_OF_UPDATE = {
    "api_key": 200, "service_request_id": 64, "update_id": 200, "status": 40, "description": 3_900, "media_url": 2_000,
    "jurisdiction_id": 200,
}  # fmt: skip
"""Characters of each field."""

MOST_OF_A_FORM = 25 * 1024 * 1024
"""Bytes of a report or an update with its pictures; without pictures ``feeds.api.form_parts`` stops much earlier."""

_REASONS = {
    400: "What is wrong with the request",
    403: "The key is missing or not good for this",
    404: "It is not known",
    413: "It is too large",
    429: "The key comes too often; Retry-After says when again",
}


def answers(kind: Any, *faults: int, status: int = 200) -> dict[int, ResponseSpec]:
    """What a door answers. A door that makes something says 200 to the same request sent again."""
    good = {one: ResponseSpec(kind, description="What was asked for", generate_examples=False) for one in {200, status}}
    return good | {one: ResponseSpec(list[Fault], description=_REASONS[one], generate_examples=False) for one in faults}


def _form(most: Mapping[str, int], required: Sequence[str]) -> RequestBody:
    fields = {name: Schema(type=OpenAPIType.STRING, max_length=length) for name, length in most.items()}
    files = {"media": Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))}

    def media(properties: dict[str, Schema]) -> OpenAPIMediaType:
        return OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT, properties={**properties}, required=list(required)))

    return RequestBody(
        content={
            "application/x-www-form-urlencoded": media(fields),
            "multipart/form-data": media(fields | files),
        },
        required=True,
    )


@dataclass
class TakeOperation(Operation):
    """A citizen's report."""

    def __post_init__(self) -> None:
        self.request_body = _form(MOST, ("service_code",))


@dataclass
class UpdateOperation(Operation):
    """A word from outside about a report."""

    def __post_init__(self) -> None:
        self.request_body = _form(MOST_OF_UPDATE, ("service_request_id",))
