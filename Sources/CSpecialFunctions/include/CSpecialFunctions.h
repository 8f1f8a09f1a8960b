// Special functions of Boost.Math, as C. An argument outside the domain gives NaN, an overflow an
// infinity; nothing throws and nothing aborts.
#ifndef CSPECIALFUNCTIONS_H
#define CSPECIALFUNCTIONS_H

#ifdef __cplusplus
extern "C" {
#endif

double csf_log_gamma(double x);
double csf_digamma(double x);
double csf_trigamma(double x);
// The derivative of that order of the digamma function.
double csf_polygamma(int order, double x);
// Gamma(a) / Gamma(a + delta).
double csf_gamma_ratio(double a, double delta);
// Regularised incomplete gamma functions P and Q, and the x for which they are p or q.
double csf_gamma_p(double a, double x);
double csf_gamma_q(double a, double x);
double csf_gamma_p_inverse(double a, double p);
double csf_gamma_q_inverse(double a, double q);
// Regularised incomplete beta function, its complement, and the x for which they are p or q; then
// *complement is 1 - x without cancellation.
double csf_beta(double a, double b, double x);
double csf_beta_complement(double a, double b, double x);
double csf_beta_inverse(double a, double b, double p, double *complement);
double csf_beta_complement_inverse(double a, double b, double q, double *complement);
double csf_erf_inverse(double p);
double csf_erfc_inverse(double q);
double csf_owens_t(double h, double a);
// exp(-x) I_n(x) for x >= 0 and n = 0, 1.
double csf_scaled_bessel_i(int order, double x);

// log(x) - y and exp(a + b c), rounded once where long double is longer than double.
double csf_log_difference(double x, double y);
double csf_exp_sum(double a, double b, double c);

#ifdef __cplusplus
}
#endif

#endif
