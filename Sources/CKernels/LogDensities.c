#include <math.h>

#include "CKernels.h"
#include "InstructionSets.h"
#include "Lanes.h"

// Log densities of many values side by side. A result that needs more than the formula here is NaN, and
// a kernel returns whether there is one.

#define SMALLEST_NORMAL 0x1p-1022
#define LARGEST 0x1.fffffffffffffp1023

#define TARGET
#define NAME(f) f##_portable
#define WIDE 1
#define EXP8(x) \
  for (int lane = 0; lane < 8; lane++) (x)[lane] = PORTABLE(exp, u10)((x)[lane])
#include "LanesTemplate.h"
#include "LogDensitiesTemplate.h"

#if defined(__x86_64__)

WIDTH_256 static inline __attribute__((always_inline)) void exp_256(f64x8 *x) {
  __m256d half[2];
  memcpy(half, x, sizeof *x);
  half[0] = SLEEF_256(exp, u10, half[0]);
  half[1] = SLEEF_256(exp, u10, half[1]);
  memcpy(x, half, sizeof *x);
}

#define TARGET WIDTH_256
#define NAME(f) f##_256
#define WIDE 1
#define EXP8(x) exp_256(&(x))
#include "LanesTemplate.h"
#include "LogDensitiesTemplate.h"

#define TARGET WIDTH_512
#define NAME(f) f##_512
#define WIDE 4
#define EXP8(x) ((x) = (f64x8)SLEEF_512(exp, u10, (__m512d)(x)))
#include "LanesTemplate.h"
#include "LogDensitiesTemplate.h"

#define DISPATCH(set, function, ...)                              \
  if ((set) == CK_AVX512) return function##_512(__VA_ARGS__);      \
  if ((set) == CK_AVX2) return function##_256(__VA_ARGS__);        \
  return function##_portable(__VA_ARGS__)
#else
#define DISPATCH(set, function, ...) \
  (void)(set);                       \
  return function##_portable(__VA_ARGS__)
#endif

static int densities(
    enum ck_density density, enum ck_instruction_set set, const double *constants,
    const double *values, double *results, size_t count) {
  switch (density) {
    case CK_NORMAL_DENSITY: DISPATCH(set, normal, constants, values, results, count);
    case CK_STUDENT_T_DENSITY: DISPATCH(set, student_t, constants, values, results, count);
    case CK_EXPONENTIAL_DENSITY: DISPATCH(set, exponential, constants, values, results, count);
    case CK_UNIFORM_DENSITY: DISPATCH(set, uniform, constants, values, results, count);
    case CK_GAMMA_DENSITY: DISPATCH(set, gamma, constants, values, results, count);
    case CK_LARGE_GAMMA_DENSITY: DISPATCH(set, large_gamma, constants, values, results, count);
    case CK_LOG_NORMAL_DENSITY: DISPATCH(set, log_normal, constants, values, results, count);
    case CK_LAPLACE_DENSITY: DISPATCH(set, laplace, constants, values, results, count);
    case CK_LOGISTIC_DENSITY: DISPATCH(set, logistic, constants, values, results, count);
  }
  return 1;
}

int ck_log_densities(
    enum ck_density density, enum ck_instruction_set set, const double *constants,
    const double *values, double *results, size_t count) {
  return densities(density, set, constants, values, results, count);
}

void ck_log_add_exp(
    enum ck_instruction_set set, double offset, const double *terms, double *sums, size_t count) {
  DISPATCH(set, log_add_exp, offset, terms, sums, count);
}

void ck_scale(
    enum ck_instruction_set set, double factor, double offset, double largest, double *values,
    size_t count) {
  DISPATCH(set, scale, factor, offset, largest, values, count);
}

void ck_scale_each(
    enum ck_instruction_set set, const double *factors, double factor, double offset, double *values,
    size_t count) {
  DISPATCH(set, scale_each, factors, factor, offset, values, count);
}

int ck_elliptical_log_densities(
    enum ck_instruction_set set, const ck_triangle *triangle, const double *constants,
    const double *rows, double *results, size_t count, double *scratch) {
  DISPATCH(set, elliptical, triangle, constants, rows, results, count, scratch);
}

void ck_elliptical_draws(
    enum ck_instruction_set set, const ck_triangle *triangle, const double *stretches, double *rows,
    size_t count, double *scratch) {
  DISPATCH(set, elliptical_draws, triangle, stretches, rows, count, scratch);
}
