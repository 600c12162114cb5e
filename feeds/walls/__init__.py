"""What walls show by whose decision, and what the desks hand to each other. Units of work; knows no door."""
