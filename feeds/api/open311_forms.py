"""What the forms of the Open311 door may hold, for its OpenAPI document. Checks nothing: ``feeds.api.open311_intake`` does."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from feeds.api.open311_intake import MOST

_UPDATE = ("api_key", "service_request_id", "update_id", "status", "description")


def _form(names: Sequence[str], required: Sequence[str], *, has_files: bool) -> RequestBody:
    fields = {name: Schema(type=OpenAPIType.STRING, max_length=MOST.get(name)) for name in names}
    files = {"media": Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))}

    def media(properties: dict[str, Schema]) -> OpenAPIMediaType:
        return OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT, properties={**properties}, required=list(required)))

    return RequestBody(
        content={
            "application/x-www-form-urlencoded": media(fields),
            "multipart/form-data": media(fields | files if has_files else fields),
        },
        required=True,
    )


@dataclass
class TakeOperation(Operation):
    """A citizen's report."""

    def __post_init__(self) -> None:
        self.request_body = _form(tuple(MOST), ("service_code",), has_files=True)


@dataclass
class UpdateOperation(Operation):
    """A word from outside about a report."""

    def __post_init__(self) -> None:
        self.request_body = _form(_UPDATE, ("service_request_id",), has_files=False)
