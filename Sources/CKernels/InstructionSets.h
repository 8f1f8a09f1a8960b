// What the kernels of all files need of SLEEF and of the instruction sets.
#ifndef INSTRUCTION_SETS_H
#define INSTRUCTION_SETS_H

// SLEEF's header declares a width only when the whole file is compiled for it, so the functions are
// declared here. The compiler would hand a vector over in memory, because the file as a whole is
// compiled for narrower ones; SLEEF expects it in a register: CALL puts it there.
// A function's accuracy is in its name: u10 within 1.0 ulp, u35 within 3.5.
#if defined(__x86_64__)
#include <immintrin.h>
#define WIDTH_512 __attribute__((target("avx512f,avx512dq")))
#define WIDTH_256 __attribute__((target("avx2,fma")))
#define PORTABLE(name, accuracy) Sleef_##name##d1_##accuracy##purec
#define DECLARE(name, accuracy)                    \
  void Sleef_##name##d8_##accuracy##avx512f(void); \
  void Sleef_##name##d4_##accuracy##avx2(void);    \
  double PORTABLE(name, accuracy)(double);

// The stack pointer is moved past what the caller may keep below it.
#define CALL                      \
  "movq %%rsp, %%r12\n\t"         \
  "subq $128, %%rsp\n\t"          \
  "andq $-64, %%rsp\n\t"          \
  "callq *%[function]\n\t"        \
  "movq %%r12, %%rsp"
#define CLOBBERED                                                                             \
  "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "cc", "xmm2", "xmm3",   \
      "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",     \
      "xmm14", "xmm15"
#define CLOBBERED_512                                                                         \
  CLOBBERED, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", \
      "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4",  \
      "k5", "k6", "k7"

WIDTH_512 static inline __m512d call_512(void (*function)(void), __m512d x) {
  register __m512d first __asm__("zmm0") = x;
  __asm__(CALL : "+v"(first) : [function] "b"(function) : CLOBBERED_512, "xmm1");
  return first;
}
WIDTH_512 static inline __m512d call_512_2(void (*function)(void), __m512d x, __m512d y) {
  register __m512d first __asm__("zmm0") = x;
  register __m512d second __asm__("zmm1") = y;
  __asm__(CALL : "+v"(first), "+v"(second) : [function] "b"(function) : CLOBBERED_512);
  return first;
}
WIDTH_256 static inline __m256d call_256(void (*function)(void), __m256d x) {
  register __m256d first __asm__("ymm0") = x;
  __asm__(CALL : "+x"(first) : [function] "b"(function) : CLOBBERED, "xmm1");
  return first;
}
WIDTH_256 static inline __m256d call_256_2(void (*function)(void), __m256d x, __m256d y) {
  register __m256d first __asm__("ymm0") = x;
  register __m256d second __asm__("ymm1") = y;
  __asm__(CALL : "+x"(first), "+x"(second) : [function] "b"(function) : CLOBBERED);
  return first;
}
#define SLEEF_512(name, accuracy, x) call_512(Sleef_##name##d8_##accuracy##avx512f, x)
#define SLEEF_256(name, accuracy, x) call_256(Sleef_##name##d4_##accuracy##avx2, x)
void Sleef_powd8_u10avx512f(void);
void Sleef_powd4_u10avx2(void);
#else
#define PORTABLE(name, accuracy) Sleef_##name##d1_##accuracy##purecfma
#define DECLARE(name, accuracy) double PORTABLE(name, accuracy)(double);
#endif

double PORTABLE(pow, u10)(double, double);
DECLARE(log, u35)
#define FOR_EACH_VECTOR_FUNCTION(do)                                                           \
  do(exp, u10) do(expm1, u10) do(log, u10) do(log1p, u10) do(sin, u10) do(cos, u10)            \
  do(tan, u10) do(asin, u10) do(acos, u10) do(atan, u10) do(sinh, u10) do(cosh, u10)           \
  do(tanh, u10) do(asinh, u10) do(acosh, u10) do(atanh, u10) do(erf, u10) do(erfc, u15)        \
  do(lgamma, u10)
FOR_EACH_VECTOR_FUNCTION(DECLARE)

#endif
