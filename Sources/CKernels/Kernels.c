#include "CKernels.h"

#include "InstructionSets.h"

enum ck_instruction_set ck_best_instruction_set(void) {
  static int known = -1;  // every thread would write the same value
  int set = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (set >= 0) return (enum ck_instruction_set)set;
  set = CK_PORTABLE;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) set = CK_AVX2;
  if (set == CK_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    set = CK_AVX512;
#endif
  __atomic_store_n(&known, set, __ATOMIC_RELAXED);
  return (enum ck_instruction_set)set;
}

#if defined(__x86_64__)
#define DEFINE_WIDE(name, accuracy)                                                                       \
  WIDTH_512 static void name##_512(const double *input, double *output, size_t count) {         \
    size_t i = 0;                                                                               \
    for (; i + 8 <= count; i += 8)                                                              \
      _mm512_storeu_pd(output + i, SLEEF_512(name, accuracy, _mm512_loadu_pd(input + i)));    \
    if (i < count) {                                                                            \
      __mmask8 tail = (__mmask8)((1u << (count - i)) - 1u);                                     \
      __m512d x = _mm512_mask_loadu_pd(_mm512_set1_pd(1.0), tail, input + i);                   \
      _mm512_mask_storeu_pd(output + i, tail, SLEEF_512(name, accuracy, x));                  \
    }                                                                                           \
  }                                                                                             \
  WIDTH_256 static void name##_256(const double *input, double *output, size_t count) {         \
    size_t i = 0;                                                                               \
    for (; i + 4 <= count; i += 4)                                                              \
      _mm256_storeu_pd(output + i, SLEEF_256(name, accuracy, _mm256_loadu_pd(input + i)));       \
    if (i < count) {                                                                            \
      double padded[4] = {1.0, 1.0, 1.0, 1.0};                                                  \
      for (size_t j = i; j < count; j++) padded[j - i] = input[j];                              \
      _mm256_storeu_pd(padded, SLEEF_256(name, accuracy, _mm256_loadu_pd(padded)));              \
      for (size_t j = i; j < count; j++) output[j] = padded[j - i];                             \
    }                                                                                           \
  }
#define DISPATCH_WIDE(name)                                                                     \
  case CK_AVX512: name##_512(input, output, count); return;                                        \
  case CK_AVX2: name##_256(input, output, count); return;
#else
#define DEFINE_WIDE(name, accuracy)
#define DISPATCH_WIDE(name)
#endif

#define DEFINE_KERNEL(name, accuracy)                                                                     \
  DEFINE_WIDE(name, accuracy)                                                                             \
  static void name##_portable(const double *input, double *output, size_t count) {                \
    for (size_t i = 0; i < count; i++) output[i] = PORTABLE(name, accuracy)(input[i]);                    \
  }                                                                                             \
  void ck_##name(const double *input, double *output, size_t count) {                           \
    switch (ck_best_instruction_set()) {                                                                \
      DISPATCH_WIDE(name)                                                                       \
      default: name##_portable(input, output, count);                                      \
    }                                                                                           \
  }

DEFINE_KERNEL(exp, u10)
DEFINE_KERNEL(log, u10)
DEFINE_KERNEL(tan, u10)
