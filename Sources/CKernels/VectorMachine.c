#include "VectorMachine.h"

#include <math.h>
#include <string.h>

#include "InstructionSets.h"

// Eight lanes pass between static functions only.
#pragma clang diagnostic ignored "-Wpsabi"

// A product and a sum are rounded one after the other, fused steps included, so that x y - x y is zero.
#pragma STDC FP_CONTRACT OFF

typedef double lanes __attribute__((ext_vector_type(8)));
typedef double half_lanes __attribute__((ext_vector_type(4)));
// As they lie in memory; passed by value they would be misread.
typedef double unaligned_lanes __attribute__((ext_vector_type(8), aligned(8)));
typedef int64_t lane_mask __attribute__((ext_vector_type(8)));

#if defined(__x86_64__)
#define NAME(name) name##_512
#define TARGET WIDTH_512
#define APPLY(name, accuracy) \
  TARGET static inline lanes NAME(name)(lanes x) { return (lanes)SLEEF_512(name, accuracy, (__m512d)x); }
#define LOAD_TAIL(p, n) \
  ((lanes)_mm512_maskz_loadu_pd((__mmask8)((1u << (n)) - 1u), p))
#define STORE_TAIL(p, v, n) _mm512_mask_storeu_pd(p, (__mmask8)((1u << (n)) - 1u), (__m512d)(v))
#define SQRT_LANES(x) ((lanes)_mm512_sqrt_pd((__m512d)(x)))
#define FUSED(x, y, z) ((lanes)_mm512_fmadd_pd((__m512d)(x), (__m512d)(y), (__m512d)(z)))
TARGET static inline lanes power_512(lanes x, lanes y) {
  return (lanes)call_512_2(Sleef_powd8_u10avx512f, (__m512d)x, (__m512d)y);
}
#include "VectorMachineTemplate.h"
#undef NAME
#undef TARGET
#undef APPLY
#undef LOAD_TAIL
#undef STORE_TAIL
#undef SQRT_LANES
#undef FUSED

#define LOWER(x) ((__m256d)__builtin_shufflevector(x, x, 0, 1, 2, 3))
#define UPPER(x) ((__m256d)__builtin_shufflevector(x, x, 4, 5, 6, 7))
#define BOTH(a, b) \
  ((lanes)__builtin_shufflevector((half_lanes)(a), (half_lanes)(b), 0, 1, 2, 3, 4, 5, 6, 7))
#define NAME(name) name##_256
#define TARGET WIDTH_256
#define APPLY(name, accuracy)                            \
  TARGET static inline lanes NAME(name)(lanes x) {       \
    return BOTH(SLEEF_256(name, accuracy, LOWER(x)), SLEEF_256(name, accuracy, UPPER(x))); \
  }
#define LOAD_TAIL(p, n) load_tail(p, n)
#define STORE_TAIL(p, v, n) store_tail(p, v, n)
#define SQRT_LANES(x) BOTH(_mm256_sqrt_pd(LOWER(x)), _mm256_sqrt_pd(UPPER(x)))
#define FUSED(x, y, z)                                   \
  BOTH(                                                  \
      _mm256_fmadd_pd(LOWER(x), LOWER(y), LOWER(z)), _mm256_fmadd_pd(UPPER(x), UPPER(y), UPPER(z)))
WIDTH_256 static inline lanes power_256(lanes x, lanes y) {
  return BOTH(
      call_256_2(Sleef_powd4_u10avx2, LOWER(x), LOWER(y)), call_256_2(Sleef_powd4_u10avx2, UPPER(x), UPPER(y)));
}
WIDTH_256 static inline __m256i first(size_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)n), _mm256_setr_epi64x(0, 1, 2, 3));
}
WIDTH_256 static inline lanes load_tail(const double *p, size_t n) {
  __m256d lower = _mm256_maskload_pd(p, first(n));
  return BOTH(lower, n > 4 ? _mm256_maskload_pd(p + 4, first(n - 4)) : _mm256_setzero_pd());
}
WIDTH_256 static inline void store_tail(double *p, lanes x, size_t n) {
  _mm256_maskstore_pd(p, first(n), LOWER(x));
  if (n > 4) _mm256_maskstore_pd(p + 4, first(n - 4), UPPER(x));
}
#include "VectorMachineTemplate.h"
#undef NAME
#undef TARGET
#undef APPLY
#undef LOAD_TAIL
#undef STORE_TAIL
#undef SQRT_LANES
#undef FUSED
#endif

#define NAME(name) name##_portable
#define TARGET
#define APPLY(name, accuracy)                                            \
  static inline lanes NAME(name)(lanes x) {                              \
    for (int i = 0; i < 8; i++) x[i] = PORTABLE(name, accuracy)(x[i]);   \
    return x;                                                            \
  }
static inline lanes portable_tail(const double *p, size_t n) {
  lanes x = 0.0;
  for (size_t i = 0; i < n; i++) x[i] = p[i];
  return x;
}
static inline void portable_store_tail(double *p, lanes x, size_t n) {
  for (size_t i = 0; i < n; i++) p[i] = x[i];
}
static inline lanes portable_sqrt(lanes x) {
  for (int i = 0; i < 8; i++) x[i] = sqrt(x[i]);
  return x;
}
static inline lanes power_portable(lanes x, lanes y) {
  for (int i = 0; i < 8; i++) x[i] = PORTABLE(pow, u10)(x[i], y[i]);
  return x;
}
#define LOAD_TAIL(p, n) portable_tail(p, n)
#define STORE_TAIL(p, v, n) portable_store_tail(p, v, n)
#define SQRT_LANES(x) portable_sqrt(x)
#define FUSED(x, y, z) ((x) * (y) + (z))
#include "VectorMachineTemplate.h"

void ck_run(
    enum ck_instruction_set set, const ck_step *steps, size_t count, const int32_t *tables,
    double *arena, const double *input, size_t input_count, size_t input_place) {
  switch (set) {
#if defined(__x86_64__)
    case CK_AVX512: run_512(steps, count, tables, arena, input, input_count, input_place); return;
    case CK_AVX2: run_256(steps, count, tables, arena, input, input_count, input_place); return;
#endif
    default: run_portable(steps, count, tables, arena, input, input_count, input_place);
  }
}
