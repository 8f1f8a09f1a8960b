// The bulk kernels of Philox4x32-10 for one instruction set. The including file defines
//   TARGET      the function attribute of the instruction set
//   NAME(f)     the name of f for it
//   PRODUCT8(product, x, k)
//               a statement that makes product the products of the lower 32 bits of the lanes of x
//               and the 32-bit constant k
//   CONVERT8(x) the lanes of x, below 2^53, as doubles
//   LOG8(x)     a statement that replaces x, an f64x8, by its natural logarithm
//   APPEND8(list, count, values, mask)
//               a statement that appends the lanes of values that the mask marks to a list of
//               count elements, which has room for eight more
// Eight counter values are computed side by side. An output depends on its position alone, so a
// fill may be cut anywhere. Vectors are handed on by address, because how they are passed by value
// depends on the instruction set.

#define INLINE TARGET static inline __attribute__((always_inline))

// The first and the second output of each of eight counter values.
INLINE void NAME(outputs)(
    uint64_t seed, uint64_t stream, const u64x8 *index, u64x8 *first, u64x8 *second) {
  // 32-bit words in the lower halves of 64-bit lanes; what stands above them is masked where it
  // would count.
  const u64x8 low = SPLAT(0xffffffff);
  u64x8 c0 = *index, c1 = *index >> 32, c2 = SPLAT(stream), c3 = SPLAT(stream >> 32);
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
    u64x8 p0, p1;
    PRODUCT8(p0, c0, 0xD2511F53);
    PRODUCT8(p1, c2, 0xCD9E8D57);
    c0 = (p1 >> 32) ^ c1 ^ SPLAT(k0);
    c2 = (p0 >> 32) ^ c3 ^ SPLAT(k1);
    c1 = p1;
    c3 = p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  *first = (c1 << 32) | (c0 & low);
  *second = (c3 << 32) | (c2 & low);
}

// The 16 outputs of the counter values block ... block + 7, in their order.
INLINE void NAME(blocks)(
    uint64_t seed, uint64_t stream, uint64_t block, u64x8 *lower, u64x8 *upper) {
  // Positions wrap at 2^64, so blocks at 2^63.
  u64x8 index = (SPLAT(block) + (u64x8){0, 1, 2, 3, 4, 5, 6, 7}) & SPLAT(INT64_MAX), first, second;
  NAME(outputs)(seed, stream, &index, &first, &second);
  *lower = __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
  *upper = __builtin_shufflevector(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
}

INLINE void NAME(bits_of)(const u64x8 *bits, void *output) { STORE(output, *bits); }

// [0, 1): the upper 53 bits.
INLINE void NAME(unit_of)(const u64x8 *bits, void *output) {
  f64x8 unit = CONVERT8(*bits >> 11) * 0x1p-53;
  STORE(output, unit);
}

// (0, 1): the upper 52 bits, at the middles of their cells.
INLINE void NAME(open_unit_of)(const u64x8 *bits, void *output) {
  f64x8 unit = (CONVERT8(*bits >> 12) + 0.5) * 0x1p-52;
  STORE(output, unit);
}

INLINE void NAME(exponential_of)(const u64x8 *bits, void *output) {
  f64x8 exponential;
  NAME(open_unit_of)(bits, &exponential);
  LOG8(exponential);
  exponential = -exponential;
  STORE(output, exponential);
}

// The normal quantile: M. J. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988),
// doi:10.2307/2347330. Here for p within 0.425 of a half; elsewhere the next function.
INLINE void NAME(central_normal)(const f64x8 *p, f64x8 *normal, i64x8 *is_tail) {
  f64x8 q = *p - 0.5, r = 0.180625 - q * q;
  *is_tail = r < 0;
  f64x8 numerator = q * HORNER(central_numerator, r);
  *normal = numerator / HORNER(central_denominator, r);
}

INLINE void NAME(tail_normal)(const f64x8 *p, f64x8 *normal) {
  i64x8 is_lower = *p < 0.5;
  f64x8 root = SELECT(is_lower, *p, 1.0 - *p);
  LOG8(root);
  root = __builtin_elementwise_sqrt(-root);
  f64x8 s = root - 1.6;
  f64x8 tail = HORNER(tail_numerator, s), divisor = HORNER(tail_denominator, s);
  i64x8 is_far = root > 5.0;
  if (__builtin_expect(__builtin_reduce_or(is_far) != 0, 0)) {
    s = root - 5.0;
    tail = SELECT(is_far, HORNER(far_numerator, s), tail);
    divisor = SELECT(is_far, HORNER(far_denominator, s), divisor);
  }
  *normal = SELECT(is_lower, -tail, tail) / divisor;
}

INLINE void NAME(normal_of)(const u64x8 *bits, void *output) {
  f64x8 p, normal, tail;
  i64x8 is_tail;
  NAME(open_unit_of)(bits, &p);
  NAME(central_normal)(&p, &normal, &is_tail);
  NAME(tail_normal)(&p, &tail);
  normal = SELECT(is_tail, tail, normal);
  STORE(output, normal);
}

// Table entries are loaded lane by lane: that took two thirds of the time of gather instructions.
INLINE void NAME(alias_of)(const u64x8 *bits, void *output, const ck_categories *categories) {
  f64x8 place, edge;
  i64x8 alias;
  NAME(unit_of)(bits, &place);
  place *= (double)categories->count;  // below the count: the unit is at most 1 - 2^-53
  i64x8 cell = TRUNCATE8(place);
  for (int lane = 0; lane < 8; lane++) {
    edge[lane] = categories->cells[cell[lane]].edge;
    alias[lane] = categories->cells[cell[lane]].alias;
  }
  i64x8 is_own = place < edge;
  i64x8 category = ((cell & is_own) | (alias & ~is_own)) + categories->first;
  STORE(output, category);
}

// The first category whose cumulative probability exceeds the unit, or the last: the number of those
// before the last that do not exceed it. Comparisons alone, so exact.
INLINE void NAME(cumulative_of)(
    const u64x8 *bits, void *output, const ck_categories *categories) {
  f64x8 unit, probe;
  NAME(unit_of)(bits, &unit);
  const double *cumulative = categories->cumulative;
  i64x8 category = {0};
  size_t left = categories->count - 1;
  if (left < 32) {
    for (size_t i = 0; i < left; i++) category -= unit >= cumulative[i];
  } else {
    // Bisection with the same steps in every lane.
    while (left > 0) {
      size_t half = (left + 1) / 2;
      for (int lane = 0; lane < 8; lane++) probe[lane] = cumulative[category[lane] + (int64_t)half - 1];
      category += (unit >= probe) & (int64_t)half;
      left -= half;
    }
  }
  category += categories->first;
  STORE(output, category);
}

// The further arguments are the kind's own.
#define DEFINE_FILL(kind, ...)                                                                  \
  TARGET static void NAME(fill_##kind)(                                                         \
      uint64_t seed, uint64_t stream, uint64_t position, const ck_categories *categories,       \
      char *output, size_t count) {                                                             \
    (void)categories;                                                                           \
    uint64_t block = position >> 1, rest[16];                                                   \
    u64x8 lower, upper;                                                                         \
    size_t skipped = position & 1;                                                              \
    while (count > 0) {                                                                         \
      NAME(blocks)(seed, stream, block, &lower, &upper);                                        \
      block += 8;                                                                               \
      if (skipped == 0 && count >= 16) {                                                        \
        NAME(kind##_of)(&lower, output __VA_OPT__(, ) __VA_ARGS__);                                                         \
        NAME(kind##_of)(&upper, output + 64 __VA_OPT__(, ) __VA_ARGS__);                                                    \
        output += 128;                                                                          \
        count -= 16;                                                                            \
        continue;                                                                               \
      }                                                                                         \
      NAME(kind##_of)(&lower, rest __VA_OPT__(, ) __VA_ARGS__);                                                             \
      NAME(kind##_of)(&upper, rest + 8 __VA_OPT__(, ) __VA_ARGS__);                                                         \
      size_t part = count < 16 - skipped ? count : 16 - skipped;                                \
      memcpy(output, rest + skipped, part * 8);                                                 \
      output += part * 8;                                                                       \
      count -= part;                                                                            \
      skipped = 0;                                                                              \
    }                                                                                           \
  }

DEFINE_FILL(bits)
DEFINE_FILL(unit)
DEFINE_FILL(open_unit)
DEFINE_FILL(exponential)
DEFINE_FILL(alias, categories)
DEFINE_FILL(cumulative, categories)

// Three in twenty draws lie in a tail, which takes a logarithm and a root: those of a batch are
// collected and computed side by side.
TARGET static void NAME(fill_normal)(
    uint64_t seed, uint64_t stream, uint64_t position, const ck_categories *categories,
    char *output, size_t count) {
  enum { BATCH = 512 };
  (void)categories;
  double *normals = (double *)output;
  for (size_t start = 0; start < count; start += BATCH) {
    size_t size = count - start < BATCH ? count - start : BATCH, tails = 0;
    double units[BATCH + 8];
    uint64_t tail_places[BATCH + 8];
    f64x8 p, normal;
    i64x8 is_tail;
    NAME(fill_open_unit)(seed, stream, position + start, NULL, (char *)units, size);
    for (size_t i = size; i < size + 7; i++) units[i] = 0.5;
    for (size_t i = 0; i < size; i += 8) {
      memcpy(&p, units + i, sizeof p);
      NAME(central_normal)(&p, &normal, &is_tail);
      u64x8 place = SPLAT(i) + (u64x8){0, 1, 2, 3, 4, 5, 6, 7};
      APPEND8(tail_places, tails, place, is_tail);
      memcpy(normals + start + i, &normal, (i + 8 <= size ? 8 : size - i) * 8);
    }
    for (size_t i = tails; i < tails + 7; i++) tail_places[i] = 0;
    for (size_t i = 0; i < tails; i += 8) {
      for (int lane = 0; lane < 8; lane++) p[lane] = units[tail_places[i + lane]];
      NAME(tail_normal)(&p, &normal);
      for (size_t lane = 0; lane < 8 && i + lane < tails; lane++)
        normals[start + tail_places[i + lane]] = normal[lane];
    }
  }
}

// Logarithms of Gamma(shape, 1) draws by G. Marsaglia and W. W. Tsang's method, ACM TOMS 26 (2000),
// doi:10.1145/358407.358414; a shape below one is raised by one and log u / shape added.
//
// Draw i belongs to position + i. Its attempts use counter values of their own, which name the
// position, the attempt and the space (one for each of several gammas at one position): so a draw
// depends on its position alone. Draws that were not accepted are collected and tried again, eight
// at a time.
TARGET static void NAME(fill_log_gamma)(
    uint64_t seed, uint64_t stream, uint64_t position, uint64_t space, double shape,
    double *output, size_t count) {
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / __builtin_sqrt(9 * d);
  const double log_d = __builtin_log(d);
  enum { BATCH = 512 };
  for (size_t start = 0; start < count; start += BATCH) {
    size_t size = count - start < BATCH ? count - start : BATCH;
    uint64_t pending[BATCH + 8];
    size_t left = size;
    for (size_t i = 0; i < size; i++) pending[i] = i;
    for (uint64_t attempt = 0; left > 0; attempt++) {
      size_t rejected = 0;
      for (size_t i = left; i < left + 7; i++) pending[i] = pending[left - 1];
      for (size_t i = 0; i < left; i += 8) {
        u64x8 place, first, second;
        memcpy(&place, pending + i, sizeof place);
        u64x8 index = ((place + SPLAT(position + start)) & SPLAT(REJECTION_POSITIONS))
            | SPLAT(REJECTION_COUNTER(space, attempt));
        NAME(outputs)(seed, stream, &index, &first, &second);
        f64x8 z, log_u;
        NAME(normal_of)(&first, &z);
        NAME(open_unit_of)(&second, &log_u);
        LOG8(log_u);
        f64x8 root = 1 + c * z;
        i64x8 is_positive = root > 0;
        f64x8 log_root = SELECT(is_positive, root, root * 0 + 1);
        f64x8 cube = log_root * log_root * log_root;
        LOG8(log_root);
        f64x8 bound = 0.5 * z * z + d * (1 - cube + 3 * log_root);
        i64x8 is_accepted = is_positive & (log_u < bound);
        f64x8 value = log_d + 3 * log_root;
        if (attempt == 0 && i + 8 <= left && __builtin_reduce_and(is_accepted) != 0) {
          STORE(output + start + i, value);  // three times in four
          continue;
        }
        for (size_t lane = 0; lane < 8 && i + lane < left; lane++) {
          if (is_accepted[lane]) {
            output[start + place[lane]] = value[lane];
          } else {
            pending[rejected++] = place[lane];
          }
        }
      }
      left = rejected;
    }
    if (shape < 1) {
      for (size_t i = 0; i < size; i += 8) {
        u64x8 place = SPLAT(position + start + i) + (u64x8){0, 1, 2, 3, 4, 5, 6, 7}, first, second;
        u64x8 index =
            (place & SPLAT(REJECTION_POSITIONS)) | SPLAT(REJECTION_COUNTER(space, LAST_ATTEMPT));
        NAME(outputs)(seed, stream, &index, &first, &second);
        f64x8 log_u;
        NAME(open_unit_of)(&first, &log_u);
        LOG8(log_u);
        log_u /= shape;
        for (size_t lane = 0; lane < 8 && i + lane < size; lane++)
          output[start + i + lane] += log_u[lane];
      }
    }
  }
}

// The candidate of an attempt at each of eight positions, and what decides about it: the distance us
// of the uniform from its ends, the uniform v, and whether the squeeze accepts at once.
INLINE void NAME(poisson_candidates)(
    uint64_t seed, uint64_t stream, const u64x8 *index, const poisson_hat *hat, f64x8 *k,
    f64x8 *us, f64x8 *v, i64x8 *is_squeezed) {
  u64x8 first, second;
  f64x8 u;
  NAME(outputs)(seed, stream, index, &first, &second);
  NAME(open_unit_of)(&first, &u);
  NAME(open_unit_of)(&second, v);
  u -= 0.5;
  *us = 0.5 - __builtin_elementwise_abs(u);
  *k = __builtin_elementwise_floor((2 * hat->a / *us + hat->b) * u + hat->mean + 0.43);
  *is_squeezed = (*us >= 0.07) & (*v <= hat->squeeze);
}

// Which candidates the exact test accepts. The logarithm of the probability of k is
//   -log(2 pi k) / 2 - delta(k) - D,   D = k log(k / mean) + mean - k,
// with Stirling's delta (C. Loader, "Fast and accurate computation of binomial probabilities", 2000):
// neither part loses digits to the other, however large the mean.
INLINE void NAME(poisson_test)(
    const f64x8 *candidate, const f64x8 *us, const f64x8 *v, const poisson_hat *hat,
    i64x8 *is_accepted) {
  // The mean is so large that a zero never occurs: its Stirling series is spared.
  i64x8 is_possible = (*candidate >= 1) & ((*us >= 0.013) | (*v <= *us));
  f64x8 k = SELECT(is_possible, *candidate, *candidate * 0 + hat->mean);
  f64x8 log_ratio =
      *v * hat->inverse_alpha * __builtin_elementwise_sqrt(6.283185307179586 * k)
      / (hat->a / (*us * *us) + hat->b);
  LOG8(log_ratio);
  f64x8 difference = k - hat->mean, w = difference / (k + hat->mean), ww = w * w;
  // log(k / mean) is 2 artanh(w): a series where w is small.
  f64x8 deviance = difference * w + 2 * k * w * ww * HORNER(artanh, ww);
  i64x8 is_far = ww > 0.01;
  if (__builtin_reduce_or(is_far) != 0) {
    f64x8 log_quotient = k / hat->mean;
    LOG8(log_quotient);
    deviance = SELECT(is_far, k * log_quotient - difference, deviance);
  }
  f64x8 inverse = 1 / k, square = inverse * inverse;
  f64x8 delta = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)));
  *is_accepted = is_possible & (log_ratio <= -deviance - delta);
}

// Poisson draws by W. Hörmann's transformed rejection (PTRS), "The transformed rejection method for
// generating Poisson random variables", Insurance: Mathematics and Economics 12 (1993),
// doi:10.1016/0167-6687(93)90997-4.
//
// Positions, counter values and batches are as in fill_log_gamma, in a space of their own. Seven in
// eight draws need no more than the squeeze; the others are collected for the exact test.
TARGET static void NAME(fill_poisson)(
    uint64_t seed, uint64_t stream, uint64_t position, const poisson_hat *hat, int64_t *output,
    size_t count) {
  enum { BATCH = 512 };
  for (size_t start = 0; start < count; start += BATCH) {
    size_t size = count - start < BATCH ? count - start : BATCH;
    uint64_t pending[BATCH + 8], doubtful[BATCH + 8];
    size_t left = size;
    for (size_t i = 0; i < size; i++) pending[i] = i;
    for (uint64_t attempt = 0; left > 0; attempt++) {
      const u64x8 base = SPLAT(position + start);
      const u64x8 counter = SPLAT(REJECTION_COUNTER(2, attempt));
      u64x8 place, index;
      f64x8 k, us, v;
      i64x8 is_accepted, is_doubtful;
      size_t doubts = 0, rejected = 0;
      for (size_t i = left; i < left + 7; i++) pending[i] = pending[left - 1];
      for (size_t i = 0; i < left; i += 8) {
        memcpy(&place, pending + i, sizeof place);
        index = ((place + base) & SPLAT(REJECTION_POSITIONS)) | counter;
        NAME(poisson_candidates)(seed, stream, &index, hat, &k, &us, &v, &is_accepted);
        i64x8 draw = __builtin_convertvector(k, i64x8);
        if (i + 8 <= left) {
          is_doubtful = ~is_accepted;
          // What is not accepted is overwritten later.
          if (attempt == 0) {
            STORE(output + start + i, draw);
          } else {
            for (size_t lane = 0; lane < 8; lane++) output[start + place[lane]] = draw[lane];
          }
          APPEND8(doubtful, doubts, place, is_doubtful);
        } else {
          for (size_t lane = 0; i + lane < left; lane++) {
            output[start + place[lane]] = draw[lane];
            if (!is_accepted[lane]) doubtful[doubts++] = place[lane];
          }
        }
      }
      if (doubts > 0)
        for (size_t i = doubts; i < doubts + 7; i++) doubtful[i] = doubtful[doubts - 1];
      for (size_t i = 0; i < doubts; i += 8) {
        memcpy(&place, doubtful + i, sizeof place);
        index = ((place + base) & SPLAT(REJECTION_POSITIONS)) | counter;
        NAME(poisson_candidates)(seed, stream, &index, hat, &k, &us, &v, &is_accepted);
        NAME(poisson_test)(&k, &us, &v, hat, &is_accepted);
        for (size_t lane = 0; lane < 8 && i + lane < doubts; lane++)
          if (!is_accepted[lane]) pending[rejected++] = place[lane];
      }
      left = rejected;
    }
  }
}

// In the order of ck_philox_kind.
static fill_function *const NAME(fills)[] = {
    NAME(fill_bits), NAME(fill_unit), NAME(fill_open_unit), NAME(fill_exponential),
    NAME(fill_normal), NAME(fill_alias), NAME(fill_cumulative)};

#undef INLINE
#undef DEFINE_FILL
#undef TARGET
#undef NAME
#undef PRODUCT8
#undef CONVERT8
#undef LOG8
#undef APPEND8
