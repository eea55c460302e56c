"""Sparse Jacobians and Hessians: patterns from the graph, colouring, compressed evaluation."""
