#include "CKernels.h"

#include <stdint.h>
#include <string.h>

#include "InstructionSets.h"
#include "Lanes.h"

typedef void fill_function(
    uint64_t seed, uint64_t stream, uint64_t position, const ck_categories *categories,
    char *output, size_t count);

// The constants of a transformed rejection sampler of Poisson draws.
typedef struct {
  double mean, a, b, inverse_alpha, squeeze;
} poisson_hat;

// So many draws are made together: what a batch collects stays in the first cache.
enum { BATCH = 1024 };

// The counter of an attempt: its upper bit keeps it apart from the blocks of plain outputs, then
// come two bits of space, thirteen of the attempt and 48 of the position.
#define REJECTION_POSITIONS 0xffffffffffffULL
#define LAST_ATTEMPT 0x1fffULL
#define REJECTION_COUNTER(space, attempt) \
  (0x8000000000000000ULL | (uint64_t)(space) << 61 | ((uint64_t)(attempt) & LAST_ATTEMPT) << 48)

// In each lane the lower half of a and above it that of b. As a shift it would be drawn into the product
// before it, a 64-bit one then.
#define LOWER_HALVES(a, b)                                                                    \
  ((u64x8)__builtin_shufflevector(                                                            \
      (u32x16)(a), (u32x16)(b), 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30))
// The whole parts of lanes from 0 up to 2^31.
#define TRUNCATE8(x) __builtin_convertvector(__builtin_convertvector(x, i32x8), i64x8)
#define HORNER(k, r)                                                                           \
  ((((((((k##7) * (r) + (k##6)) * (r) + (k##5)) * (r) + (k##4)) * (r) + (k##3)) * (r) + (k##2)) \
        * (r) + (k##1)) * (r) + (k##0))

// (artanh w / w - 1) / w^2 by powers of w^2.
#define artanh0 (1.0 / 3)
#define artanh1 (1.0 / 5)
#define artanh2 (1.0 / 7)
#define artanh3 (1.0 / 9)
#define artanh4 (1.0 / 11)
#define artanh5 (1.0 / 13)
#define artanh6 (1.0 / 15)
#define artanh7 (1.0 / 17)
#define central_numerator0 3.3871328727963666080e0
#define central_numerator1 1.3314166789178437745e+2
#define central_numerator2 1.9715909503065514427e+3
#define central_numerator3 1.3731693765509461125e+4
#define central_numerator4 4.5921953931549871457e+4
#define central_numerator5 6.7265770927008700853e+4
#define central_numerator6 3.3430575583588128105e+4
#define central_numerator7 2.5090809287301226727e+3
#define central_denominator0 1.0
#define central_denominator1 4.2313330701600911252e+1
#define central_denominator2 6.8718700749205790830e+2
#define central_denominator3 5.3941960214247511077e+3
#define central_denominator4 2.1213794301586595867e+4
#define central_denominator5 3.9307895800092710610e+4
#define central_denominator6 2.8729085735721942674e+4
#define central_denominator7 5.2264952788528545610e+3
#define tail_numerator0 1.42343711074968357734e0
#define tail_numerator1 4.63033784615654529590e0
#define tail_numerator2 5.76949722146069140550e0
#define tail_numerator3 3.64784832476320460504e0
#define tail_numerator4 1.27045825245236838258e0
#define tail_numerator5 2.41780725177450611770e-1
#define tail_numerator6 2.27238449892691845833e-2
#define tail_numerator7 7.74545014278341407640e-4
#define tail_denominator0 1.0
#define tail_denominator1 2.05319162663775882187e0
#define tail_denominator2 1.67638483018380384940e0
#define tail_denominator3 6.89767334985100004550e-1
#define tail_denominator4 1.48103976427480074590e-1
#define tail_denominator5 1.51986665636164571966e-2
#define tail_denominator6 5.47593808499534494600e-4
#define tail_denominator7 1.05075007164441684324e-9
#define far_numerator0 6.65790464350110377720e0
#define far_numerator1 5.46378491116411436990e0
#define far_numerator2 1.78482653991729133580e0
#define far_numerator3 2.96560571828504891230e-1
#define far_numerator4 2.65321895265761230930e-2
#define far_numerator5 1.24266094738807843860e-3
#define far_numerator6 2.71155556874348757815e-5
#define far_numerator7 2.01033439929228813265e-7
#define far_denominator0 1.0
#define far_denominator1 5.99832206555887937690e-1
#define far_denominator2 1.36929880922735805310e-1
#define far_denominator3 1.48753612908506148525e-2
#define far_denominator4 7.86869131145613259100e-4
#define far_denominator5 1.84631831751005468180e-5
#define far_denominator6 1.42151175831644588870e-7
#define far_denominator7 2.04426310338993978564e-15

// An instruction for this came with AVX-512. Before, the two halves of each lane go into the
// mantissas of doubles of fixed exponents, 2^84 and 2^52, which are taken off again: exact.
#define CONVERT8_BY_HALVES(x)                                                                  \
  (((f64x8)(((x) >> 32) | SPLAT(0x4530000000000000)) - 0x1.00000001p84)                        \
   + (f64x8)(((x) & SPLAT(0xffffffff)) | SPLAT(0x4330000000000000)))

#define APPEND_ONE_BY_ONE(list, count, values, mask)                   \
  for (int lane = 0; lane < 8; lane++) {                               \
    (list)[count] = (values)[lane];                                    \
    (count) -= (size_t)(mask)[lane];  /* true is -1 */                 \
  }

#define TARGET
#define NAME(f) f##_portable
#define WIDE 1
#define APPEND(list, count, values, mask) APPEND_ONE_BY_ONE(list, count, values, mask)
#define CONVERT8(x) CONVERT8_BY_HALVES(x)
#define PRODUCT8(product, x, k) ((product) = ((x) & SPLAT(0xffffffff)) * SPLAT(k))
#include "LanesTemplate.h"
#include "PhiloxTemplate.h"

#if defined(__x86_64__)

// Clang turns _mm512_mul_epu32 into a mask and a 64-bit product, moves the mask away from the
// product, and then no longer sees that the cheap instruction would do. An empty asm statement keeps
// the two together.
WIDTH_256 static inline __attribute__((always_inline)) void product_256(
    u64x8 *product, const u64x8 *x, uint32_t k) {
  __m256i half[2];
  memcpy(half, x, sizeof *x);
  __asm__("" : "+x"(half[0]), "+x"(half[1]));
  half[0] = _mm256_mul_epu32(half[0], _mm256_set1_epi64x(k));
  half[1] = _mm256_mul_epu32(half[1], _mm256_set1_epi64x(k));
  memcpy(product, half, sizeof *product);
}

WIDTH_512 static inline __attribute__((always_inline)) void product_512(
    u64x8 *product, const u64x8 *x, uint32_t k) {
  __m512i factor = (__m512i)*x;
  __asm__("" : "+v"(factor));
  *product = (u64x8)_mm512_mul_epu32(factor, _mm512_set1_epi64(k));
}

// Stores eight lanes at the end of the list, those of the mask first, and counts these.
WIDTH_512 static inline __attribute__((always_inline)) void append_512(
    uint64_t *list, size_t *count, __m512i values, __m512i mask) {
  __mmask8 lanes = _mm512_movepi64_mask(mask);
  _mm512_storeu_si512(list + *count, _mm512_maskz_compress_epi64(lanes, values));
  *count += (size_t)__builtin_popcount(lanes);
}
#define APPEND_PART(list, count, values, mask, i) \
  append_512(list, &(count), (__m512i)PART(values, i), (__m512i)PART(mask, i))

#define TARGET WIDTH_256
#define APPEND(list, count, values, mask) APPEND_ONE_BY_ONE(list, count, values, mask)
#define NAME(f) f##_256
#define WIDE 1
#define CONVERT8(x) CONVERT8_BY_HALVES(x)
#define PRODUCT8(product, x, k) product_256(&(product), &(x), k)
#include "LanesTemplate.h"
#include "PhiloxTemplate.h"

#define TARGET WIDTH_512
#define APPEND(list, count, values, mask)      \
  APPEND_PART(list, count, values, mask, 0);   \
  APPEND_PART(list, count, values, mask, 1);   \
  APPEND_PART(list, count, values, mask, 2);   \
  APPEND_PART(list, count, values, mask, 3)
#define NAME(f) f##_512
#define WIDE 4
#define CONVERT8(x) __builtin_convertvector((i64x8)(x), f64x8)
#define PRODUCT8(product, x, k) product_512(&(product), &(x), k)
#include "LanesTemplate.h"
#include "PhiloxTemplate.h"

#endif

// The widest kernels make 64 draws at least; for a few the others, of the same bits, are faster.
static enum ck_instruction_set suited(enum ck_instruction_set set, size_t count) {
  return set == CK_AVX512 && count <= 32 ? CK_AVX2 : set;
}

static fill_function *const *fills(enum ck_instruction_set set) {
#if defined(__x86_64__)
  if (set == CK_AVX512) return fills_512;
  if (set == CK_AVX2) return fills_256;
#endif
  return fills_portable;
}

void ck_philox_fill_gamma(
    enum ck_instruction_set set, uint64_t seed, uint64_t stream, uint64_t position, uint64_t stride,
    uint64_t space, double shape, enum ck_gamma_kind kind, double *output, size_t count) {
  set = suited(set, count);
#if defined(__x86_64__)
  if (set == CK_AVX512) {
    fill_gamma_512(seed, stream, position, stride, space, shape, kind, output, count);
    return;
  }
  if (set == CK_AVX2) {
    fill_gamma_256(seed, stream, position, stride, space, shape, kind, output, count);
    return;
  }
#endif
  (void)set;
  fill_gamma_portable(seed, stream, position, stride, space, shape, kind, output, count);
}

void ck_philox_fill_poisson(
    enum ck_instruction_set set, uint64_t seed, uint64_t stream, uint64_t position, double mean,
    int64_t *output, size_t count) {
  const double b = 0.931 + 2.53 * __builtin_sqrt(mean);
  const poisson_hat hat = {
      .mean = mean,
      .a = 0.02483 * b - 0.059,
      .b = b,
      .inverse_alpha = 1.1239 + 1.1328 / (b - 3.4),
      .squeeze = 0.9277 - 3.6224 / (b - 2)};
#if defined(__x86_64__)
  if (set == CK_AVX512) {
    fill_poisson_512(seed, stream, position, &hat, output, count);
    return;
  }
  if (set == CK_AVX2) {
    fill_poisson_256(seed, stream, position, &hat, output, count);
    return;
  }
#endif
  (void)set;
  fill_poisson_portable(seed, stream, position, &hat, output, count);
}

void ck_philox_fill(
    enum ck_philox_kind kind, enum ck_instruction_set set, uint64_t seed, uint64_t stream,
    uint64_t position, const ck_categories *categories, void *output, size_t count) {
  fills(suited(set, count))[kind](seed, stream, position, categories, output, count);
}

void ck_normal_quantile(const double *input, double *output, size_t count) {
#if defined(__x86_64__)
  switch (ck_best_instruction_set()) {
    case CK_AVX512: normal_quantiles_512(input, output, count); return;
    case CK_AVX2: normal_quantiles_256(input, output, count); return;
    default: break;
  }
#endif
  normal_quantiles_portable(input, output, count);
}
