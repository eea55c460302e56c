"""SymPy both ways."""
