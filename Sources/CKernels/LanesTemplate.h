// Functions of LANES lanes for one instruction set, in line. The including file defines
//   TARGET   the function attribute of the instruction set
//   NAME(f)  the name of f for it
//   WIDE     1 or 4: of how many vectors of eight lanes a wide one is. Their operations do not wait for
//            one another, where those of one vector do.
// Vectors are handed on by address, because how they are passed by value depends on the instruction
// set. Products and sums of one expression are fused where the set can; so the sets that can agree in
// every bit.

#define INLINE TARGET static inline __attribute__((always_inline))
#define LANES (8 * WIDE)
#define CHOSEN2(name, wide) name##wide
#define CHOSEN(name, wide) CHOSEN2(name, wide)
#define JOIN CHOSEN(JOIN, WIDE)
typedef double NAME(real) __attribute__((vector_size(8 * LANES)));
typedef int64_t NAME(mask) __attribute__((vector_size(8 * LANES)));
typedef uint64_t NAME(bits) __attribute__((vector_size(8 * LANES)));
#define REAL NAME(real)
#define MASK NAME(mask)
#define BITS NAME(bits)
#define PLACES ((BITS)CHOSEN(PLACES, WIDE))
#define SPLAT_BITS(x) ((BITS){0} + (uint64_t)(x))
#define SELECT(mask, a, b) ((REAL)(((MASK)(a) & (mask)) | ((MASK)(b) & ~(mask))))

// x = 2^exponent mantissa with the mantissa in [0.75, 1.5), for x that are positive, normal and finite.
INLINE void NAME(split)(const REAL *x, REAL *exponent, REAL *mantissa) {
  REAL raised = *x * (4.0 / 3);
  BITS biased = (BITS)raised & SPLAT_BITS(0x7ff0000000000000);
  *mantissa = (REAL)((BITS)*x - biased + SPLAT_BITS(0x3ff0000000000000));
  // In the mantissa of a double with a fixed exponent, 2^52.
  *exponent = (REAL)((biased >> 52) | SPLAT_BITS(0x4330000000000000)) - (0x1p52 + 1023);
}

// log((1 + w) / (1 - w)) / w^3 - 2 / w^2 for |w| <= 1/5, of w^2: SLEEF's polynomial for its log_u35.
INLINE void NAME(log_series)(const REAL *square, REAL *series) {
  const REAL x2 = *square, x4 = x2 * x2, x8 = x4 * x4;
  REAL high = x4 * 0x1.3a5791d95db39p-3 + (x2 * 0x1.385c5cbc3f50dp-3 + 0x1.7474ba672b05fp-3);
  REAL middle = x2 * 0x1.c71bfeed5d419p-3 + 0x1.249249bfbe987p-2;
  REAL low = x2 * 0x1.99999998c136ep-2 + 0x1.555555555593fp-1;
  low = x4 * middle + low;
  *series = x8 * high + low;
}

// log x for x that are positive, normal and finite: the bits of SLEEF's log_u35, without a call.
INLINE void NAME(log_of)(REAL *x) {
  REAL exponent, m, series;
  NAME(split)(x, &exponent, &m);
  REAL w = (m - 1) / (m + 1), square = w * w, cube = w * square;
  NAME(log_series)(&square, &series);
  REAL sum = exponent * LOG_TWO;
  sum = 2 * w + sum;
  *x = cube * series + sum;
}

// log(1 + x) for x from 0 to 1e300, good where x is small: what 1 + x loses is put back.
INLINE void NAME(log1p_of)(REAL *x) {
  REAL sum = 1 + *x, exponent, m, series;
  MASK is_small = *x < 1;
  REAL lost = SELECT(is_small, *x - (sum - 1), 1 - (sum - *x));
  NAME(split)(&sum, &exponent, &m);
  BITS biased = (BITS)(sum * (4.0 / 3)) & SPLAT_BITS(0x7ff0000000000000);
  REAL unit = (REAL)(SPLAT_BITS(0x7fe0000000000000) - biased);  // 2^-exponent
  REAL f = lost * unit + (m - 1);
  REAL w = f / (2 + f), square = w * w, cube = w * square;
  NAME(log_series)(&square, &series);
  sum = exponent * LOG_TWO;
  sum = 2 * w + sum;
  *x = cube * series + sum;
}

// 1 / sqrt(x) for x that are positive, normal and finite, within 2 ulp: Newton's iteration takes a third
// of the time of a root and a division. The first guess, by halving the exponent, is good to 3.5 %.
INLINE void NAME(inverse_root_of)(REAL *x) {
  const REAL half = 0.5 * *x;
  REAL root = (REAL)(SPLAT_BITS(0x5fe6eb50c7b537a9) - ((BITS)*x >> 1));
  for (int iteration = 0; iteration < 4; iteration++) {
    REAL square = root * root, error = 0.5 - half * square;
    root = root * error + root;
  }
  *x = root;
}
