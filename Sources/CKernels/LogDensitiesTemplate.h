// Log densities of values and of rows for one instruction set. The including file defines, besides what
// LanesTemplate.h takes,
//   EXP8(x)  a statement that replaces x, an f64x8, by its exponential

INLINE void NAME(exp_of)(REAL *x) {
  f64x8 parts[WIDE];
  memcpy(parts, x, sizeof *x);
  for (int v = 0; v < WIDE; v++) EXP8(parts[v]);
  *x = JOIN(parts);
}

// The parameters are k[0], k[1], ...; the last values are computed in a vector filled up with them.
#define DEFINE_DENSITY(density)                                                            \
  TARGET static int NAME(density)(                                                         \
      const double *k, const double *values, double *results, size_t count) {              \
    MASK is_odd = {0};                                                                     \
    REAL x, result;                                                                        \
    size_t i = 0;                                                                          \
    for (; i + LANES <= count; i += LANES) {                                               \
      LOAD(x, values + i);                                                                 \
      NAME(density##_at)(k, &x, &result);                                                  \
      is_odd |= result != result;                                                          \
      STORE(results + i, result);                                                          \
    }                                                                                      \
    if (i < count) {                                                                       \
      double rest[LANES];                                                                  \
      for (size_t lane = 0; lane < LANES; lane++)                                          \
        rest[lane] = values[i + lane < count ? i + lane : count - 1];                      \
      LOAD(x, rest);                                                                       \
      NAME(density##_at)(k, &x, &result);                                                  \
      is_odd |= result != result;                                                          \
      memcpy(results + i, &result, (count - i) * 8);                                       \
    }                                                                                      \
    return __builtin_reduce_or(is_odd) != 0;                                               \
  }

#define IF(mask, value, other) SELECT(mask, value, (REAL){0} + (other))

// k: mean, 1 / sd, log normalisation.
INLINE void NAME(normal_at)(const double *k, const REAL *x, REAL *result) {
  REAL z = (*x - k[0]) * k[1], half = -0.5 * z;
  *result = half * z + k[2];
}
DEFINE_DENSITY(normal)

// k: location, 1 / scale, 1 / sqrt(df), log height, (df + 1) / 2. The two factors may underflow as one.
INLINE void NAME(student_t_at)(const double *k, const REAL *x, REAL *result) {
  REAL z = (*x - k[0]) * k[1] * k[2], square = z * z;
  MASK is_plain = square <= 1e300;
  NAME(log1p_of)(&square);
  *result = IF(is_plain, k[3] - k[4] * square, NAN);
}
DEFINE_DENSITY(student_t)

// k: rate, log rate.
INLINE void NAME(exponential_at)(const double *k, const REAL *x, REAL *result) {
  *result = IF(*x >= 0, k[1] - k[0] * *x, -INFINITY);
}
DEFINE_DENSITY(exponential)

// k: lower, upper, log height.
INLINE void NAME(uniform_at)(const double *k, const REAL *x, REAL *result) {
  REAL height = (REAL){0} + k[2];
  *result = IF((*x >= k[0]) & (*x <= k[1]), height, -INFINITY);
}
DEFINE_DENSITY(uniform)

// k: shape - 1, rate, log normalisation.
INLINE void NAME(gamma_at)(const double *k, const REAL *x, REAL *result) {
  MASK is_plain = (*x >= SMALLEST_NORMAL) & (*x <= LARGEST);
  REAL log_x = IF(is_plain, *x, 1);
  NAME(log_of)(&log_x);
  REAL product = k[1] * *x;
  *result = IF(is_plain, k[0] * log_x - product + k[2], NAN);
  *result = IF((*x < 0) | (*x > LARGEST), (REAL){0} - INFINITY, *result);
}
DEFINE_DENSITY(gamma)

// k: shape, rate, log normalisation. Near the mode log r - r + 1 is -w u + w^3 s with u = r - 1 and
// w = u / (2 + u), from the series s of the logarithm: nothing cancels.
INLINE void NAME(large_gamma_at)(const double *k, const REAL *x, REAL *result) {
  REAL ratio = k[1] * *x / k[0], series;
  MASK is_plain = (*x >= SMALLEST_NORMAL) & (*x <= LARGEST) & (ratio >= SMALLEST_NORMAL)
      & (ratio <= 1e300);
  REAL log_x = IF(is_plain, *x, 1), log_ratio = IF(is_plain, ratio, 1), u = log_ratio - 1;
  NAME(log_of)(&log_x);
  MASK is_near = (log_ratio >= 0.75) & (log_ratio < 1.5);
  REAL w = u / (2 + u), square = w * w;
  NAME(log_series)(&square, &series);
  NAME(log_of)(&log_ratio);
  REAL near = w * (square * series - u);
  REAL deficit = SELECT(is_near, near, log_ratio - u);
  *result = IF(is_plain, k[0] * deficit + k[2] - log_x, NAN);
  *result = IF((*x < 0) | (*x > LARGEST), (REAL){0} - INFINITY, *result);
}
DEFINE_DENSITY(large_gamma)

// k: mean, 1 / sd, log normalisation. The mean is taken off the largest part of the logarithm, an exact
// product, before the others are added.
INLINE void NAME(log_normal_at)(const double *k, const REAL *x, REAL *result) {
  MASK is_plain = (*x >= SMALLEST_NORMAL) & (*x <= LARGEST);
  REAL plain = IF(is_plain, *x, 1), exponent, m;
  NAME(split)(&plain, &exponent, &m);
  NAME(log_of)(&m);
  REAL coarse = exponent * 0x1.62e42fefap-1, fine = exponent * 0x1.cf79abc9e3b3ap-40 + m;
  REAL z = ((coarse - k[0]) + fine) * k[1], half = -0.5 * z;
  *result = IF(is_plain, (half * z + k[2]) - (coarse + fine), NAN);
  *result = IF((*x <= 0) | (*x > LARGEST), (REAL){0} - INFINITY, *result);
}
DEFINE_DENSITY(log_normal)

// k: location, 1 / scale, log height.
INLINE void NAME(laplace_at)(const double *k, const REAL *x, REAL *result) {
  *result = k[2] - __builtin_elementwise_abs(*x - k[0]) * k[1];
}
DEFINE_DENSITY(laplace)

// k: location, 1 / scale, -log scale.
INLINE void NAME(logistic_at)(const double *k, const REAL *x, REAL *result) {
  REAL z = __builtin_elementwise_abs(*x - k[0]) * k[1], power = -z;
  MASK is_number = z == z;
  NAME(exp_of)(&power);
  NAME(log1p_of)(&power);
  *result = IF(is_number, k[2] - z - 2 * power, NAN);
}
DEFINE_DENSITY(logistic)

INLINE void NAME(log_add_exp_at)(double offset, const REAL *term, REAL *sum) {
  REAL b = *term + offset;
  MASK is_larger = *sum > b, is_equal = *sum == b;
  REAL larger = SELECT(is_larger, *sum, b), difference = SELECT(is_larger, b, *sum) - larger;
  // Two infinities of the same sign have no difference.
  MASK is_number = difference <= 0;
  REAL power = IF(is_number, difference, 0);
  NAME(exp_of)(&power);
  NAME(log1p_of)(&power);
  *sum = IF(is_number | is_equal, larger + power, NAN);
}

// sums = log(exp(sums) + exp(terms + offset)).
TARGET static void NAME(log_add_exp)(
    double offset, const double *terms, double *sums, size_t count) {
  REAL term, sum;
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    LOAD(term, terms + i);
    LOAD(sum, sums + i);
    NAME(log_add_exp_at)(offset, &term, &sum);
    STORE(sums + i, sum);
  }
  if (i < count) {
    double rest[2][LANES] = {{0}};
    memcpy(rest[0], terms + i, (count - i) * 8);
    memcpy(rest[1], sums + i, (count - i) * 8);
    LOAD(term, rest[0]);
    LOAD(sum, rest[1]);
    NAME(log_add_exp_at)(offset, &term, &sum);
    memcpy(sums + i, &sum, (count - i) * 8);
  }
}

// values = min(largest, offset + factor values), rounded twice.
TARGET static void NAME(scale)(
    double factor, double offset, double largest, double *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double product = factor * values[i];
    double sum = offset + product;
    values[i] = sum > largest ? largest : sum;
  }
}

// values = offset + factor factors values.
TARGET static void NAME(scale_each)(
    const double *factors, double factor, double offset, double *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = offset + factors[i] * (factor * values[i]);
}

// Column i of LANES rows, each at its place.
INLINE void NAME(column)(const double *rows, const size_t *places, size_t i, REAL *column) {
  f64x8 parts[WIDE];
  for (int v = 0; v < WIDE; v++, places += 8)
    parts[v] = (f64x8){rows[places[0] + i], rows[places[1] + i], rows[places[2] + i],
                       rows[places[3] + i], rows[places[4] + i], rows[places[5] + i],
                       rows[places[6] + i], rows[places[7] + i]};
  *column = JOIN(parts);
}

#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)

// The two columns of LANES rows one after the other.
INLINE void NAME(two_columns)(const double *rows, REAL *first, REAL *second) {
  f64x8 pairs[2], parts[2][WIDE];
  for (int v = 0; v < WIDE; v++) {
    memcpy(pairs, rows + 16 * v, sizeof pairs);
    parts[0][v] = EVEN(pairs[0], pairs[1]);
    parts[1][v] = ODD(pairs[0], pairs[1]);
  }
  *first = JOIN(parts[0]);
  *second = JOIN(parts[1]);
}

INLINE void NAME(store_two_columns)(const REAL *first, const REAL *second, double *rows) {
  f64x8 x[WIDE], y[WIDE], pair;
  memcpy(x, first, sizeof *first);
  memcpy(y, second, sizeof *second);
  for (int v = 0; v < WIDE; v++) {
    pair = __builtin_shufflevector(x[v], y[v], 0, 8, 1, 9, 2, 10, 3, 11);
    STORE(rows + 16 * v, pair);
    pair = __builtin_shufflevector(x[v], y[v], 4, 12, 5, 13, 6, 14, 7, 15);
    STORE(rows + 16 * v + 8, pair);
  }
}

// The place of a row's element by its number in the triangle.
#define ELEMENT(t, i) ((t)->is_reversed ? (t)->size - 1 - (i) : (i))

// The squared lengths of T^-1 (x - center), or T (x - center), of LANES rows.
INLINE void NAME(square_lengths)(
    const ck_triangle *t, const double *rows, const size_t *places, double *scratch, REAL *square) {
  const double *row = t->elements;
  REAL sum = {0};
  for (size_t i = 0; i < t->size; row += ++i) {
    REAL element, other;
    NAME(column)(rows, places, ELEMENT(t, i), &element);
    element -= t->center[ELEMENT(t, i)];
    if (t->is_inverse) {
      STORE(scratch + LANES * i, element);
      element *= row[i];
      for (size_t j = 0; j < i; j++) {
        LOAD(other, scratch + LANES * j);
        element += row[j] * other;
      }
    } else {
      for (size_t j = 0; j < i; j++) {
        LOAD(other, scratch + LANES * j);
        element -= row[j] * other;
      }
      element *= t->inverse_diagonal[i];
      STORE(scratch + LANES * i, element);
    }
    sum += element * element;
  }
  *square = sum;
}

INLINE void NAME(square_lengths_of_pairs)(
    const ck_triangle *t, const double *rows, REAL *square) {
  const double *element = t->elements;
  REAL x, y;
  NAME(two_columns)(rows, &x, &y);
  x -= t->center[0];
  y -= t->center[1];
  REAL first = t->is_reversed ? y : x, second = t->is_reversed ? x : y;
  if (t->is_inverse) {
    REAL product = second * element[2];
    second = element[1] * first + product;
    first *= element[0];
  } else {
    first *= t->inverse_diagonal[0];
    second = (second - element[1] * first) * t->inverse_diagonal[1];
  }
  REAL sum = first * first;
  *square = second * second + sum;
}

// k: log normalisation, 1 / df, (df + dimension) / 2; 1 / df is zero for a normal distribution.
INLINE void NAME(elliptical_at)(const double *k, const REAL *square, REAL *result) {
  if (k[1] == 0) {
    *result = IF(*square <= LARGEST, k[0] - 0.5 * *square, NAN);
  } else {
    REAL ratio = *square * k[1];
    MASK is_plain = ratio <= 1e300;
    NAME(log1p_of)(&ratio);
    *result = IF(is_plain, k[0] - k[2] * ratio, NAN);
  }
}

TARGET static int NAME(elliptical)(
    const ck_triangle *t, const double *k, const double *rows, double *results, size_t count,
    double *scratch) {
  MASK is_odd = {0};
  REAL square, result;
  for (size_t start = 0; start < count; start += LANES) {
    const size_t size = count - start < LANES ? count - start : LANES;
    if (t->size == 2 && size == LANES) {
      NAME(square_lengths_of_pairs)(t, rows + 2 * start, &square);
    } else if (t->size == 2) {
      double rest[2 * LANES];
      for (size_t lane = 0; lane < LANES; lane++)
        memcpy(rest + 2 * lane, rows + 2 * (start + (lane < size ? lane : size - 1)), 16);
      NAME(square_lengths_of_pairs)(t, rest, &square);
    } else {
      size_t places[LANES];
      for (size_t lane = 0; lane < LANES; lane++)
        places[lane] = (start + (lane < size ? lane : size - 1)) * t->size;
      NAME(square_lengths)(t, rows, places, scratch, &square);
    }
    NAME(elliptical_at)(k, &square, &result);
    is_odd |= result != result;
    memcpy(results + start, &result, size * 8);
  }
  return __builtin_reduce_or(is_odd) != 0;
}

// x = center + stretch T z, or T^-1 z, of rows z in place.
TARGET static void NAME(elliptical_draws)(
    const ck_triangle *t, const double *stretches, double *rows, size_t count, double *scratch) {
  const size_t dimension = t->size;
  for (size_t start = 0; start < count; start += LANES) {
    const size_t size = count - start < LANES ? count - start : LANES;
    double rest[2 * LANES];
    REAL stretch = {0};
    if (!stretches) {
      stretch += 1;
    } else if (size == LANES) {
      LOAD(stretch, stretches + start);
    } else {
      memset(rest, 0, sizeof rest);
      memcpy(rest, stretches + start, size * 8);
      LOAD(stretch, rest);
    }
    if (dimension == 2) {
      double *pairs = size == LANES ? rows + 2 * start : rest;
      if (pairs == rest) {
        memset(rest, 0, sizeof rest);
        memcpy(rest, rows + 2 * start, size * 16);
      }
      REAL x, y;
      NAME(two_columns)(pairs, &x, &y);
      REAL first = t->is_reversed ? y : x, second = t->is_reversed ? x : y;
      const double *element = t->elements;
      if (t->is_inverse) {
        first *= t->inverse_diagonal[0];
        second = (second - element[1] * first) * t->inverse_diagonal[1];
      } else {
        REAL product = second * element[2];
        second = element[1] * first + product;
        first *= element[0];
      }
      x = t->is_reversed ? second : first;
      y = t->is_reversed ? first : second;
      x = stretch * x + t->center[0];
      y = stretch * y + t->center[1];
      NAME(store_two_columns)(&x, &y, pairs);
      if (pairs == rest) memcpy(rows + 2 * start, rest, size * 16);
      continue;
    }
    size_t places[LANES];
    for (size_t lane = 0; lane < LANES; lane++)
      places[lane] = (start + (lane < size ? lane : size - 1)) * dimension;
    const double *row = t->elements;
    // A row of the triangle needs the elements before its own: normals, or what was solved for.
    for (size_t i = 0; i < dimension; row += ++i) {
      REAL element, other;
      NAME(column)(rows, places, ELEMENT(t, i), &element);
      if (t->is_inverse) {
        for (size_t j = 0; j < i; j++) {
          LOAD(other, scratch + LANES * j);
          element -= row[j] * other;
        }
        element *= t->inverse_diagonal[i];
        STORE(scratch + LANES * i, element);
      } else {
        STORE(scratch + LANES * i, element);
        element *= row[i];
        for (size_t j = 0; j < i; j++) {
          LOAD(other, scratch + LANES * j);
          element += row[j] * other;
        }
      }
      element = stretch * element + t->center[ELEMENT(t, i)];
      double values[LANES];
      STORE(values, element);
      for (size_t lane = 0; lane < size; lane++)
        rows[places[lane] + ELEMENT(t, i)] = values[lane];
    }
  }
}

#undef INLINE
#undef LANES
#undef REAL
#undef MASK
#undef BITS
#undef PLACES
#undef SPLAT_BITS
#undef JOIN
#undef SELECT
#undef DEFINE_DENSITY
#undef IF
#undef ELEMENT
#undef EVEN
#undef ODD
#undef TARGET
#undef NAME
#undef WIDE
#undef EXP8
