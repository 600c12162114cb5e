"""What every answer carries, whoever made it: what a browser may do with it, and that nothing of the room is kept."""

from collections.abc import Sequence
from typing import Any

from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.socket import Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; worker-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; manifest-src 'self'; frame-src 'self'; frame-ancestors {ancestors}; base-uri 'none'; form-action 'none'"
)
_OFF = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen",
    "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_OWN = ("fullscreen", "screen-wake-lock", "publickey-credentials-get", "publickey-credentials-create")
"""A television shows the mirror full screen and must not fall asleep; passkeys are of this page."""

_PERMISSIONS = ", ".join([*(f"{name}=()" for name in _OFF if name not in _OWN), *(f"{name}=(self)" for name in _OWN)])

PIECES = "/assets/"
"""Where the build puts scripts, styles and fonts."""

FRAMED = "/map.html"
"""The one page that stands inside another of ours."""


def headers_for(path: str, *, is_secure: bool, scripts: Sequence[str] = ()) -> dict[str, str]:
    """By lower-case name. ``scripts``: digests of what runs in the page itself, as ``Pages.scripts`` has them."""
    named = "".join(f" '{digest}'" for digest in scripts) if path == "/" else ""
    return {
        "content-security-policy": _POLICY.format(scripts=named, ancestors="'self'" if path == FRAMED else "'none'"),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
        # These two bind documents alone; a piece of the page is none, and comes over slow links.
        **({} if path.startswith(PIECES) else {"cross-origin-opener-policy": "same-origin", "permissions-policy": _PERMISSIONS}),
        **({"strict-transport-security": "max-age=31536000"} if is_secure else {}),
    }


class Guarded:
    """Wraps an application; what it says of caching itself stands."""

    def __init__(self, app: Any, options: MirrorOptions, scripts: Sequence[str]) -> None:
        self._app = app
        self._scripts = scripts
        self._is_secure = options.is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        more = headers_for(scope["path"], is_secure=self._is_secure, scripts=self._scripts)

        async def send_guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = list(message["headers"])
                names = {name.lower() for name, _ in own}
                own += [(name.encode(), value.encode()) for name, value in more.items() if name.encode() not in names]
                message = message | {"headers": own}
            await send(message)

        await self._app(scope, receive, send_guarded)
