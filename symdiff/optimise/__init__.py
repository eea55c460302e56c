"""Optimisers: a loss and its derivatives as functions of one flat vector, and SciPy's methods.

packing        named arrays as one flat vector, and back
problem        what is varied, the data, and expressions as functions of the flat vector
formulas       what is derived and compiled of a loss, whatever the data
objective      a loss with its gradient, Hessian, and products with the Hessian
curvature      products with Hessians that are never built
bounds         the least and largest values of variables
constraints    comparisons as constraints
jacobians      expressions as a vector, with its Jacobian
outside        points where a loss or a constraint has no value
linearity      which expressions are proven to be linear
methods        what each of SciPy's methods takes
minimise       `sd.minimize`
least_squares  `sd.least_squares`
starting       starts at which something is not finite
result         what is found, by variable
watch          progress on a terminal, callbacks, Ctrl-C
"""
