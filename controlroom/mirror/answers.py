"""A file as it is answered: packed as the browser takes it, and not at all where it has the very same."""

from typing import Any

from litestar import Request, Response

from controlroom.mirror.addresses import header_of
from controlroom.mirror.pages import PageFile


def file_answer(request: Request[Any, Any, Any], file: PageFile) -> Response[bytes]:
    headers = {"ETag": file.etag, "Cache-Control": file.caching, "Vary": "Accept-Encoding"}
    if header_of(request.scope["headers"], b"if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers)
    encoding, content = file.best(header_of(request.scope["headers"], b"accept-encoding"))
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(content, headers=headers, media_type=file.kind)
