"""The album: before and after photos of the simulated reports, drawn when first needed and known by content hash."""

from hashlib import sha256

from feeds.sim.photo_scenes import draw_photo


class AlbumClosed(Exception):
    """The simulation ends while photos are still being drawn."""


class Album:
    """Photos by SHA-256 (hex). The same seed, kind, variant and stage give the same picture and hash."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._digests: dict[tuple[str, int, str], str] = {}
        self._pictures: dict[str, bytes] = {}
        self._is_closed = False

    def close(self) -> None:
        """Draw no more: a thread that is at it ends at its next photo instead of holding up the process."""
        self._is_closed = True

    def photograph(self, category: str, variant: int, stage: str) -> str:
        """The hash of a photo of ``category``; ``stage``: before or after. Raises ``AlbumClosed``."""
        if self._is_closed:
            raise AlbumClosed
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
