"""What may be asked at a door is in its documentation, for nobody to try out by OPTIONS."""

import re

import httpx

from tests.api.test_hostile import City, in_city


def test_no_door_answers_options() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        paths = {re.sub(r"\{[^}]*\}", "x", route.path_format) for route in city.app.routes}
        answered = {path: (await browser.request("OPTIONS", path)).status_code for path in paths}
        assert len(answered) > 40
        assert {path: status for path, status in answered.items() if status not in (404, 405)} == {}
        assert 405 in answered.values()

    in_city(story)
