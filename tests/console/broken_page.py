"""A page that cannot be built."""

from controlroom.console.page import DeskContext, Page


class BrokenOnPurpose(Page):
    def __init__(self, ctx: DeskContext) -> None:
        super().__init__(ctx)
        raise ValueError("on purpose")
