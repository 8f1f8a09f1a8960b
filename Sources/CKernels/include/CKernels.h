// Vector kernels (SLEEF, chosen for the processor at run time), and what we use of BLAS and LAPACK.
// Their headers stay out of here: GSL brings a cblas.h of its own, which Swift would not take
// beside this one.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// output[i] = f(input[i]); the two may be the same memory. A short tail is padded to a full
// vector, so a value does not depend on where it stands in the array.
void ck_exp(const double *input, double *output, size_t count);
void ck_log(const double *input, double *output, size_t count);
void ck_tan(const double *input, double *output, size_t count);

// Sums over a block of values; every instruction set gives the same bits.
// The sum, zero times the sum (NaN where a value is not finite), the smallest and the largest.
void ck_extent(const double *x, size_t count, double *output);
// The sums of the first to fourth powers of d = (x - center) scale.
void ck_central_powers(
    const double *x, size_t count, double center, double scale, double *output);
// The sums of w, w d; w^2, w^2 d, w^2 d^2; w^4, w^4 d, ..., w^4 d^4, with d as above.
void ck_weighted_powers(
    const double *w, const double *x, size_t count, double center, double scale,
    double *output);
// The sum of w (x - x_center) (y - y_center).
void ck_pair(
    const double *w, const double *x, const double *y, size_t count, double x_center,
    double y_center, double *output);
// The values (or absolute values) above a threshold, in order; output has room for `count` and one more.
// Returns how many.
size_t ck_above(
    const double *x, size_t count, double threshold, int is_absolute, double *output);
// target - proposal in place of target; minus infinity where that or the target is (zeros counts those), and
// the target itself where one of them is not below infinity (bad counts those).
void ck_log_ratios(
    double *target, const double *proposal, size_t count, long *zeros, long *bad);
// product = w x, and the sums of w, of w x and of |w x|.
void ck_products(
    const double *w, const double *x, double *product, size_t count, double *output);

enum ck_instruction_set { CK_PORTABLE, CK_AVX2, CK_AVX512 };

// The widest one that the processor has.
enum ck_instruction_set ck_best_instruction_set(void);

// The standard normal quantiles of probabilities; the two may be the same memory. Infinite for what
// is not inside (0, 1).
void ck_normal_quantile(const double *input, double *output, size_t count);

enum ck_philox_kind {
  CK_BITS,
  CK_UNIT,
  CK_OPEN_UNIT,
  CK_EXPONENTIAL,
  CK_NORMAL,
  CK_STANDARD_LAPLACE,
  CK_STANDARD_LOGISTIC,
  CK_ALIAS,
  CK_CUMULATIVE
};

// A cell of an alias table: its number plus the fraction of it that is its own category's, and the
// category of the rest.
typedef struct {
  double edge;
  int64_t alias;
} ck_alias_cell;

// What draws of a category need besides bits: CK_ALIAS the cells, CK_CUMULATIVE the cumulative
// probabilities. `first` is the number of the first category.
typedef struct {
  const ck_alias_cell *cells;
  const double *cumulative;
  size_t count;  // up to 2^30
  int64_t first;
} ck_categories;

// Outputs position ... position + count - 1 of a Philox stream, turned into draws of a kind, one
// for one, 8 bytes each. The set must be one that the processor has. `categories` may be NULL for
// the other kinds.
void ck_philox_fill(
    enum ck_philox_kind kind, enum ck_instruction_set set, uint64_t seed, uint64_t stream,
    uint64_t position, const ck_categories *categories, void *output, size_t count);

// What a gamma draw x is made to: itself, log x, or sqrt(shape / x).
enum ck_gamma_kind { CK_GAMMA, CK_LOG_GAMMA, CK_GAMMA_STRETCH };

// Gamma(shape, 1) draws, of shapes below one as logarithms only. Draw i belongs to `position` + `stride` i, which is taken modulo 2^48; `space`, 0 or 1, tells several gammas at one position
// apart (2 is Poisson's, 3 fillIndices').
void ck_philox_fill_gamma(
    enum ck_instruction_set set, uint64_t seed, uint64_t stream, uint64_t position, uint64_t stride,
    uint64_t space, double shape, enum ck_gamma_kind kind, double *output, size_t count);

// Poisson draws of a mean from 40 to 2^53, one for each position, which is taken modulo 2^48.
void ck_philox_fill_poisson(
    enum ck_instruction_set set, uint64_t seed, uint64_t stream, uint64_t position, double mean,
    int64_t *output, size_t count);

enum ck_density {
  CK_NORMAL_DENSITY,
  CK_STUDENT_T_DENSITY,
  CK_EXPONENTIAL_DENSITY,
  CK_UNIFORM_DENSITY,
  CK_GAMMA_DENSITY,
  CK_LARGE_GAMMA_DENSITY,
  CK_LOG_NORMAL_DENSITY,
  CK_LAPLACE_DENSITY,
  CK_LOGISTIC_DENSITY
};

// Log densities of values; what the constants are is told in LogDensitiesTemplate.h. A result that needs more
// than a vectorised formula is NaN; returns whether there is one.
int ck_log_densities(
    enum ck_density density, enum ck_instruction_set set, const double *constants,
    const double *values, double *results, size_t count);

// A lower triangle T, packed row by row, and a centre: draws are center + T z, or center + T^-1 z if it
// is that of the inverse, with the elements of z and of the draws in reversed order if the flag says so.
typedef struct {
  const double *elements, *inverse_diagonal, *center;
  size_t size;
  int is_inverse, is_reversed;
} ck_triangle;

// Log densities of rows [count, size], as above, of a normal or a Student t distribution. The constants are
// log normalisation, 1 / df and (df + size) / 2; 1 / df is zero for a normal one. The scratch memory has 32 size
// places.
int ck_elliptical_log_densities(
    enum ck_instruction_set set, const ck_triangle *triangle, const double *constants,
    const double *rows, double *results, size_t count, double *scratch);
// Turns rows of standard normals into draws, their distances from the center times the stretches, NULL for ones.
void ck_elliptical_draws(
    enum ck_instruction_set set, const ck_triangle *triangle, const double *stretches, double *rows,
    size_t count, double *scratch);

// sums = log(exp(sums) + exp(terms + offset)); values = min(largest, offset + factor values), and
// offset + factors factor values.
void ck_log_add_exp(
    enum ck_instruction_set set, double offset, const double *terms, double *sums, size_t count);
void ck_scale(
    enum ck_instruction_set set, double factor, double offset, double largest, double *values,
    size_t count);
void ck_scale_each(
    enum ck_instruction_set set, const double *factors, double factor, double offset, double *values,
    size_t count);

// Row-major matrices throughout; the flags are 0 or 1, statuses are LAPACK's.

// c = a b + beta c with a [rows, inner] and b [inner, columns], either stored transposed.
void ck_multiply(
    const double *a, int transpose_a, const double *b, int transpose_b, double beta, double *c,
    int32_t rows, int32_t inner, int32_t columns);
// Solves T x = b in place, with T one triangle of a [size, size].
void ck_solve_triangular(
    const double *matrix, int is_lower, int transpose, int32_t size, double *x);
// Solves T X = B in place, with T one triangle of a [size, size] and B [size, columns].
void ck_solve_triangular_matrix(
    const double *matrix, int is_lower, int transpose, int32_t size, int32_t columns, double *b);
// The lower Cholesky factor in place (dpotrf).
int32_t ck_cholesky(double *matrix, int32_t size);
// R and the Householder reflectors in place (dgeqrf).
int32_t ck_qr(double *matrix, double *scales, int32_t rows, int32_t columns);
// Q x or Q' x in place (dormqr).
int32_t ck_apply_q(
    const double *reflectors, const double *scales, int transpose, double *x, int32_t rows,
    int32_t columns);
// An estimate of the reciprocal condition number of an upper triangle (dtrcon).
int32_t ck_triangular_condition(const double *upper, int32_t size, double *reciprocal);
// U [rows, rank], s [rank], V' [rank, columns] with rank = min(rows, columns); destroys the matrix
// (dgesdd).
int32_t ck_svd(double *matrix, double *u, double *s, double *vt, int32_t rows, int32_t columns);
// Eigenvalues and, in place, eigenvectors of a symmetric matrix by its lower triangle (dsyevd).
int32_t ck_symmetric_eigen(double *matrix, double *values, int32_t size);

// The path of the library that answers cblas_dgemm, or "" where the system cannot tell.
const char *ck_blas_library(void);
int ck_blas_threads(void);

// The log likelihood of a hidden Markov model and its partial derivatives by the logarithms of the initial
// [states], transition [states, states] and emission [steps, states] probabilities, one after the other,
// from row-major arrays of those. The scratch memory is as long as the second function says.
void ck_hidden_markov(
    const double *initial, const double *transition, const double *emissions, int32_t states,
    int32_t steps, double *output, double *scratch);
size_t ck_hidden_markov_scratch(int32_t states, int32_t steps);

#include "VectorMachine.h"

#endif
