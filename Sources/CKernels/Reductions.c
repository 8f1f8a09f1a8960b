// Sums over blocks of values, for accumulators. Eight lanes, added up in a fixed order and without fused
// multiply-adds: every instruction set gives the same bits.
#include <math.h>

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

typedef double lanes __attribute__((vector_size(64)));
typedef struct {
  lanes values[10];
} accumulators;

#define INLINE static inline __attribute__((always_inline))
#define LOAD(pointer, i)                                 \
  lanes pointer##_i;                                     \
  __builtin_memcpy(&pointer##_i, pointer + (i), sizeof pointer##_i)

INLINE void add_up(const accumulators *sums, int count, double *output) {
  for (int k = 0; k < count; k++) {
    lanes s = sums->values[k];
    output[k] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
  }
}

// A last, incomplete set of lanes: the rest is `filler`.
INLINE void load_tail(const double *x, size_t count, double filler, double *padded) {
  for (size_t j = 0; j < 8; j++) padded[j] = j < count ? x[j] : filler;
}

INLINE void extent_step(const double *x, size_t i, accumulators *sums, lanes *low, lanes *high) {
  LOAD(x, i);
  sums->values[0] += x_i;
  sums->values[1] += 0.0 * x_i;
  // Comparisons with NaN are false, so that it stays out; the sums tell of it.
  for (int j = 0; j < 8; j++) {
    (*low)[j] = x_i[j] < (*low)[j] ? x_i[j] : (*low)[j];
    (*high)[j] = x_i[j] > (*high)[j] ? x_i[j] : (*high)[j];
  }
}

INLINE void extent(const double *x, size_t count, double *output) {
  accumulators sums = {{{0}}};
  lanes low, high;
  for (int j = 0; j < 8; j++) low[j] = INFINITY, high[j] = -INFINITY;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) extent_step(x, i, &sums, &low, &high);
  double smallest = INFINITY, largest = -INFINITY, rest = 0, finite = 0;
  for (int j = 0; j < 8; j++) {
    smallest = low[j] < smallest ? low[j] : smallest;
    largest = high[j] > largest ? high[j] : largest;
  }
  for (; i < count; i++) {
    rest += x[i];
    finite += 0.0 * x[i];
    smallest = x[i] < smallest ? x[i] : smallest;
    largest = x[i] > largest ? x[i] : largest;
  }
  add_up(&sums, 2, output);
  output[0] += rest;
  output[1] += finite;
  output[2] = smallest;
  output[3] = largest;
}

INLINE void central_step(
    const double *x, size_t i, double center, double scale, accumulators *sums) {
  LOAD(x, i);
  lanes d = (x_i - center) * scale;
  lanes square = d * d;
  sums->values[0] += d;
  sums->values[1] += square;
  sums->values[2] += square * d;
  sums->values[3] += square * square;
}

INLINE void central_powers(
    const double *x, size_t count, double center, double scale, double *output) {
  accumulators sums = {{{0}}};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) central_step(x, i, center, scale, &sums);
  if (i < count) {
    double padded[8];
    load_tail(x + i, count - i, center, padded);
    central_step(padded, 0, center, scale, &sums);
  }
  add_up(&sums, 4, output);
}

INLINE void weighted_step(
    const double *w, const double *x, size_t i, double center, double scale,
    accumulators *sums) {
  LOAD(w, i);
  LOAD(x, i);
  lanes d = (x_i - center) * scale;
  lanes two = w_i * w_i, four = two * two;
  lanes square = d * d;
  lanes two_d = two * d, four_d = four * d;
  sums->values[0] += w_i;
  sums->values[1] += w_i * d;
  sums->values[2] += two;
  sums->values[3] += two_d;
  sums->values[4] += two_d * d;
  sums->values[5] += four;
  sums->values[6] += four_d;
  sums->values[7] += four_d * d;
  sums->values[8] += four_d * square;
  sums->values[9] += four * square * square;
}

INLINE void weighted_powers(
    const double *w, const double *x, size_t count, double center, double scale,
    double *output) {
  accumulators sums = {{{0}}};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) weighted_step(w, x, i, center, scale, &sums);
  if (i < count) {
    double weights[8], values[8];
    load_tail(w + i, count - i, 0, weights);
    load_tail(x + i, count - i, center, values);
    weighted_step(weights, values, 0, center, scale, &sums);
  }
  add_up(&sums, 10, output);
}

INLINE void products_step(
    const double *w, const double *x, double *product, size_t i, accumulators *sums) {
  LOAD(w, i);
  LOAD(x, i);
  lanes p = w_i * x_i;
  __builtin_memcpy(product + i, &p, sizeof p);
  sums->values[0] += w_i;
  sums->values[1] += p;
  for (int j = 0; j < 8; j++) p[j] = fabs(p[j]);
  sums->values[2] += p;
}

INLINE void products(
    const double *w, const double *x, double *product, size_t count, double *output) {
  accumulators sums = {{{0}}};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) products_step(w, x, product, i, &sums);
  if (i < count) {
    double weights[8], values[8], results[8];
    load_tail(w + i, count - i, 0, weights);
    load_tail(x + i, count - i, 0, values);
    products_step(weights, values, results, 0, &sums);
    for (size_t j = 0; i + j < count; j++) product[i + j] = results[j];
  }
  add_up(&sums, 3, output);
}

INLINE void pair_step(
    const double *w, const double *x, const double *y, size_t i, double x_center, double y_center,
    lanes *sum) {
  LOAD(w, i);
  LOAD(x, i);
  LOAD(y, i);
  *sum += w_i * (x_i - x_center) * (y_i - y_center);
}

INLINE void pair(
    const double *w, const double *x, const double *y, size_t count, double x_center,
    double y_center, double *output) {
  accumulators sums = {{{0}}};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) pair_step(w, x, y, i, x_center, y_center, &sums.values[0]);
  if (i < count) {
    double weights[8], xs[8], ys[8];
    load_tail(w + i, count - i, 0, weights);
    load_tail(x + i, count - i, x_center, xs);
    load_tail(y + i, count - i, y_center, ys);
    pair_step(weights, xs, ys, 0, x_center, y_center, &sums.values[0]);
  }
  add_up(&sums, 1, output);
}

INLINE size_t above(
    const double *x, size_t count, double threshold, int is_absolute, double *output) {
  size_t found = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    int any = 0;
    for (int j = 0; j < 8; j++) {
      any |= (is_absolute ? fabs(x[i + j]) : x[i + j]) > threshold;
    }
    if (!any) continue;
    for (int j = 0; j < 8; j++) {
      double value = is_absolute ? fabs(x[i + j]) : x[i + j];
      output[found] = value;
      found += value > threshold;
    }
  }
  for (; i < count; i++) {
    double value = is_absolute ? fabs(x[i]) : x[i];
    output[found] = value;
    found += value > threshold;
  }
  return found;
}

INLINE void log_ratios(
    double *target, const double *proposal, size_t count, long *zeros, long *bad) {
  long empty = 0, wrong = 0;
  for (size_t i = 0; i < count; i++) {
    double t = target[i], ratio = t - proposal[i];
    int is_empty = t == -INFINITY || ratio == -INFINITY;
    int is_wrong = !is_empty && !(t < INFINITY && ratio < INFINITY);
    empty += is_empty;
    wrong += is_wrong;
    target[i] = is_empty ? -INFINITY : is_wrong ? t : ratio;
  }
  *zeros = empty;
  *bad = wrong;
}

#if defined(__x86_64__)
#define WIDE_512 __attribute__((target("avx512f,avx512dq")))
#define WIDE_256 __attribute__((target("avx2")))
#define DEFINE(name, parameters, arguments)                           \
  WIDE_512 static void name##_512 parameters { name arguments; }      \
  WIDE_256 static void name##_256 parameters { name arguments; }      \
  static void name##_portable parameters { name arguments; }          \
  void ck_##name parameters {                                         \
    switch (ck_best_instruction_set()) {                              \
      case CK_AVX512: name##_512 arguments; return;                   \
      case CK_AVX2: name##_256 arguments; return;                     \
      default: name##_portable arguments;                             \
    }                                                                 \
  }
#else
#define DEFINE(name, parameters, arguments) \
  void ck_##name parameters { name arguments; }
#endif

#if defined(__x86_64__)
WIDE_512 static size_t above_512(
    const double *x, size_t count, double threshold, int is_absolute, double *output) {
  return is_absolute ? above(x, count, threshold, 1, output)
                     : above(x, count, threshold, 0, output);
}
#endif

size_t ck_above(
    const double *x, size_t count, double threshold, int is_absolute, double *output) {
#if defined(__x86_64__)
  if (ck_best_instruction_set() == CK_AVX512) {
    return above_512(x, count, threshold, is_absolute, output);
  }
#endif
  return is_absolute ? above(x, count, threshold, 1, output)
                     : above(x, count, threshold, 0, output);
}

DEFINE(extent, (const double *x, size_t count, double *output), (x, count, output))
DEFINE(
    central_powers, (const double *x, size_t count, double center, double scale, double *output),
    (x, count, center, scale, output))
DEFINE(
    weighted_powers,
    (const double *w, const double *x, size_t count, double center, double scale, double *output),
    (w, x, count, center, scale, output))
DEFINE(
    products, (const double *w, const double *x, double *product, size_t count, double *output),
    (w, x, product, count, output))
DEFINE(
    pair,
    (const double *w, const double *x, const double *y, size_t count, double x_center,
     double y_center, double *output),
    (w, x, y, count, x_center, y_center, output))
DEFINE(
    log_ratios, (double *target, const double *proposal, size_t count, long *zeros, long *bad),
    (target, proposal, count, zeros, bad))
