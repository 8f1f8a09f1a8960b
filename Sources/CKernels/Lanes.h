// Vectors of eight lanes, whatever the instruction set.
#ifndef LANES_H
#define LANES_H

#include <stdint.h>
#include <string.h>

typedef uint64_t u64x8 __attribute__((vector_size(64)));
typedef int64_t i64x8 __attribute__((vector_size(64)));
typedef double f64x8 __attribute__((vector_size(64)));
typedef uint32_t u32x16 __attribute__((vector_size(64)));
typedef int32_t i32x8 __attribute__((vector_size(32)));

#define SPLAT(x) ((u64x8){0} + (uint64_t)(x))
#define PLACES8 ((u64x8){0, 1, 2, 3, 4, 5, 6, 7})
// Several vectors as one; the compiler takes it apart again.
#define JOIN1(x) ((x)[0])
#define JOIN2(x) \
  __builtin_shufflevector((x)[0], (x)[1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define JOIN4(x)                                                                              \
  __builtin_shufflevector(                                                                    \
      __builtin_shufflevector((x)[0], (x)[1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), \
      __builtin_shufflevector((x)[2], (x)[3], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), \
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,  \
      26, 27, 28, 29, 30, 31)
#define PLACES1 {0, 1, 2, 3, 4, 5, 6, 7}
#define PLACES2 {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
#define PLACES4                                                                               \
  {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,                                      \
   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}
#define PART(x, i)                                                                            \
  __builtin_shufflevector(                                                                    \
      x, x, 8 * (i), 8 * (i) + 1, 8 * (i) + 2, 8 * (i) + 3, 8 * (i) + 4, 8 * (i) + 5, 8 * (i) + 6,   \
      8 * (i) + 7)

#define LOAD(vector, input) memcpy(&(vector), input, sizeof(vector))
#define STORE(output, vector) memcpy(output, &(vector), sizeof(vector))

#define LOG_TWO 0.6931471805599453

#endif
