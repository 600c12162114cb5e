"""What a titled panel says when it has nothing to show: one calm line in the middle of its room, never a blank."""

from collections.abc import Callable

from feeds.messages.freshness import Freshness
from widgets.kit.canvas import CENTRE, Canvas


def draw_nothing(canvas: Canvas, freshness: Freshness, words: str, tr: Callable[[str], str], *, waiting: str = "") -> None:
    """Writes ``words``, or what is waited for while nothing has arrived yet, in at most two lines."""
    if freshness is Freshness.WAITING:
        words = waiting or tr("Menunggu data")
    size, width = canvas.type.body, canvas.width - 2 * canvas.padding
    lines = canvas.wrap(words, size, width, 2 if canvas.height - canvas.content_top >= 120 else 1)
    top = canvas.content_top + max(0.0, (canvas.height - canvas.content_top - 52 * len(lines)) / 2 - 8)
    for line in lines:
        canvas.text(canvas.width / 2, top, line, size, canvas.colours.ink3, align=CENTRE, max_width=width)
        top += 52
