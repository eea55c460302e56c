"""From a graph to NumPy source, by way of a straight-line program."""
