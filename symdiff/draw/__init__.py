"""Pictures of graphs: what is computed, and what differentiation appends to it."""
