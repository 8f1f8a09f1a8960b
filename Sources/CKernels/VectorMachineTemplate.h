// The machine for one instruction set, which the file that includes this names: NAME, TARGET, APPLY,
// LOAD_TAIL, STORE_TAIL, SQRT_LANES, FUSED and power.

// NaN, of which either may be one, is larger.
#define LARGER (x > z ? x : z > x ? z : z == z ? x : z)

FOR_EACH_VECTOR_FUNCTION(APPLY)

TARGET static inline lanes NAME(load)(const double *p) { return *(const unaligned_lanes *)p; }
TARGET static inline void NAME(store)(double *p, lanes x) { *(unaligned_lanes *)p = x; }
TARGET static inline lanes NAME(one_where)(lane_mask holds) {
  return holds ? (lanes)1.0 : (lanes)0.0;
}
TARGET static inline lanes NAME(absolute)(lanes x) { return __builtin_elementwise_abs(x); }
TARGET static inline lanes NAME(softplus)(lanes x) {
  lanes tail = NAME(log1p)(NAME(exp)(-NAME(absolute)(x)));
  return (x < 0 ? (lanes)0.0 : x) + tail;
}
// M. Maechler, "Accurately computing log(1 - exp(-|a|))", R package Rmpfr (2012): the one form above
// -log 2, the other below.
TARGET static inline lanes NAME(log1mexp)(lanes x) {
  lanes near = NAME(log)(-NAME(expm1)(x)), far = NAME(log1p)(-NAME(exp)(x));
  return x > -0x1.62e42fefa39efp-1 ? near : far;
}
// exp(x) - 1 for |x| up to 40: with x = n log 2 + r it is 2^n (exp(r) - 1) + (2^n - 1), and the series of
// exp(r) - 1 ends below half an ulp.
TARGET static inline lanes NAME(exp_minus_one_of_small)(lanes x) {
  lanes shifted = x * 0x1.71547652b82fep0 + 0x1.8p52;
  lanes n = shifted - 0x1.8p52;
  lanes r = FUSED(n, (lanes)-0x1.62e42fefa39efp-1, x);
  r = FUSED(n, (lanes)-0x1.abc9e3b39803fp-56, r);
  lanes scale = (lanes)(((lane_mask)shifted << 52) + ((lane_mask)(1023ll) << 52));
  lanes square = r * r, fourth = square * square;
#define PAIR(low, high) FUSED(r, (lanes)(high), (lanes)(low))
  lanes first = FUSED(square, PAIR(1.0 / 24, 1.0 / 120), PAIR(1.0 / 2, 1.0 / 6));
  lanes second = FUSED(
      square, PAIR(1.0 / 40320, 1.0 / 362880), PAIR(1.0 / 720, 1.0 / 5040));
  lanes third = FUSED(
      square, PAIR(1.0 / 479001600, 1.0 / 6227020800), PAIR(1.0 / 3628800, 1.0 / 39916800));
#undef PAIR
  lanes series = FUSED(fourth, FUSED(fourth, third, second), first);
  lanes part = FUSED(square, series, r);
  return FUSED(scale, part, scale - 1.0);
}
// tanh(x) = (exp(2 x) - 1) / (exp(2 x) + 1), within 3 ulp.
TARGET static inline lanes NAME(quick_tanh)(lanes x) {
  lanes t = x < -20.0 ? (lanes)-20.0 : x > 20.0 ? (lanes)20.0 : x;
  lanes y = NAME(exp_minus_one_of_small)(t + t);
  return y / (y + 2.0);
}
TARGET static inline double NAME(total)(lanes x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// A few rows at a time, so that additions do not wait for each other.
TARGET static void NAME(matrix_by_vector)(
    const double *a, const double *x, double *y, size_t rows, size_t inner) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const double *p = a + i * inner;
    lanes s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t k = 0;
    for (; k + 8 <= inner; k += 8) {
      lanes v = NAME(load)(x + k);
      s0 += NAME(load)(p + k) * v;
      s1 += NAME(load)(p + inner + k) * v;
      s2 += NAME(load)(p + 2 * inner + k) * v;
      s3 += NAME(load)(p + 3 * inner + k) * v;
    }
    if (k < inner) {
      size_t n = inner - k;
      lanes v = LOAD_TAIL(x + k, n);
      s0 += LOAD_TAIL(p + k, n) * v;
      s1 += LOAD_TAIL(p + inner + k, n) * v;
      s2 += LOAD_TAIL(p + 2 * inner + k, n) * v;
      s3 += LOAD_TAIL(p + 3 * inner + k, n) * v;
    }
    y[i] = NAME(total)(s0);
    y[i + 1] = NAME(total)(s1);
    y[i + 2] = NAME(total)(s2);
    y[i + 3] = NAME(total)(s3);
  }
  for (; i < rows; i++) {
    const double *p = a + i * inner;
    lanes sum = 0;
    size_t k = 0;
    for (; k + 8 <= inner; k += 8) sum += NAME(load)(p + k) * NAME(load)(x + k);
    if (k < inner) {
      size_t n = inner - k;
      sum += LOAD_TAIL(p + k, n) * LOAD_TAIL(x + k, n);
    }
    y[i] = NAME(total)(sum);
  }
}

// The transposed product: rows of a, scaled, are added up in registers, 32 columns at a time.
TARGET static void NAME(transposed_by_vector)(
    const double *a, const double *x, double *y, size_t inner, size_t columns, int continues) {
  for (size_t start = 0; start < columns; start += 32) {
    size_t width = columns - start < 32 ? columns - start : 32, full = width / 8, n = width % 8;
    lanes sums[4] = {0, 0, 0, 0};
    if (continues) memcpy(sums, y + start, width * sizeof(double));
    lanes s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (size_t k = 0; k < inner; k++) {
      const double *p = a + k * columns + start;
      lanes v = x[k];
      if (full > 0) s0 += NAME(load)(p) * v;
      if (full > 1) s1 += NAME(load)(p + 8) * v;
      if (full > 2) s2 += NAME(load)(p + 16) * v;
      if (full > 3) s3 += NAME(load)(p + 24) * v;
      if (n > 0) {
        lanes tail = LOAD_TAIL(p + full * 8, n) * v;
        if (full == 0) s0 += tail;
        if (full == 1) s1 += tail;
        if (full == 2) s2 += tail;
        if (full == 3) s3 += tail;
      }
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
    memcpy(y + start, sums, width * sizeof(double));
  }
}

// c[rows, columns] += a b for up to 8 rows and 24 columns, held in registers while a stretch of the inner
// index passes. Element (i, k) of a is at i row + k step; b and c lie row by row.
#define TILE_ROWS 8
#define TILE_COLUMNS 24
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const double *a, size_t row, size_t step, const double *b, size_t width, double *c,
    size_t inner, int rows, int vectors, size_t tail, int is_first, const double *start) {
  lanes sums[TILE_ROWS][3];
  for (int i = 0; i < rows; i++)
    for (int v = 0; v < vectors; v++) {
      const double *p = is_first ? start + 8 * v : c + (size_t)i * width + 8 * v;
      sums[i][v] = is_first && !start ? (lanes)0.0
          : tail && v == vectors - 1  ? LOAD_TAIL(p, tail)
                                      : NAME(load)(p);
    }
  for (size_t k = 0; k < inner; k++) {
    const double *q = b + k * width;
    lanes factors[3];
    for (int v = 0; v < vectors; v++)
      factors[v] = tail && v == vectors - 1 ? LOAD_TAIL(q + 8 * v, tail) : NAME(load)(q + 8 * v);
    for (int i = 0; i < rows; i++) {
      lanes x = a[(size_t)i * row + k * step];
      for (int v = 0; v < vectors; v++) sums[i][v] = FUSED(x, factors[v], sums[i][v]);
    }
  }
  for (int i = 0; i < rows; i++)
    for (int v = 0; v < vectors; v++) {
      double *p = c + (size_t)i * width + 8 * v;
      if (tail && v == vectors - 1) STORE_TAIL(p, sums[i][v], tail);
      else NAME(store)(p, sums[i][v]);
    }
}

// Rows of a tile that is not full are done four, two and one at a time.
#define TILES(vectors, tail)                                                                   \
  {                                                                                            \
    size_t i = 0;                                                                              \
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS)                                              \
      NAME(tile)(a + i * row, row, step, b, width, c + i * width, inner, TILE_ROWS, vectors, tail, is_first, start); \
    for (; i + 4 <= rows; i += 4)                                                              \
      NAME(tile)(a + i * row, row, step, b, width, c + i * width, inner, 4, vectors, tail, is_first, start); \
    for (; i < rows; i++)                                                                      \
      NAME(tile)(a + i * row, row, step, b, width, c + i * width, inner, 1, vectors, tail, is_first, start); \
  }

TARGET static void NAME(tiles)(
    const double *a, size_t row, size_t step, const double *b, size_t width, double *c,
    size_t rows, size_t inner, int vectors, size_t tail, int is_first, const double *start) {
  if (vectors == 3 && !tail) TILES(3, 0)
  else if (vectors == 3) TILES(3, tail)
  else if (vectors == 2 && !tail) TILES(2, 0)
  else if (vectors == 2) TILES(2, tail)
  else if (!tail) TILES(1, 0)
  else TILES(1, tail)
}

// A stretch of the inner index at a time, so that it stays in the second-level cache.
#define STRETCH 256
TARGET static void NAME(matrix_by_matrix)(
    const double *a, size_t row, size_t step, const double *b, double *c, size_t rows,
    size_t inner, size_t columns, const double *start, int continues) {
  for (size_t k = 0; k < inner; k += STRETCH) {
    size_t part = inner - k < STRETCH ? inner - k : STRETCH;
    for (size_t j = 0; j < columns;) {
      size_t left = columns - j;
      size_t take = left >= TILE_COLUMNS ? TILE_COLUMNS : left;
      NAME(tiles)(
          a + k * step, row, step, b + k * columns + j, columns, c + j, rows, part,
          (int)((take + 7) / 8), take % 8, k == 0 && !continues, start ? start + j : start);
      j += take;
    }
  }
}

#define LARGEST_TRANSPOSED 16384
TARGET static void NAME(product)(
    const double *a, int left, const double *b, int right, double *y, size_t rows, size_t inner,
    size_t columns, const double *start, int continues) {
  if (right && inner * columns > LARGEST_TRANSPOSED) {
    if (start)
      for (size_t i = 0; i < rows; i++) memcpy(y + i * columns, start, columns * sizeof(double));
    ck_multiply(
        a, left, b, right, start ? 1 : 0, y, (int32_t)rows, (int32_t)inner, (int32_t)columns);
    return;
  }
  double turned[right ? inner * columns : 1];
  if (right) {
    for (size_t j = 0; j < columns; j++)
      for (size_t k = 0; k < inner; k++) turned[k * columns + j] = b[j * inner + k];
    b = turned;
  }
  NAME(matrix_by_matrix)(a, left ? 1 : inner, left ? rows : 1, b, y, rows, inner, columns, start, continues);
}

TARGET static void NAME(multiply)(const ck_step *s, double *arena) {
  size_t rows = (size_t)s->rows, inner = (size_t)s->inner, columns = (size_t)s->columns;
  int left = (s->flags & CK_A_TRANSPOSED) != 0, right = (s->flags & CK_B_TRANSPOSED) != 0;
  const double *start = s->flags & CK_C_ROW ? arena + s->c : NULL;
  int continues = (s->flags & CK_CONTINUES) != 0;
  for (int32_t k = 0; k < s->count; k++) {
    const double *a = arena + s->a + (size_t)k * rows * inner;
    const double *b = arena + s->b + (size_t)k * inner * columns;
    double *y = arena + s->output + (size_t)k * rows * columns;
    // A vector is its own transpose.
    if (columns == 1 && (!left || (rows == 1 && !continues)))
      NAME(matrix_by_vector)(a, b, y, rows, inner);
    else if (columns == 1) NAME(transposed_by_vector)(a, b, y, inner, rows, continues);
    else if (rows == 1 && right) NAME(matrix_by_vector)(b, a, y, columns, inner);
    else if (rows == 1) NAME(transposed_by_vector)(b, a, y, inner, columns, continues);
    else {
      NAME(product)(a, left, b, right, y, rows, inner, columns, start, continues);
      continue;
    }
    if (start && !continues)
      for (size_t i = 0; i < rows * columns; i++) y[i] += start[columns == 1 ? 0 : i];
  }
}

// Relative to the largest term, unless that is infinite.
TARGET static void NAME(log_sum_exp)(const ck_step *s, double *arena) {
  size_t inner = (size_t)s->inner, columns = (size_t)s->columns;
  const lanes places = {0, 1, 2, 3, 4, 5, 6, 7};
  for (size_t r = 0; r < (size_t)s->rows; r++) {
    const double *p = arena + s->a + r * inner * columns;
    double *y = arena + s->output + r * columns;
    if (columns == 1) {
      double largest = -INFINITY;
      for (size_t k = 0; k < inner; k++)
        if (p[k] > largest || p[k] != p[k]) largest = p[k];
      double base = isinf(largest) ? 0 : largest;
      lanes sum = 0;
      for (size_t k = 0; k < inner; k += 8) {
        size_t n = inner - k;
        if (n >= 8) sum += NAME(exp)(NAME(load)(p + k) - base);
        else sum += places < (double)n ? NAME(exp)(LOAD_TAIL(p + k, n) - base) : (lanes)0.0;
      }
      y[0] = NAME(log)((lanes)NAME(total)(sum))[0] + base;
      continue;
    }
    for (size_t j = 0; j < columns; j += 8) {
      size_t n = columns - j;
      lanes x, z = -INFINITY;
      for (size_t k = 0; k < inner; k++) {
        const double *q = p + k * columns + j;
        x = n >= 8 ? NAME(load)(q) : LOAD_TAIL(q, n);
        z = LARGER;
      }
      lanes base = z == INFINITY ? (lanes)0.0 : z == -INFINITY ? (lanes)0.0 : z, sum = 0;
      for (size_t k = 0; k < inner; k++) {
        const double *q = p + k * columns + j;
        x = n >= 8 ? NAME(load)(q) : LOAD_TAIL(q, n);
        sum += NAME(exp)(x - base);
      }
      x = NAME(log)(sum) + base;
      if (n >= 8) NAME(store)(y + j, x);
      else STORE_TAIL(y + j, x, n);
    }
  }
}

// Larger ones are LAPACK's and BLAS's.
#define LARGEST_OWN 48

// The lower factor, row by row.
TARGET static void NAME(factorise)(const ck_step *s, double *arena) {
  size_t size = (size_t)s->rows;
  const double *a = arena + s->a;
  double *y = arena + s->output;
  int fails = 0;
  if (size > LARGEST_OWN) {
    memcpy(y, a, size * size * sizeof(double));
    fails = ck_cholesky(y, (int32_t)size) != 0;
    for (size_t i = 0; i < size; i++)
      memset(y + i * size + i + 1, 0, (size - i - 1) * sizeof(double));
  } else {
    double inverses[LARGEST_OWN];
    for (size_t i = 0; i < size; i++) {
      double *row = y + i * size, rest = a[i * size + i];
      for (size_t j = 0; j < i; j++) {
        double sum = a[i * size + j];
        const double *other = y + j * size;
        for (size_t k = 0; k < j; k++) sum -= row[k] * other[k];
        sum *= inverses[j];
        row[j] = sum;
        rest -= sum * sum;
      }
      if (!(rest > 0)) {
        fails = 1;
        break;
      }
      row[i] = sqrt(rest);
      inverses[i] = 1 / row[i];
      memset(row + i + 1, 0, (size - i - 1) * sizeof(double));
    }
  }
  if (fails)
    for (size_t i = 0; i < size * size; i++) y[i] = NAN;
}

// A triangle's inverse times a matrix, a row of the result after the other.
TARGET static void NAME(solve)(const ck_step *s, double *arena) {
  size_t size = (size_t)s->rows, columns = (size_t)s->columns;
  const double *a = arena + s->a;
  double *y = arena + s->output;
  int is_lower = (s->flags & CK_A_UPPER) == 0, transposed = (s->flags & CK_A_TRANSPOSED) != 0;
  memcpy(y, arena + s->b, size * columns * sizeof(double));
  if (size > LARGEST_OWN) {
    ck_solve_triangular_matrix(a, is_lower, transposed, (int32_t)size, (int32_t)columns, y);
    return;
  }
  size_t row = transposed ? 1 : size, step = transposed ? size : 1;
  int forward = is_lower != transposed;
  for (size_t n = 0; n < size; n++) {
    size_t i = forward ? n : size - 1 - n;
    double *target = y + i * columns, inverse = 1 / a[i * row + i * step];
    for (size_t m = 0; m < n; m++) {
      size_t k = forward ? m : size - 1 - m;
      double factor = a[i * row + k * step];
      const double *source = y + k * columns;
      size_t j = 0;
      for (; j + 8 <= columns; j += 8)
        NAME(store)(target + j, NAME(load)(target + j) - factor * NAME(load)(source + j));
      for (; j < columns; j++) target[j] -= factor * source[j];
    }
    for (size_t j = 0; j < columns; j++) target[j] *= inverse;
  }
}

TARGET static void NAME(recur)(const ck_step *s, double *arena) {
  const double *a = arena + s->a, *b = arena + s->b;
  double *y = arena + s->output;
  // One coefficient for all stays in place.
  int64_t move = s->flags & CK_A_SCALAR ? 0 : 1;
  int64_t count = s->count, width = s->columns;
  if (width > 1) {
    // Side by side.
    int forward = s->operation == CK_RECURRENCE;
    for (int64_t n = 0; n < count; n++) {
      int64_t t = forward ? n : count - 1 - n, before = forward ? t - 1 : t + 1;
      const double *factor = a + (forward ? t - 1 : t) * width * move;
      for (int64_t j = 0; j < width; j++)
        y[t * width + j] = b[t * width + j]
            + (n == 0 ? 0.0 : factor[move ? j : 0] * y[before * width + j]);
    }
    return;
  }
  if (s->operation == CK_RECURRENCE) {
    double value = b[0];
    y[0] = value;
    for (int64_t t = 1; t < count; t++) y[t] = value = b[t] + a[(t - 1) * move] * value;
  } else {
    double value = b[count - 1];
    y[count - 1] = value;
    for (int64_t t = count - 2; t >= 0; t--) y[t] = value = b[t] + a[t * move] * value;
  }
}

// Elementwise operations: their code and what they make of lanes x, z, w.
#define FOR_EACH_UNARY(do)                                                  \
  do(CK_IDENTITY, x)                                                        \
  do(CK_NEGATE, -x)                                                         \
  do(CK_ABSOLUTE, NAME(absolute)(x))                                        \
  do(CK_SIGN, x > 0 ? (lanes)1.0 : x < 0 ? (lanes)-1.0 : x)                 \
  do(CK_SQUARE, x * x)                                                      \
  do(CK_RECIPROCAL, 1.0 / x)                                                \
  do(CK_SQUARE_ROOT, SQRT_LANES(x))                                         \
  do(CK_EXP, NAME(exp)(x))                                                  \
  do(CK_EXPM1, NAME(expm1)(x))                                              \
  do(CK_LOG, NAME(log)(x))                                                  \
  do(CK_LOG1P, NAME(log1p)(x))                                              \
  do(CK_SIN, NAME(sin)(x))                                                  \
  do(CK_COS, NAME(cos)(x))                                                  \
  do(CK_TAN, NAME(tan)(x))                                                  \
  do(CK_ASIN, NAME(asin)(x))                                                \
  do(CK_ACOS, NAME(acos)(x))                                                \
  do(CK_ATAN, NAME(atan)(x))                                                \
  do(CK_SINH, NAME(sinh)(x))                                                \
  do(CK_COSH, NAME(cosh)(x))                                                \
  do(CK_TANH, NAME(quick_tanh)(x))                                          \
  do(CK_ASINH, NAME(asinh)(x))                                              \
  do(CK_ACOSH, NAME(acosh)(x))                                              \
  do(CK_ATANH, NAME(atanh)(x))                                              \
  do(CK_ERF, NAME(erf)(x))                                                  \
  do(CK_ERFC, NAME(erfc)(x))                                                \
  do(CK_LGAMMA, NAME(lgamma)(x))                                            \
  do(CK_LOGISTIC, 1.0 / (1.0 + NAME(exp)(-x)))                              \
  do(CK_SOFTPLUS, NAME(softplus)(x))                                        \
  do(CK_LOG1MEXP, NAME(log1mexp)(x))
#define FOR_EACH_BINARY(do)                                                 \
  do(CK_ADD, x + z)                                                         \
  do(CK_SUBTRACT, x - z)                                                    \
  do(CK_MULTIPLY, x * z)                                                    \
  do(CK_DIVIDE, x / z)                                                      \
  do(CK_POWER, NAME(power)(x, z))                                           \
  do(CK_MINIMUM, x < z ? x : z < x ? z : z == z ? x : z)                    \
  do(CK_MAXIMUM, LARGER)                    \
  do(CK_LESS, NAME(one_where)(x < z))                                       \
  do(CK_LESS_OR_EQUAL, NAME(one_where)(x <= z))                             \
  do(CK_EQUAL, NAME(one_where)(x == z))
#define FOR_EACH_TERNARY(do)                                                \
  do(CK_SELECT, x != 0 ? z : w)                                             \
  do(CK_MULTIPLY_ADD, x * z + w)                                            \
  do(CK_MULTIPLY_SUBTRACT, x * z - w)                                       \
  do(CK_SUBTRACT_PRODUCT, w - x * z)

// One element alone stays out of memory wider than itself: what was stored as one number would be waited
// for if it was read as a vector.
TARGET static inline __attribute__((always_inline)) void NAME(single)(
    const ck_step *s, double *arena) {
  double first = arena[s->a], second = arena[s->b], third = arena[s->c], *y = arena + s->output;
  switch (s->operation) {
    case CK_ADD: y[0] = first + second; return;
    case CK_SUBTRACT: y[0] = first - second; return;
    case CK_MULTIPLY: y[0] = first * second; return;
    case CK_DIVIDE: y[0] = first / second; return;
    case CK_MULTIPLY_ADD: y[0] = first * second + third; return;
    case CK_MULTIPLY_SUBTRACT: y[0] = first * second - third; return;
    case CK_SUBTRACT_PRODUCT: y[0] = third - first * second; return;
    case CK_IDENTITY: y[0] = first; return;
    case CK_NEGATE: y[0] = -first; return;
    case CK_SQUARE: y[0] = first * first; return;
    case CK_RECIPROCAL: y[0] = 1 / first; return;
    default: break;
  }
  lanes x = first, z = second, w = third;
#define SINGLE(code, body) case code: x = body; break;
  switch (s->operation) {
    FOR_EACH_UNARY(SINGLE)
    FOR_EACH_BINARY(SINGLE)
    FOR_EACH_TERNARY(SINGLE)
    default: break;
  }
#undef SINGLE
  y[0] = x[0];
}

// A vector of up to eight elements, in memory that takes all eight.
TARGET static inline __attribute__((always_inline)) void NAME(one_vector)(
    const ck_step *s, double *arena) {
  uint32_t flags = s->flags;
  lanes x = flags & CK_A_SCALAR ? (lanes)arena[s->a] : NAME(load)(arena + s->a);
  lanes z = flags & CK_B_SCALAR ? (lanes)arena[s->b] : NAME(load)(arena + s->b);
  lanes w = flags & CK_C_SCALAR ? (lanes)arena[s->c] : NAME(load)(arena + s->c);
#define VECTOR(code, body) case code: x = body; break;
  switch (s->operation) {
    FOR_EACH_UNARY(VECTOR)
    FOR_EACH_BINARY(VECTOR)
    FOR_EACH_TERNARY(VECTOR)
    default: break;
  }
#undef VECTOR
  NAME(store)(arena + s->output, x);
}

#define FOR_ALL(body)                                        \
  {                                                          \
    for (; i + 8 <= n; i += 8) {                             \
      BODY_LOAD(NAME(load)) NAME(store)(y + i, body);        \
    }                                                        \
    if (i < n) {                                             \
      BODY_LOAD(TAIL) STORE_TAIL(y + i, body, n - i);        \
    }                                                        \
    break;                                                   \
  }
#define TAIL(p) LOAD_TAIL(p, n - i)
#define EACH(code, body) case code: FOR_ALL(body)

// The operands of a step for the run that starts at `start`, number `row` of its group.
#define PLACE(letter, p)                                                                      \
  const double *p = arena + s->p;                                                             \
  size_t step_##p = ~(size_t)0;                                                               \
  lanes same_##p;                                                                             \
  if (in_group && flags & CK_##letter##_MOVES) p += start;                                    \
  if (in_group && flags & CK_##letter##_ADVANCES) p += row;                                   \
  if (flags & (CK_##letter##_SCALAR | CK_##letter##_LANES)) {                                 \
    same_##p = flags & CK_##letter##_SCALAR ? (lanes)p[0] : NAME(load)(p);                    \
    p = (const double *)&same_##p;                                                            \
    step_##p = 0;                                                                             \
  }

#define GET_A(get) lanes x = get(a + (i & step_a));
#define GET_AB(get) lanes x = get(a + (i & step_a)), z = get(b + (i & step_b));
#define GET_ABC(get) \
  lanes x = get(a + (i & step_a)), z = get(b + (i & step_b)), w = get(c + (i & step_c));

TARGET static inline __attribute__((always_inline)) void NAME(step)(
    const ck_step *s, double *arena, const int32_t *tables, int in_group, size_t start, size_t row,
    size_t n) {
  uint32_t flags = s->flags;
  double *y = arena + s->output;
  if (in_group && flags & CK_OUTPUT_MOVES) y += start;
  if (in_group && flags & CK_OUTPUT_ADVANCES) y += row;
  int is_first = (flags & CK_OUTPUT_ADVANCES) != 0
      || ((!in_group || start == 0) && (flags & CK_CONTINUES) == 0);
  size_t i = 0;
  // Where nothing else follows in the last vector, all of it may be written.
  if (!in_group && flags & CK_OUTPUT_PADDED) n = (n + 7) & ~(size_t)7;
  PLACE(A, a)
#define BODY_LOAD GET_A
  switch (s->operation) {
    FOR_EACH_UNARY(EACH)
    case CK_SUM: {
      if (!in_group && n == 8 && is_first) {
        y[0] = NAME(total)(NAME(load)(a));
        break;
      }
      lanes sum = 0, more = 0;
      for (; i + 16 <= n; i += 16) {
        sum += NAME(load)(a + (i & step_a));
        more += NAME(load)(a + ((i + 8) & step_a));
      }
      if (i + 8 <= n) {
        sum += NAME(load)(a + (i & step_a));
        i += 8;
      }
      if (i < n) more += LOAD_TAIL(a + (i & step_a), n - i);
      double total = NAME(total)(sum + more);
      y[0] = is_first ? total : y[0] + total;
      break;
    }
    case CK_LARGEST: {
      double largest = is_first ? -INFINITY : y[0];
      for (; i < n; i++)
        if (a[i] > largest || a[i] != a[i]) largest = a[i];
      y[0] = largest;
      break;
    }
    case CK_LARGEST_ROWS:
      for (; i + 8 <= n; i += 8) {
        lanes x = NAME(load)(a + (i & step_a)), z = is_first ? x : NAME(load)(y + i);
        NAME(store)(y + i, LARGER);
      }
      if (i < n) {
        lanes x = TAIL(a + (i & step_a)), z = is_first ? x : TAIL(y + i);
        STORE_TAIL(y + i, LARGER, n - i);
      }
      break;
    case CK_SUM_ROWS:
      for (; i + 8 <= n; i += 8) {
        lanes x = NAME(load)(a + (i & step_a));
        NAME(store)(y + i, is_first ? x : NAME(load)(y + i) + x);
      }
      if (i < n) {
        lanes x = TAIL(a + (i & step_a));
        STORE_TAIL(y + i, is_first ? x : TAIL(y + i) + x, n - i);
      }
      break;
    case CK_GATHER: {
      const int32_t *table = tables + s->b;
      for (; i < n; i++) y[i] = a[table[i]];
      break;
    }
    case CK_SCATTER_ADD: {
      const int32_t *table = tables + s->b;
      memset(y, 0, (size_t)s->c * sizeof(double));
      for (; i < n; i++) y[table[i]] += a[i];
      break;
    }
    case CK_RECURRENCE:
    case CK_REVERSED_RECURRENCE: NAME(recur)(s, arena); break;
    case CK_SUM_ALL_ROWS: {
      size_t rows = (size_t)s->rows, width = (size_t)s->columns;
      for (size_t j = 0; j < width; j += 32) {
        size_t take = width - j < 32 ? width - j : 32, full = take / 8, left = take % 8;
        lanes sums[4] = {0, 0, 0, 0};
        if (!is_first) memcpy(sums, y + j, take * sizeof(double));
        for (size_t r = 0; r < rows; r++) {
          const double *p = a + r * width + j;
          for (size_t v = 0; v < full; v++) sums[v] += NAME(load)(p + 8 * v);
          if (left) sums[full] += LOAD_TAIL(p + 8 * full, left);
        }
        memcpy(y + j, sums, take * sizeof(double));
      }
      break;
    }
    case CK_LOG_SUM_EXP: NAME(log_sum_exp)(s, arena); break;
    case CK_CUMULATIVE_SUM:
    case CK_REVERSED_CUMULATIVE_SUM: {
      int backward = s->operation == CK_REVERSED_CUMULATIVE_SUM;
      double sum = 0;
      for (; i < n; i++) {
        size_t t = backward ? n - 1 - i : i;
        y[t] = sum += arena[(size_t)s->b + t];
      }
      break;
    }
    case CK_CHOLESKY: NAME(factorise)(s, arena); break;
    case CK_TRIANGULAR_SOLVE: NAME(solve)(s, arena); break;
    case CK_MATRIX_PRODUCT: NAME(multiply)(s, arena); break;
    default: {
      PLACE(B, b)
#undef BODY_LOAD
#define BODY_LOAD GET_AB
      switch (s->operation) {
        FOR_EACH_BINARY(EACH)
        case CK_DOT: {
          if (!in_group && n == 8 && is_first) {
            y[0] = NAME(total)(NAME(load)(a) * NAME(load)(b));
            break;
          }
          lanes sum = 0, more = 0;
          for (; i + 16 <= n; i += 16) {
            sum += NAME(load)(a + (i & step_a)) * NAME(load)(b + (i & step_b));
            more += NAME(load)(a + ((i + 8) & step_a)) * NAME(load)(b + ((i + 8) & step_b));
          }
          if (i + 8 <= n) {
            sum += NAME(load)(a + (i & step_a)) * NAME(load)(b + (i & step_b));
            i += 8;
          }
          if (i < n) more += TAIL(a + (i & step_a)) * TAIL(b + (i & step_b));
          double total = NAME(total)(sum + more);
          y[0] = is_first ? total : y[0] + total;
          break;
        }
        default: {
          PLACE(C, c)
#undef BODY_LOAD
#define BODY_LOAD GET_ABC
          switch (s->operation) {
            FOR_EACH_TERNARY(EACH)
            default: break;
          }
        }
      }
    }
  }
#undef BODY_LOAD
}

TARGET static void NAME(repeat)(const ck_step *s, const int32_t *tables, double *arena);

TARGET static inline __attribute__((always_inline)) void NAME(run_steps)(
    const ck_step *steps, size_t count, const int32_t *tables, double *arena) {
  for (size_t k = 0; k < count; k++) {
    const ck_step *s = steps + k;
    if (s->count == 1 && s->operation <= CK_LAST_ELEMENTWISE) {
      NAME(single)(s, arena);
      continue;
    }
    if (s->count <= 8 && s->flags & CK_OUTPUT_PADDED) {
      NAME(one_vector)(s, arena);
      continue;
    }
    if (s->operation == CK_GROUP) {
      size_t total = (size_t)s->count, run = (size_t)s->b, members = (size_t)s->a, row = 0;
      for (size_t start = 0; start < total; start += run, row++) {
        size_t n = total - start < run ? total - start : run;
        for (size_t j = 1; j <= members; j++)
          NAME(step)(s + j, arena, tables, 1, start, row, n);
      }
      k += members;
      continue;
    }
    if (s->operation == CK_REPEAT) {
      NAME(repeat)(s, tables, arena);
      k += (size_t)s->a;
      continue;
    }
    NAME(step)(s, arena, tables, 0, 0, 0, (size_t)s->count);
  }
}

// In a frame of its own, which short programs do without.
TARGET static __attribute__((noinline)) void NAME(repeat)(
    const ck_step *s, const int32_t *tables, double *arena) {
  ck_step shifted[CK_MOST_STEPS];
  size_t members = (size_t)s->a;
  for (int32_t k = 0; k < s->count; k++) {
    for (size_t j = 0; j < members; j++) {
      ck_step step = s[1 + j];
      step.output += k * step.output_advance;
      if (step.operation != CK_GROUP) {
        step.a += k * step.a_advance;
        step.b += k * step.b_advance;
        step.c += k * step.c_advance;
        if (k > 0 && step.flags & CK_SUMS_UP) step.flags |= CK_CONTINUES;
      }
      shifted[j] = step;
    }
    NAME(run_steps)(shifted, members, tables, arena);
  }
}

TARGET static void NAME(run)(
    const ck_step *steps, size_t count, const int32_t *tables, double *arena, const double *input,
    size_t input_count, size_t input_place) {
  // In whole vectors, as it will be read.
  size_t i = 0;
  for (; i + 8 <= input_count; i += 8) NAME(store)(arena + input_place + i, NAME(load)(input + i));
  for (; i < input_count; i++) arena[input_place + i] = input[i];
  NAME(run_steps)(steps, count, tables, arena);
}

#undef TILE_ROWS
#undef TILE_COLUMNS
#undef TILES
#undef STRETCH
#undef LARGEST_TRANSPOSED
#undef LARGEST_OWN
#undef FOR_EACH_UNARY
#undef FOR_EACH_BINARY
#undef FOR_EACH_TERNARY
#undef FOR_ALL
#undef TAIL
#undef EACH
#undef PLACE
#undef GET_A
#undef GET_AB
#undef GET_ABC
