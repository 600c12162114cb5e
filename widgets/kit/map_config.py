"""What the map page is told once, before anything else: colours, sizes, the city and its layers, words. Pure; knows no page."""

from collections.abc import Callable
from typing import Any

import msgspec

from feeds.messages.city import City
from widgets.kit.palette import Theme

Seams = tuple[tuple[float, float, float, float], ...]


def map_config(
    city: City, theme: Theme, options: Any, scale: float, seams: Seams, token: str, language: str, tr: Callable[[str], str]
) -> bytes:
    """JSON as ``Config`` of contract.ts has it. ``options``: the map panel's; ``token``: what the page says everything under;
    ``language``: whose way of writing numbers it takes."""
    base = city.base_map
    attribution = "; ".join([city.attribution, *([base.attribution] if base is not None and options.base else [])])
    return msgspec.json.encode(
        {
            "token": token,
            "language": language,
            "unit": scale,
            "colours": theme.palette,
            "text_family": theme.text_family,
            "figure_family": theme.figure_family,
            "seams": seams,
            "city": {
                "bbox": city.bbox,
                "attribution": attribution,
                "layers": city.map_layers,
                "labels": city.map_labels,
                "districts": [{"code": d.code, "name": d.name, "lon": d.label_lon, "lat": d.label_lat} for d in city.districts],
                "base": base,
            },
            "options": options,
            "words": {
                "new": tr("Baru"), "forwarded": tr("Diteruskan"), "working": tr("Dikerjakan"), "done": tr("Selesai"),
                "declined": tr("Di luar kewenangan"), "pinless": tr("Tanpa pin"), "cameras": tr("Kamera"),
                "officers": tr("Petugas di tugas"), "incident": tr("Insiden"), "hazard": tr("Peringatan"),
                "loading": tr("memuat peta"),
            },
        }
    )  # fmt: skip
