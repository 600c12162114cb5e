"""The mayor's mirrored view: a service that reads the bus and shows it to invited people in a browser. Holds no database."""
