#include "CSpecialFunctions.h"

// Boost asserts what its first guesses should be; extreme parameters break that, and a wrong guess is
// found out by whoever polishes it. Nothing may abort.
#define BOOST_DISABLE_ASSERTS
#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/owens_t.hpp>
#include <boost/math/special_functions/polygamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>

namespace {

namespace policies = boost::math::policies;

// Errors come back as NaN or infinity. Doubles are promoted to long double inside, Boost's default,
// which is where the last digits of the incomplete functions come from.
using Policy = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::underflow_error<policies::ignore_error>,
    policies::denorm_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>,
    policies::indeterminate_result_error<policies::ignore_error>>;

// Whatever a function throws in spite of the policy must not cross into C.
template <typename Function> double guarded(Function function) {
  try {
    return function(Policy());
  } catch (...) {
    return NAN;
  }
}

}  // namespace

extern "C" {

double csf_log_gamma(double x) {
  return guarded([=](auto policy) { return boost::math::lgamma(x, policy); });
}

double csf_digamma(double x) {
  return guarded([=](auto policy) { return boost::math::digamma(x, policy); });
}

double csf_trigamma(double x) {
  return guarded([=](auto policy) { return boost::math::trigamma(x, policy); });
}

double csf_gamma_ratio(double a, double delta) {
  return guarded([=](auto policy) { return boost::math::tgamma_delta_ratio(a, delta, policy); });
}

double csf_gamma_p(double a, double x) {
  return guarded([=](auto policy) { return boost::math::gamma_p(a, x, policy); });
}

double csf_gamma_q(double a, double x) {
  return guarded([=](auto policy) { return boost::math::gamma_q(a, x, policy); });
}

double csf_gamma_p_inverse(double a, double p) {
  return guarded([=](auto policy) { return boost::math::gamma_p_inv(a, p, policy); });
}

double csf_gamma_q_inverse(double a, double q) {
  return guarded([=](auto policy) { return boost::math::gamma_q_inv(a, q, policy); });
}

double csf_polygamma(int order, double x) {
  return guarded([=](auto policy) { return boost::math::polygamma(order, x, policy); });
}

double csf_beta(double a, double b, double x) {
  return guarded([=](auto policy) { return boost::math::ibeta(a, b, x, policy); });
}

double csf_beta_complement(double a, double b, double x) {
  return guarded([=](auto policy) { return boost::math::ibetac(a, b, x, policy); });
}

double csf_beta_inverse(double a, double b, double p, double *complement) {
  return guarded([=](auto policy) { return boost::math::ibeta_inv(a, b, p, complement, policy); });
}

double csf_beta_complement_inverse(double a, double b, double q, double *complement) {
  return guarded([=](auto policy) { return boost::math::ibetac_inv(a, b, q, complement, policy); });
}

double csf_erf_inverse(double p) {
  return guarded([=](auto policy) { return boost::math::erf_inv(p, policy); });
}

double csf_erfc_inverse(double q) {
  return guarded([=](auto policy) { return boost::math::erfc_inv(q, policy); });
}

double csf_owens_t(double h, double a) {
  return guarded([=](auto policy) { return boost::math::owens_t(h, a, policy); });
}

double csf_scaled_bessel_i(int order, double x) {
  // Past 700 the Bessel function overflows and the factor vanishes: the asymptotic series (DLMF
  // 10.40.1), whose terms fall by a factor of 1000.
  if (x > 500) {
    double mu = 4.0 * order * order, term = 1, sum = 1;
    for (int k = 1; k < 12; k++) {
      term *= -(mu - (2 * k - 1) * (2 * k - 1)) / (8.0 * k * x);
      sum += term;
    }
    return sum / std::sqrt(2 * M_PI * x);
  }
  return guarded(
      [=](auto policy) { return boost::math::cyl_bessel_i(order, x, policy) * std::exp(-x); });
}

double csf_log_difference(double x, double y) {
  return static_cast<double>(std::log(static_cast<long double>(x)) - y);
}

double csf_exp_sum(double a, double b, double c) {
  return static_cast<double>(std::exp(a + static_cast<long double>(b) * c));
}

}
