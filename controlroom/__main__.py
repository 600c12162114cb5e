"""``python -m controlroom``: the same as the command ``controlroom``."""

from controlroom.cli import main

main()
