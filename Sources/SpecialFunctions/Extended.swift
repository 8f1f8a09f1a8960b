internal import CSpecialFunctions

/// log(x) - y with the logarithm rounded after the subtraction only (in long double).
package func logDifference(_ x: Double, _ y: Double) -> Double { csf_log_difference(x, y) }

/// exp(a + b c) with the sum rounded nowhere (in long double).
package func expSum(_ a: Double, _ b: Double, times c: Double) -> Double { csf_exp_sum(a, b, c) }
