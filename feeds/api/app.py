"""Puts the doors together into one ASGI application. No logic of its own."""

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

from feeds.api.desk import Desk
from feeds.api.desk_figures import DeskFigures
from feeds.api.desk_steps import DeskSteps
from feeds.api.documented import Refusals, with_defaults
from feeds.api.doors import Doors
from feeds.api.errors import refuse_options
from feeds.api.handovers import Handovers
from feeds.api.health import health
from feeds.api.media import MediaController
from feeds.api.media_url import MediaFetcher
from feeds.api.open311 import open311_router
from feeds.api.open311_pictures import ReportPictures
from feeds.api.open311_speech import answer_anywhere
from feeds.api.presets import Presets
from feeds.api.sessions import provide_actor
from feeds.api.sign_in import identity_doors
from feeds.api.status_page import status_page
from feeds.api.sweeping import catching_up
from feeds.api.walls import Walls

MOST_BYTES = 1024 * 1024
"""Of one request; a door that takes pictures, or many steps at once, sets more of its own."""


def build_app(doors: Doors) -> Litestar:
    """The application of one city."""
    fetcher = MediaFetcher()
    return Litestar(
        route_handlers=_handlers(fetcher),
        lifespan=[lambda _: catching_up(ReportPictures(doors, fetcher))],
        dependencies={"doors": Provide(lambda: doors, sync_to_thread=False), "actor": Provide(provide_actor)},
        exception_handlers={Exception: answer_anywhere},
        before_request=refuse_options,
        before_send=[with_defaults],
        plugins=[Refusals()],
        # The document alone: every page around it that Litestar has loads its script from a third party.
        openapi_config=OpenAPIConfig(
            title=f"Live Room, {doors.city.name}", version="1", path="/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=MOST_BYTES,
        debug=False,
        logging_config=None,
    )


def _handlers(fetcher: MediaFetcher) -> list[ControllerRouterHandler]:
    """Every door, in the order of the documentation."""
    desk: list[ControllerRouterHandler] = [Desk, DeskSteps, DeskFigures, Walls, Presets, Handovers]
    return [MediaController, identity_doors(), open311_router(fetcher), status_page, *desk, health]
