"""What the Open311 door works with, in one piece: beside a second dependency Litestar starts a task for each at every request."""

from typing import NamedTuple

from feeds.api.doors import Doors
from feeds.api.open311_callers import Keys
from feeds.api.open311_pictures import ReportPictures


class Parts(NamedTuple):
    """One of each for all requests."""

    doors: Doors
    pictures: ReportPictures
    keys: Keys
