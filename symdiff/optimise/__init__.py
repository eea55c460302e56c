"""Optimisers: a loss and its derivatives as functions of one flat vector, and SciPy's methods.

packing        named arrays as one flat vector, and back
problem        what is varied, the data, and expressions as functions of the flat vector
objective      a loss with its gradient, Hessian, and products with the Hessian
curvature      products with Hessians that are never built
constraints    comparisons as constraints and bounds
linearity      which expressions are proven to be linear
methods        what each of SciPy's methods takes
minimise       `sd.minimize`
least_squares  `sd.least_squares`
result         what is found, by variable
watch          progress on a terminal, callbacks, Ctrl-C
"""
