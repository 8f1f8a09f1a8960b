#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define WIDTH_512 __attribute__((target("avx512f,avx512dq")))
#define WIDTH_256 __attribute__((target("avx2,fma")))
#endif

// SLEEF's header declares a width only when the whole file is compiled for it, so the functions
// are declared here, each with the target of its width.
#if defined(__x86_64__)
WIDTH_512 __m512d Sleef_expd8_u10avx512f(__m512d);
WIDTH_512 __m512d Sleef_logd8_u10avx512f(__m512d);
WIDTH_512 __m512d Sleef_tanhd8_u10avx512f(__m512d);
WIDTH_256 __m256d Sleef_expd4_u10avx2(__m256d);
WIDTH_256 __m256d Sleef_logd4_u10avx2(__m256d);
WIDTH_256 __m256d Sleef_tanhd4_u10avx2(__m256d);
double Sleef_expd1_u10purec(double);
double Sleef_logd1_u10purec(double);
double Sleef_tanhd1_u10purec(double);
#define PORTABLE(name) Sleef_##name##d1_u10purec
#else
double Sleef_expd1_u10purecfma(double);
double Sleef_logd1_u10purecfma(double);
double Sleef_tanhd1_u10purecfma(double);
#define PORTABLE(name) Sleef_##name##d1_u10purecfma
#endif

enum level { UNKNOWN, SCALAR, AVX2, AVX512 };

static enum level processor_level(void) {
  static enum level level = UNKNOWN;  // every thread would write the same value
  enum level known = __atomic_load_n(&level, __ATOMIC_RELAXED);
  if (known != UNKNOWN) return known;
  known = SCALAR;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) known = AVX2;
  if (known == AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    known = AVX512;
#endif
  __atomic_store_n(&level, known, __ATOMIC_RELAXED);
  return known;
}

const char *ck_instruction_set(void) {
  switch (processor_level()) {
    case AVX512: return "avx512";
    case AVX2: return "avx2";
    default: return "portable";
  }
}

#if defined(__x86_64__)
#define DEFINE_WIDE(name)                                                                       \
  WIDTH_512 static void name##_512(const double *input, double *output, size_t count) {         \
    size_t i = 0;                                                                               \
    for (; i + 8 <= count; i += 8)                                                              \
      _mm512_storeu_pd(output + i, Sleef_##name##d8_u10avx512f(_mm512_loadu_pd(input + i)));    \
    if (i < count) {                                                                            \
      __mmask8 tail = (__mmask8)((1u << (count - i)) - 1u);                                     \
      __m512d x = _mm512_mask_loadu_pd(_mm512_set1_pd(1.0), tail, input + i);                   \
      _mm512_mask_storeu_pd(output + i, tail, Sleef_##name##d8_u10avx512f(x));                  \
    }                                                                                           \
  }                                                                                             \
  WIDTH_256 static void name##_256(const double *input, double *output, size_t count) {         \
    size_t i = 0;                                                                               \
    for (; i + 4 <= count; i += 4)                                                              \
      _mm256_storeu_pd(output + i, Sleef_##name##d4_u10avx2(_mm256_loadu_pd(input + i)));       \
    if (i < count) {                                                                            \
      double padded[4] = {1.0, 1.0, 1.0, 1.0};                                                  \
      for (size_t j = i; j < count; j++) padded[j - i] = input[j];                              \
      _mm256_storeu_pd(padded, Sleef_##name##d4_u10avx2(_mm256_loadu_pd(padded)));              \
      for (size_t j = i; j < count; j++) output[j] = padded[j - i];                             \
    }                                                                                           \
  }
#define DISPATCH_WIDE(name)                                                                     \
  case AVX512: name##_512(input, output, count); return;                                        \
  case AVX2: name##_256(input, output, count); return;
#else
#define DEFINE_WIDE(name)
#define DISPATCH_WIDE(name)
#endif

#define DEFINE_KERNEL(name)                                                                     \
  DEFINE_WIDE(name)                                                                             \
  void ck_##name##_portable(const double *input, double *output, size_t count) {                \
    for (size_t i = 0; i < count; i++) output[i] = PORTABLE(name)(input[i]);                    \
  }                                                                                             \
  void ck_##name(const double *input, double *output, size_t count) {                           \
    switch (processor_level()) {                                                                \
      DISPATCH_WIDE(name)                                                                       \
      default: ck_##name##_portable(input, output, count);                                      \
    }                                                                                           \
  }

DEFINE_KERNEL(exp)
DEFINE_KERNEL(log)
DEFINE_KERNEL(tanh)
