"""The album: before and after photos of the simulated reports, drawn when first needed and known by content hash."""

from hashlib import sha256

from feeds.sim.photo_scenes import draw_photo


class Album:
    """Photos by SHA-256 (hex). The same seed, kind, variant and stage give the same picture and hash."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._digests: dict[tuple[str, int, str], str] = {}
        self._pictures: dict[str, bytes] = {}

    def photograph(self, category: str, variant: int, stage: str) -> str:
        """The hash of a photo of ``category``; ``stage``: before or after."""
        key = (category, variant, stage)
        if key not in self._digests:
            picture = draw_photo(category, variant, stage, seed=self._seed)
            digest = sha256(picture).hexdigest()
            self._digests[key] = digest
            self._pictures[digest] = picture
        return self._digests[key]

    def picture(self, digest: str) -> bytes | None:
        """The JPEG of that hash, ``None`` when no report has it."""
        return self._pictures.get(digest)
