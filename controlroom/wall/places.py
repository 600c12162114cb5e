"""Column and row of each screen on the desktop: pure arithmetic over areas that need not be of one size nor aligned."""

from collections.abc import Sequence

Area = tuple[int, int, int, int]
"""x, y, width, height in pixels of the desktop."""
Span = tuple[int, int]
"""From, until."""


def places_of(areas: Sequence[Area]) -> list[tuple[int, int]]:
    """(column, row) of each area, in the order given.

    Screens stand in one row when they share more than half of their height, so a shorter one may hang or stand lower; the fullest
    row gives the columns, and a narrower screen belongs to the column it covers most of. The desktop is read by rows and by columns,
    and the reading that needs fewer places holds.
    """
    across = [(x, x + width) for x, _, width, _ in areas]
    down = [(y, y + height) for _, y, _, height in areas]
    rows, columns = _strips(down), _strips(across)
    by_rows = list(zip(_ranks(across, rows), rows, strict=True))
    by_columns = list(zip(columns, _ranks(down, columns), strict=True))
    return min(by_rows, by_columns, key=_waste)


def _waste(places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Screens that share a place, then places in all."""
    return len(places) - len(set(places)), len({c for c, _ in places}) * len({r for _, r in places})


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _strips(spans: Sequence[Span]) -> list[int]:
    """The strip of each span: those that share more than half of the smaller one."""
    strips: list[Span] = []
    found = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: spans[i]):
        span = spans[index]
        half = [2 * _shared(span, strip) > min(span[1] - span[0], strip[1] - strip[0]) for strip in strips]
        if True not in half:
            strips.append(span)
        found[index] = half.index(True) if True in half else len(strips) - 1
    return found


def _ranks(spans: Sequence[Span], strips: Sequence[int]) -> list[int]:
    """The place of each span within its strip, counted in the strip that has most of them."""
    if not spans:
        return []
    by_strip = {strip: sorted((i for i, of in enumerate(strips) if of == strip), key=lambda i: spans[i]) for strip in sorted(set(strips))}
    # The fullest; of those the longest, under which shorter ones slip.
    fullest = max(by_strip.values(), key=lambda members: (len(members), sum(spans[i][1] - spans[i][0] for i in members)))
    anchors = [spans[i] for i in fullest]
    chosen: dict[int, int] = {}
    for members in by_strip.values():
        mine: dict[int, int] = {}
        for index in members:
            free = [a for a in range(len(anchors)) if a not in mine.values()]
            best = max(range(len(anchors)), key=lambda a: (_shared(spans[index], anchors[a]), a in free))
            if not _shared(spans[index], anchors[best]):
                anchors.append(spans[index])
                best = len(anchors) - 1
            mine[index] = best
        if len(set(mine.values())) < len(mine) <= len(anchors):
            # Packed beside each other under wider ones they slip to the left of their columns: their order counts.
            order = sorted(range(len(anchors)), key=lambda a: anchors[a])
            mine = dict(zip(members, order, strict=False))
        chosen |= mine
    order = sorted(range(len(anchors)), key=lambda a: anchors[a])
    return [order.index(chosen[index]) for index in range(len(spans))]
