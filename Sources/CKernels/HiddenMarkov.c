#include <math.h>
#include <string.h>

#include "CKernels.h"

static double log_sum(const double *x, int32_t stride, int32_t count) {
  double largest = -INFINITY, sum = 0;
  for (int32_t k = 0; k < count; k++)
    if (x[k * stride] > largest || isnan(x[k * stride])) largest = x[k * stride];
  if (isinf(largest) || isnan(largest)) return largest;
  for (int32_t k = 0; k < count; k++) sum += exp(x[k * stride] - largest);
  return largest + log(sum);
}

// The same sums of logarithms: slow, but nothing underflows.
static void in_logarithms(
    const double *initial, const double *transition, const double *emissions, int32_t states,
    int32_t steps, double *output, double *scratch) {
  size_t n = (size_t)states, total = n * (size_t)steps;
  double *from_initial = output + 1, *from_transition = from_initial + n;
  double *from_emissions = from_transition + n * n;
  double *alpha = scratch, *beta = scratch + total, *terms = beta + total;
  for (size_t k = 0; k < n; k++) alpha[k] = initial[k] + emissions[k];
  for (size_t t = 1; t < (size_t)steps; t++)
    for (size_t k = 0; k < n; k++) {
      for (size_t j = 0; j < n; j++) terms[j] = alpha[(t - 1) * n + j] + transition[j * n + k];
      alpha[t * n + k] = log_sum(terms, 1, states) + emissions[t * n + k];
    }
  double value = log_sum(alpha + total - n, 1, states);
  output[0] = value;
  memset(from_transition, 0, n * n * sizeof(double));
  for (size_t k = 0; k < n; k++) beta[total - n + k] = 0;
  for (size_t t = (size_t)steps - 1; t > 0; t--)
    for (size_t j = 0; j < n; j++) {
      for (size_t k = 0; k < n; k++)
        terms[k] = transition[j * n + k] + emissions[t * n + k] + beta[t * n + k];
      for (size_t k = 0; k < n; k++) {
        double joint = exp(alpha[(t - 1) * n + j] + terms[k] - value);
        // No path leads through a place of probability zero.
        if (joint == joint) from_transition[j * n + k] += joint;
      }
      beta[(t - 1) * n + j] = log_sum(terms, 1, states);
    }
  for (size_t i = 0; i < total; i++) {
    double share = exp(alpha[i] + beta[i] - value);
    from_emissions[i] = share == share ? share : 0;
  }
  memcpy(from_initial, from_emissions, n * sizeof(double));
}

void ck_hidden_markov(
    const double *initial, const double *transition, const double *emissions, int32_t states,
    int32_t steps, double *output, double *scratch) {
  size_t n = (size_t)states, total = n * (size_t)steps;
  double *from_initial = output + 1, *from_transition = from_initial + n;
  double *from_emissions = from_transition + n * n;
  // Probabilities: of transitions, of emissions beside the largest of their step, and the shares of the
  // states given what came before; and what the step's sum was.
  double *moves = scratch, *weights = moves + n * n, *shares = weights + total;
  double *sums = shares + total, *ahead = sums + steps, *next = ahead + n;
  double value = 0;
  ck_exp(transition, moves, n * n);
  for (size_t t = 0; t < (size_t)steps; t++) {
    double largest = -INFINITY;
    for (size_t k = 0; k < n; k++)
      if (emissions[t * n + k] > largest) largest = emissions[t * n + k];
    if (isinf(largest)) largest = 0;
    value += largest;
    for (size_t k = 0; k < n; k++) weights[t * n + k] = emissions[t * n + k] - largest;
  }
  ck_exp(weights, weights, total);
  ck_exp(initial, next, n);
  double smallest = INFINITY;
  int is_lost = 0;
  for (size_t t = 0; t < (size_t)steps; t++) {
    const double *before = t == 0 ? shares : shares + (t - 1) * n;
    double *now = shares + t * n, sum = 0;
    for (size_t k = 0; k < n; k++) {
      double arriving = 0;
      // Whether a path leads here, however unlikely.
      int can_be = 0;
      if (t == 0) {
        arriving = next[k];
        can_be = initial[k] > -INFINITY;
      } else {
        for (size_t j = 0; j < n; j++) {
          arriving += before[j] * moves[j * n + k];
          can_be |= before[j] > 0 && transition[j * n + k] > -INFINITY;
        }
      }
      now[k] = arriving * weights[t * n + k];
      if (can_be && emissions[t * n + k] > -INFINITY && !(now[k] > 1e-250)) is_lost = 1;
      sum += now[k];
    }
    sums[t] = sum;
    if (!(sum >= smallest)) smallest = sum;
    double inverse = 1 / sum;
    for (size_t k = 0; k < n; k++) now[k] *= inverse;
  }
  // A state whose share was lost may be the likeliest later on.
  if (is_lost || !(smallest > 1e-280 && smallest < INFINITY)) {
    in_logarithms(initial, transition, emissions, states, steps, output, scratch);
    return;
  }
  memset(from_transition, 0, n * n * sizeof(double));
  for (size_t k = 0; k < n; k++) ahead[k] = 1;
  for (size_t t = (size_t)steps; t-- > 0;) {
    for (size_t k = 0; k < n; k++) {
      // What no path leads to counts for nothing.
      if (!(shares[t * n + k] > 0)) ahead[k] = 0;
      from_emissions[t * n + k] = shares[t * n + k] * ahead[k];
    }
    if (t == 0) break;
    double inverse = 1 / sums[t];
    for (size_t k = 0; k < n; k++) next[k] = weights[t * n + k] * ahead[k] * inverse;
    for (size_t j = 0; j < n; j++) {
      double sum = 0, share = shares[(t - 1) * n + j];
      for (size_t k = 0; k < n; k++) {
        double through = moves[j * n + k] * next[k];
        sum += through;
        from_transition[j * n + k] += share * through;
      }
      ahead[j] = sum;
    }
  }
  memcpy(from_initial, from_emissions, n * sizeof(double));
  ck_log(sums, sums, (size_t)steps);
  for (size_t t = 0; t < (size_t)steps; t++) value += sums[t];
  output[0] = value;
}

size_t ck_hidden_markov_scratch(int32_t states, int32_t steps) {
  size_t n = (size_t)states, total = n * (size_t)steps;
  return n * n + 2 * total + (size_t)steps + 3 * n;
}
