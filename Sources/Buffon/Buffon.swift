// `import Buffon` is all that a program needs.
@_exported import Approximation
@_exported import Densities
@_exported import Diagnostics
@_exported import Differentiation
@_exported import Distributions
@_exported import Estimation
@_exported import Execution
@_exported import GSL
@_exported import LinearAlgebra
@_exported import Optimization
@_exported import Randomness
@_exported import Regression
@_exported import Reporting
