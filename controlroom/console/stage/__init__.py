"""Page Dinding: what the wall shows, what it would show, and the one way from the second to the first."""
