"""The widgets all pages of the console share, drawn in its own look. Knows no page, no doors and no bus."""
