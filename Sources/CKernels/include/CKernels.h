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

enum ck_instruction_set { CK_PORTABLE, CK_AVX2, CK_AVX512 };

// The widest one that the processor has.
enum ck_instruction_set ck_best_instruction_set(void);

enum ck_philox_kind {
  CK_BITS,
  CK_UNIT,
  CK_OPEN_UNIT,
  CK_EXPONENTIAL,
  CK_NORMAL,
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

// Logarithms of Gamma(shape, 1) draws, one for each position, which is taken modulo 2^48; `space`, 0
// or 1, tells several gammas at one position apart (2 is Poisson's, 3 fillIndices').
void ck_philox_fill_log_gamma(
    enum ck_instruction_set set, uint64_t seed, uint64_t stream, uint64_t position, uint64_t space,
    double shape, double *output, size_t count);

// Poisson draws of a mean from 40 to 2^53, one for each position, which is taken modulo 2^48.
void ck_philox_fill_poisson(
    enum ck_instruction_set set, uint64_t seed, uint64_t stream, uint64_t position, double mean,
    int64_t *output, size_t count);

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
