"""Ways in: each turns something that people write into a node."""
