"""How the book moves: roll rates, vintage, cures, flows, concentration, by month and segment."""
