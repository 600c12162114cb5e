"""What a page must know of its city, once: names, codes and the map's layers. Nothing else of the city folder leaves the room."""

from typing import Any

import msgspec

from feeds.messages.city import City


def city_config(city: City) -> bytes:
    """JSON as ``CityConfig`` of the page's contract.ts has it. The background map is not relayed."""
    described: dict[str, Any] = {
        "code": city.code,
        "name": city.name,
        "room": city.room,
        "time_zone": city.time_zone,
        "zone_label": city.zone_label,
        "language": city.language,
        "bbox": city.bbox,
        "attribution": city.attribution,
        "districts": [{"code": one.code, "name": one.name, "lon": one.label_lon, "lat": one.label_lat} for one in city.districts],
        "agencies": city.agencies,
        "categories": [{"code": one.code, "names": one.names, "agency": one.agency} for one in city.categories],
        "layers": city.map_layers,
        "labels": city.map_labels,
        "base": None,
    }
    return msgspec.json.encode(described)
