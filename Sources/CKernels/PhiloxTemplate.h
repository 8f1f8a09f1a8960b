// The bulk kernels of Philox4x32-10 for one instruction set. The including file defines, besides what
// LanesTemplate.h takes,
//   PRODUCT8(product, x, k)
//               a statement that makes product the products of the lower 32 bits of the lanes of x
//               and the 32-bit constant k
//   CONVERT8(x) the lanes of x, below 2^53, as doubles
//   APPEND(list, count, values, mask)
//               a statement that appends the lanes of values that the mask marks to a list of
//               count elements, which has room for LANES more
// LANES counter values are computed side by side: the rounds of one wait for each other's products, and
// the processor cannot look far enough ahead to begin another by itself. An output depends on its
// position alone, so a fill may be cut anywhere.

// The first and the second outputs of LANES counter values.
INLINE void NAME(outputs)(
    uint64_t seed, uint64_t stream, const u64x8 *index, u64x8 *first, u64x8 *second) {
  // 32-bit words in the lower halves of 64-bit lanes, whatever stands above them.
  u64x8 c0[WIDE], c1[WIDE], c2[WIDE], c3[WIDE];
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int v = 0; v < WIDE; v++) {
    c0[v] = index[v];
    c1[v] = index[v] >> 32;
    c2[v] = SPLAT(stream);
    c3[v] = SPLAT(stream >> 32);
  }
#pragma clang loop unroll(full)
  for (int round = 0; round < 10; round++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < WIDE; v++) {
      u64x8 p0, p1;
      PRODUCT8(p0, c0[v], 0xD2511F53);
      PRODUCT8(p1, c2[v], 0xCD9E8D57);
      c0[v] = (p1 >> 32) ^ c1[v] ^ SPLAT(k0);
      c2[v] = (p0 >> 32) ^ c3[v] ^ SPLAT(k1);
      c1[v] = p1;
      c3[v] = p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int v = 0; v < WIDE; v++) {
    first[v] = LOWER_HALVES(c0[v], c1[v]);
    second[v] = LOWER_HALVES(c2[v], c3[v]);
  }
}

// The 2 LANES outputs of the counter values from `block` on, in their order.
INLINE void NAME(blocks)(uint64_t seed, uint64_t stream, uint64_t block, u64x8 *bits) {
  u64x8 index[WIDE], first[WIDE], second[WIDE];
  // Positions wrap at 2^64, so blocks at 2^63.
  for (int v = 0; v < WIDE; v++)
    index[v] = (SPLAT(block + 8 * (uint64_t)v) + PLACES8) & SPLAT(INT64_MAX);
  NAME(outputs)(seed, stream, index, first, second);
  for (int v = 0; v < WIDE; v++) {
    bits[2 * v] = __builtin_shufflevector(first[v], second[v], 0, 8, 1, 9, 2, 10, 3, 11);
    bits[2 * v + 1] = __builtin_shufflevector(first[v], second[v], 4, 12, 5, 13, 6, 14, 7, 15);
  }
}

// The next functions turn LANES outputs into draws.

INLINE void NAME(bits_of)(const u64x8 *bits, void *output) {
  memcpy(output, bits, sizeof(REAL));
}

// [0, 1): the upper 53 bits.
INLINE void NAME(unit_of)(const u64x8 *bits, void *output) {
  f64x8 unit[WIDE];
  for (int v = 0; v < WIDE; v++) unit[v] = CONVERT8(bits[v] >> 11) * 0x1p-53;
  memcpy(output, unit, sizeof(REAL));
}

// (0, 1): the upper 52 bits, at the middles of their cells.
INLINE void NAME(open_units)(const u64x8 *bits, REAL *units) {
  f64x8 unit[WIDE];
  // In the mantissas of doubles from 1 on, which is taken off again but for half a cell: exact.
  for (int v = 0; v < WIDE; v++)
    unit[v] = (f64x8)((bits[v] >> 12) | SPLAT(0x3ff0000000000000)) - (1 - 0x1p-53);
  *units = JOIN(unit);
}

INLINE void NAME(open_unit_of)(const u64x8 *bits, void *output) {
  REAL units;
  NAME(open_units)(bits, &units);
  STORE(output, units);
}

INLINE void NAME(exponential_of)(const u64x8 *bits, void *output) {
  REAL exponential;
  NAME(open_units)(bits, &exponential);
  NAME(log_of)(&exponential);
  exponential = -exponential;
  STORE(output, exponential);
}

// An exponential with the lowest bit of the output, which it does not use, for its sign.
INLINE void NAME(laplace_of)(const u64x8 *bits, void *output) {
  u64x8 draw[WIDE];
  NAME(exponential_of)(bits, draw);
  for (int v = 0; v < WIDE; v++) draw[v] ^= bits[v] << 63;
  memcpy(output, draw, sizeof(REAL));
}

INLINE void NAME(logistic_of)(const u64x8 *bits, void *output) {
  REAL units, odds;
  NAME(open_units)(bits, &units);
  odds = units / (1 - units);
  NAME(log_of)(&odds);
  STORE(output, odds);
}

// The normal quantile: M. J. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988),
// doi:10.2307/2347330. Here for p within 0.425 of a half; elsewhere the next function.
INLINE void NAME(central_normal)(const REAL *p, REAL *normal, MASK *is_tail) {
  REAL q = *p - 0.5, r = 0.180625 - q * q;
  *is_tail = r < 0;
  REAL numerator = q * HORNER(central_numerator, r);
  *normal = numerator / HORNER(central_denominator, r);
}

INLINE void NAME(tail_normal)(const REAL *p, REAL *normal) {
  MASK is_lower = *p < 0.5;
  REAL root = SELECT(is_lower, *p, 1.0 - *p);
  NAME(log_of)(&root);
  root = __builtin_elementwise_sqrt(-root);
  REAL s = root - 1.6;
  REAL tail = HORNER(tail_numerator, s), divisor = HORNER(tail_denominator, s);
  MASK is_far = root > 5.0;
  if (__builtin_expect(__builtin_reduce_or(is_far) != 0, 0)) {
    s = root - 5.0;
    tail = SELECT(is_far, HORNER(far_numerator, s), tail);
    divisor = SELECT(is_far, HORNER(far_denominator, s), divisor);
  }
  *normal = SELECT(is_lower, -tail, tail) / divisor;
}

// Table entries are loaded lane by lane: that took two thirds of the time of gather instructions.
INLINE void NAME(alias_of)(const u64x8 *bits, void *output, const ck_categories *categories) {
  for (int v = 0; v < WIDE; v++) {
    f64x8 place, edge;
    i64x8 alias;
    // Below the count: the unit is at most 1 - 2^-53.
    place = CONVERT8(bits[v] >> 11) * 0x1p-53;
    place *= (double)categories->count;
    i64x8 cell = TRUNCATE8(place);
    for (int lane = 0; lane < 8; lane++) {
      edge[lane] = categories->cells[cell[lane]].edge;
      alias[lane] = categories->cells[cell[lane]].alias;
    }
    i64x8 is_own = place < edge;
    i64x8 category = ((cell & is_own) | (alias & ~is_own)) + categories->first;
    STORE((int64_t *)output + 8 * v, category);
  }
}

// The first category whose cumulative probability exceeds the unit, or the last: the number of those
// before the last that do not exceed it. Comparisons alone, so exact.
INLINE void NAME(cumulative_of)(
    const u64x8 *bits, void *output, const ck_categories *categories) {
  const double *cumulative = categories->cumulative;
  for (int v = 0; v < WIDE; v++) {
    f64x8 unit = CONVERT8(bits[v] >> 11) * 0x1p-53, probe;
    i64x8 category = {0};
    size_t left = categories->count - 1;
    if (left < 32) {
      for (size_t i = 0; i < left; i++) category -= unit >= cumulative[i];
    } else {
      // Bisection with the same steps in every lane.
      while (left > 0) {
        size_t half = (left + 1) / 2;
        for (int lane = 0; lane < 8; lane++)
          probe[lane] = cumulative[category[lane] + (int64_t)half - 1];
        category += (unit >= probe) & (int64_t)half;
        left -= half;
      }
    }
    category += categories->first;
    STORE((int64_t *)output + 8 * v, category);
  }
}

// The further arguments are the kind's own.
#define DEFINE_FILL(kind, ...)                                                                 \
  TARGET static void NAME(fill_##kind)(                                                        \
      uint64_t seed, uint64_t stream, uint64_t position, const ck_categories *categories,      \
      char *output, size_t count) {                                                            \
    (void)categories;                                                                          \
    uint64_t block = position >> 1, rest[2 * LANES];                                           \
    size_t skipped = position & 1;                                                             \
    u64x8 bits[2 * WIDE];                                                                      \
    while (count > 0) {                                                                        \
      NAME(blocks)(seed, stream, block, bits);                                                 \
      block += LANES;                                                                          \
      if (skipped == 0 && count >= 2 * LANES) {                                                \
        NAME(kind##_of)(bits, output __VA_OPT__(, ) __VA_ARGS__);                              \
        NAME(kind##_of)(bits + WIDE, output + 8 * LANES __VA_OPT__(, ) __VA_ARGS__);           \
        output += 16 * LANES;                                                                  \
        count -= 2 * LANES;                                                                    \
        continue;                                                                              \
      }                                                                                        \
      NAME(kind##_of)(bits, rest __VA_OPT__(, ) __VA_ARGS__);                                  \
      NAME(kind##_of)(bits + WIDE, rest + LANES __VA_OPT__(, ) __VA_ARGS__);                   \
      size_t part = count < 2 * LANES - skipped ? count : 2 * LANES - skipped;                 \
      memcpy(output, rest + skipped, part * 8);                                                \
      output += part * 8;                                                                      \
      count -= part;                                                                           \
      skipped = 0;                                                                             \
    }                                                                                          \
  }

DEFINE_FILL(bits)
DEFINE_FILL(unit)
DEFINE_FILL(open_unit)
DEFINE_FILL(exponential)
DEFINE_FILL(laplace)
DEFINE_FILL(logistic)
DEFINE_FILL(alias, categories)
DEFINE_FILL(cumulative, categories)

// The values of LANES places.
INLINE void NAME(gather)(const double *values, const uint64_t *places, REAL *gathered) {
  f64x8 parts[WIDE];
  for (int v = 0; v < WIDE; v++, places += 8)
    parts[v] = (f64x8){values[places[0]], values[places[1]], values[places[2]], values[places[3]],
                       values[places[4]], values[places[5]], values[places[6]], values[places[7]]};
  *gathered = JOIN(parts);
}

INLINE void NAME(scatter)(const REAL *values, const uint64_t *places, size_t count, double *output) {
  double scattered[LANES];
  STORE(scattered, *values);
  if (count > LANES) count = LANES;
  for (size_t lane = 0; lane < count; lane++) output[places[lane]] = scattered[lane];
}

// Three in twenty draws lie in a tail, which takes a logarithm and a root: those of a batch are
// collected and computed side by side.
TARGET static void NAME(fill_normal)(
    uint64_t seed, uint64_t stream, uint64_t position, const ck_categories *categories,
    char *output, size_t count) {
  (void)categories;
  double *normals = (double *)output;
  size_t skipped = position & 1;
  uint64_t block = position >> 1;
  while (count > 0) {
    // The first pass makes whole vectors: what is too much of them stays in the memory of the pass.
    size_t size = count < BATCH - skipped ? count : BATCH - skipped, tails = 0;
    double units[BATCH], draws[BATCH];
    uint64_t tail_places[BATCH + LANES];
    REAL p, normal;
    MASK is_tail;
    u64x8 bits[2 * WIDE];
    double *all = skipped == 0 && size == BATCH ? normals : draws;
    for (size_t i = 0; i < skipped + size; i += 2 * LANES) {
      NAME(blocks)(seed, stream, block, bits);
      block += LANES;
      for (size_t half = 0; half < 2; half++) {
        NAME(open_units)(bits + WIDE * half, &p);
        STORE(units + i + LANES * half, p);
        NAME(central_normal)(&p, &normal, &is_tail);
        BITS place = SPLAT_BITS(i + LANES * half) + PLACES;
        APPEND(tail_places, tails, place, is_tail);
        STORE(all + i + LANES * half, normal);
      }
    }
    for (size_t i = tails; i < tails + LANES - 1; i++) tail_places[i] = 0;
    for (size_t i = 0; i < tails; i += LANES) {
      NAME(gather)(units, tail_places + i, &p);
      NAME(tail_normal)(&p, &normal);
      NAME(scatter)(&normal, tail_places + i, tails - i, all);
    }
    if (all == draws) memcpy(normals, draws + skipped, size * 8);
    normals += size;
    count -= size;
    skipped = 0;
  }
}

// The counter values of an attempt of LANES draws by rejection at places after a position. The attempts at
// a draw use counter values of their own, which name its position, the attempt and the space (one for each of
// several draws at one position): so a draw depends on its position alone.
INLINE void NAME(attempt_index)(
    const BITS *place, uint64_t position, uint64_t counter, u64x8 *index) {
  BITS wide = ((*place + SPLAT_BITS(position)) & SPLAT_BITS(REJECTION_POSITIONS)) | SPLAT_BITS(counter);
  memcpy(index, &wide, sizeof wide);
}

// Gamma(shape, 1) draws x, their logarithms, or sqrt(shape / x), by G. Marsaglia and W. W. Tsang's method,
// ACM TOMS 26 (2000), doi:10.1145/358407.358414; a shape below one is raised by one and log u / shape added,
// which goes with logarithms only. Up to BATCH draws.
//
// Three draws in four need no more than the squeeze and the middle of the normal distribution. The others
// are collected and computed side by side: tails, exact tests, and the draws that were not accepted.
TARGET static void NAME(fill_gamma_batch)(
    uint64_t seed, uint64_t stream, uint64_t position, uint64_t stride, uint64_t space, double shape,
    enum ck_gamma_kind kind, double *output, size_t count) {
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / __builtin_sqrt(9 * d);
  const double log_d = __builtin_log(d), stretch = __builtin_sqrt(shape / d);
  const BITS steps = PLACES * SPLAT_BITS(stride);
  // By places of the output: the root of d root^3. By those of an attempt: the uniforms and the normals.
  double roots[BATCH + LANES], units[BATCH + LANES], normals[BATCH + LANES], us[BATCH + LANES];
  // The places of an attempt's draws in the output, and those in the attempt of its tails and doubts.
  uint64_t pending[BATCH + LANES], tails[BATCH + LANES], doubts[BATCH + LANES];
  REAL p, u, z, root, square;
  MASK is_tail, is_doubtful;
  BITS place;
  u64x8 index[WIDE], first[WIDE], second[WIDE];
  size_t left = count;
  for (uint64_t attempt = 0; left > 0; attempt++) {
    const uint64_t counter = REJECTION_COUNTER(space, attempt);
    size_t tail_count = 0, doubt_count = 0;
    for (size_t i = 0; i < left; i += LANES) {
      const BITS here = SPLAT_BITS(i) + PLACES;
      if (attempt == 0) {
        place = steps + SPLAT_BITS(i * stride);
      } else {
        LOAD(place, pending + i);
        place *= SPLAT_BITS(stride);
      }
      NAME(attempt_index)(&place, position, counter, index);
      NAME(outputs)(seed, stream, index, first, second);
      NAME(open_units)(first, &p);
      NAME(open_units)(second, &u);
      NAME(central_normal)(&p, &z, &is_tail);
      root = 1 + c * z;
      square = z * z;
      is_doubtful = ~is_tail & ~(u < 1 - 0.0331 * square * square);
      APPEND(tails, tail_count, here, is_tail);
      APPEND(doubts, doubt_count, here, is_doubtful);
      STORE(units + i, p);
      STORE(normals + i, z);
      STORE(us + i, u);
      // What is not accepted is overwritten later.
      if (attempt == 0) {
        STORE(roots + i, root);
      } else {
        NAME(scatter)(&root, pending + i, left - i, roots);
      }
    }
    // What fills the last vectors up comes last in the lists, with numbers from `left` on.
    while (tail_count > 0 && tails[tail_count - 1] >= left) tail_count--;
    while (doubt_count > 0 && doubts[doubt_count - 1] >= left) doubt_count--;
    units[left] = 0.5, us[left] = 0.5, normals[left] = 0;
    for (size_t i = tail_count; i < tail_count + LANES - 1; i++) tails[i] = left;
    for (size_t i = 0; i < tail_count; i += LANES) {
      NAME(gather)(units, tails + i, &p);
      NAME(gather)(us, tails + i, &u);
      LOAD(place, tails + i);
      NAME(tail_normal)(&p, &z);
      root = 1 + c * z;
      square = z * z;
      is_doubtful = ~((root > 0) & (u < 1 - 0.0331 * square * square));
      APPEND(doubts, doubt_count, place, is_doubtful);
      NAME(scatter)(&z, tails + i, tail_count - i, normals);
      if (attempt > 0)
        for (size_t lane = 0; lane < LANES && i + lane < tail_count; lane++)
          tails[i + lane] = pending[tails[i + lane]];
      NAME(scatter)(&root, tails + i, tail_count - i, roots);
    }
    while (doubt_count > 0 && doubts[doubt_count - 1] >= left) doubt_count--;
    // Accepted whatever u is.
    for (size_t i = doubt_count; i < doubt_count + LANES - 1; i++) doubts[i] = left;
    pending[left] = 0;
    left = 0;
    for (size_t i = 0; i < doubt_count; i += LANES) {
      NAME(gather)(normals, doubts + i, &z);
      NAME(gather)(us, doubts + i, &u);
      root = 1 + c * z;
      MASK is_positive = root > 0;
      REAL log_root = SELECT(is_positive, root, root * 0 + 1);
      REAL cube = log_root * log_root * log_root;
      NAME(log_of)(&log_root);
      NAME(log_of)(&u);
      REAL bound = 0.5 * z * z + d * (1 - cube + 3 * log_root);
      MASK is_rejected = ~(is_positive & (u < bound));
      if (attempt > 0)
        for (int lane = 0; lane < LANES; lane++) doubts[i + (size_t)lane] = pending[doubts[i + (size_t)lane]];
      LOAD(place, doubts + i);
      // Not before the places that are still to be read of the list.
      APPEND(tails, left, place, is_rejected);
    }
    memcpy(pending, tails, left * 8);
    for (size_t i = left; i < left + LANES - 1; i++) pending[i] = 0;
  }
  for (size_t i = count; i < count + LANES - 1; i++) roots[i] = 1;
  for (size_t i = 0; i < count; i += LANES) {
    REAL value;
    LOAD(value, roots + i);
    if (kind == CK_GAMMA) {
      value = d * (value * value * value);
    } else if (kind == CK_GAMMA_STRETCH) {
      NAME(inverse_root_of)(&value);
      value = stretch * (value * value * value);
    } else {
      NAME(log_of)(&value);
      value = log_d + 3 * value;
    }
    if (shape < 1) {
      REAL log_u;
      place = steps + SPLAT_BITS(i * stride);
      NAME(attempt_index)(&place, position, REJECTION_COUNTER(space, LAST_ATTEMPT), index);
      NAME(outputs)(seed, stream, index, first, second);
      NAME(open_units)(first, &log_u);
      NAME(log_of)(&log_u);
      log_u /= shape;
      value += log_u;
    }
    memcpy(output + i, &value, (i + LANES <= count ? LANES : count - i) * 8);
  }
}

TARGET static void NAME(fill_gamma)(
    uint64_t seed, uint64_t stream, uint64_t position, uint64_t stride, uint64_t space, double shape,
    enum ck_gamma_kind kind, double *output, size_t count) {
  for (size_t start = 0; start < count; start += BATCH)
    NAME(fill_gamma_batch)(
        seed, stream, position + start * stride, stride, space, shape, kind, output + start,
        count - start < BATCH ? count - start : BATCH);
}

// The candidate of an attempt at each of LANES positions, and what decides about it: the distance us
// of the uniform from its ends, the uniform v, and whether the squeeze accepts at once.
INLINE void NAME(poisson_candidates)(
    uint64_t seed, uint64_t stream, const u64x8 *index, const poisson_hat *hat, REAL *k,
    REAL *us, REAL *v, MASK *is_squeezed) {
  u64x8 first[WIDE], second[WIDE];
  REAL u;
  NAME(outputs)(seed, stream, index, first, second);
  NAME(open_units)(first, &u);
  NAME(open_units)(second, v);
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
    const REAL *candidate, const REAL *us, const REAL *v, const poisson_hat *hat,
    MASK *is_accepted) {
  // The mean is so large that a zero never occurs: its Stirling series is spared.
  MASK is_possible = (*candidate >= 1) & ((*us >= 0.013) | (*v <= *us));
  REAL k = SELECT(is_possible, *candidate, *candidate * 0 + hat->mean);
  REAL log_ratio =
      *v * hat->inverse_alpha * __builtin_elementwise_sqrt(6.283185307179586 * k)
      / (hat->a / (*us * *us) + hat->b);
  NAME(log_of)(&log_ratio);
  REAL difference = k - hat->mean, w = difference / (k + hat->mean), ww = w * w;
  // log(k / mean) is 2 artanh(w): a series where w is small.
  REAL deviance = difference * w + 2 * k * w * ww * HORNER(artanh, ww);
  MASK is_far = ww > 0.01;
  if (__builtin_reduce_or(is_far) != 0) {
    REAL log_quotient = k / hat->mean;
    NAME(log_of)(&log_quotient);
    deviance = SELECT(is_far, k * log_quotient - difference, deviance);
  }
  REAL inverse = 1 / k, square = inverse * inverse;
  REAL delta = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)));
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
  for (size_t start = 0; start < count; start += BATCH) {
    size_t size = count - start < BATCH ? count - start : BATCH;
    uint64_t pending[BATCH + LANES], doubtful[BATCH + LANES];
    size_t left = size;
    for (size_t i = 0; i < size; i++) pending[i] = i;
    for (uint64_t attempt = 0; left > 0; attempt++) {
      const uint64_t counter = REJECTION_COUNTER(2, attempt);
      u64x8 index[WIDE];
      BITS place;
      REAL k, us, v;
      MASK is_accepted, is_doubtful;
      size_t doubts = 0, rejected = 0;
      for (size_t i = left; i < left + LANES; i++) pending[i] = pending[left - 1];
      for (size_t i = 0; i < left; i += LANES) {
        LOAD(place, pending + i);
        NAME(attempt_index)(&place, position + start, counter, index);
        NAME(poisson_candidates)(seed, stream, index, hat, &k, &us, &v, &is_accepted);
        MASK draw = __builtin_convertvector(k, MASK);
        if (i + LANES <= left) {
          is_doubtful = ~is_accepted;
          // What is not accepted is overwritten later.
          if (attempt == 0) {
            STORE(output + start + i, draw);
          } else {
            for (size_t lane = 0; lane < LANES; lane++) output[start + place[lane]] = draw[lane];
          }
          APPEND(doubtful, doubts, place, is_doubtful);
        } else {
          for (size_t lane = 0; i + lane < left; lane++) {
            output[start + place[lane]] = draw[lane];
            if (!is_accepted[lane]) doubtful[doubts++] = place[lane];
          }
        }
      }
      if (doubts > 0)
        for (size_t i = doubts; i < doubts + LANES; i++) doubtful[i] = doubtful[doubts - 1];
      for (size_t i = 0; i < doubts; i += LANES) {
        LOAD(place, doubtful + i);
        NAME(attempt_index)(&place, position + start, counter, index);
        NAME(poisson_candidates)(seed, stream, index, hat, &k, &us, &v, &is_accepted);
        NAME(poisson_test)(&k, &us, &v, hat, &is_accepted);
        for (size_t lane = 0; lane < LANES && i + lane < doubts; lane++)
          if (!is_accepted[lane]) pending[rejected++] = place[lane];
      }
      left = rejected;
    }
  }
}

// Normal quantiles of given probabilities, in the two passes of a fill.
TARGET static void NAME(normal_quantiles)(const double *input, double *normals, size_t count) {
  while (count > 0) {
    size_t size = count < BATCH ? count : BATCH, tails = 0;
    double units[BATCH + LANES], draws[BATCH + LANES];
    uint64_t tail_places[BATCH + LANES];
    REAL p, normal;
    MASK is_tail;
    memcpy(units, input, size * 8);
    for (size_t i = size; i < size + LANES; i++) units[i] = 0.5;
    for (size_t i = 0; i < size; i += LANES) {
      LOAD(p, units + i);
      NAME(central_normal)(&p, &normal, &is_tail);
      BITS place = SPLAT_BITS(i) + PLACES;
      APPEND(tail_places, tails, place, is_tail);
      STORE(draws + i, normal);
    }
    for (size_t i = tails; i < tails + LANES - 1; i++) tail_places[i] = 0;
    for (size_t i = 0; i < tails; i += LANES) {
      NAME(gather)(units, tail_places + i, &p);
      NAME(tail_normal)(&p, &normal);
      NAME(scatter)(&normal, tail_places + i, tails - i, draws);
    }
    for (size_t i = 0; i < size; i++) {
      if (units[i] <= 0) draws[i] = -__builtin_inf();
      if (units[i] >= 1) draws[i] = __builtin_inf();
    }
    memcpy(normals, draws, size * 8);
    input += size;
    normals += size;
    count -= size;
  }
}

// In the order of ck_philox_kind.
static fill_function *const NAME(fills)[] = {
    NAME(fill_bits), NAME(fill_unit), NAME(fill_open_unit), NAME(fill_exponential),
    NAME(fill_normal), NAME(fill_laplace), NAME(fill_logistic), NAME(fill_alias), NAME(fill_cumulative)};

#undef INLINE
#undef LANES
#undef REAL
#undef MASK
#undef BITS
#undef PLACES
#undef SPLAT_BITS
#undef JOIN
#undef SELECT
#undef DEFINE_FILL
#undef TARGET
#undef NAME
#undef PRODUCT8
#undef CONVERT8
#undef WIDE
#undef APPEND
