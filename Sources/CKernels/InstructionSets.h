// What the kernels of all files need of SLEEF and of the instruction sets.
#ifndef INSTRUCTION_SETS_H
#define INSTRUCTION_SETS_H

// SLEEF's header declares a width only when the whole file is compiled for it, so the functions
// are declared here, each with the target of its width.
// A function's accuracy is in its name: u10 within 1.0 ulp, u35 within 3.5.
#if defined(__x86_64__)
#include <immintrin.h>
#define WIDTH_512 __attribute__((target("avx512f,avx512dq")))
#define WIDTH_256 __attribute__((target("avx2,fma")))
#define PORTABLE(name, accuracy) Sleef_##name##d1_##accuracy##purec
#define DECLARE(name, accuracy)                              \
  WIDTH_512 __m512d Sleef_##name##d8_##accuracy##avx512f(__m512d); \
  WIDTH_256 __m256d Sleef_##name##d4_##accuracy##avx2(__m256d);    \
  double PORTABLE(name, accuracy)(double);
#else
#define PORTABLE(name, accuracy) Sleef_##name##d1_##accuracy##purecfma
#define DECLARE(name, accuracy) double PORTABLE(name, accuracy)(double);
#endif

DECLARE(log, u35)
#define FOR_EACH_VECTOR_FUNCTION(do)                                                           \
  do(exp, u10) do(expm1, u10) do(log, u10) do(log1p, u10) do(sin, u10) do(cos, u10)            \
  do(tan, u10) do(asin, u10) do(acos, u10) do(atan, u10) do(sinh, u10) do(cosh, u10)           \
  do(tanh, u10) do(asinh, u10) do(acosh, u10) do(atanh, u10) do(erf, u10) do(erfc, u15)        \
  do(lgamma, u10)
FOR_EACH_VECTOR_FUNCTION(DECLARE)

#endif
