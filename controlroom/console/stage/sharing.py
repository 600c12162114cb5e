"""The one desk of the walls that all pages of a window look at: made by the first who asks, closed by the last who lets go."""

from controlroom.console.page import DeskContext
from controlroom.console.stage.desk import StageDesk

_KEY, _COUNT = "stage", "stage.users"


def stage_of(ctx: DeskContext) -> StageDesk:
    """Call ``let_go`` when done with it."""
    if _KEY not in ctx.shared:
        ctx.shared[_KEY] = StageDesk(ctx, ctx.make_stills(), ctx.stills_url)
    ctx.shared[_COUNT] = ctx.shared.get(_COUNT, 0) + 1
    return ctx.shared[_KEY]


def let_go(ctx: DeskContext) -> None:
    ctx.shared[_COUNT] -= 1
    if ctx.shared[_COUNT] == 0:
        stage: StageDesk = ctx.shared.pop(_KEY)
        stage.close()
        stage.deleteLater()
