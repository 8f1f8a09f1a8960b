#define _GNU_SOURCE
#include "CKernels.h"

#include <cblas.h>
#include <dlfcn.h>
#include <lapacke.h>

// OpenBLAS gives other bits with another number of threads, and parallel work is cut above BLAS:
// one thread, set once, before main. The symbols are weak because another BLAS lacks them.
extern void openblas_set_num_threads(int) __attribute__((weak));
extern int openblas_get_num_threads(void) __attribute__((weak));

__attribute__((constructor)) static void use_one_thread(void) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

static int32_t leading(int32_t columns) { return columns > 1 ? columns : 1; }

void ck_multiply(
    const double *a, int transpose_a, const double *b, int transpose_b, double beta, double *c,
    int32_t rows, int32_t inner, int32_t columns) {
  cblas_dgemm(
      CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
      transpose_b ? CblasTrans : CblasNoTrans, rows, columns, inner, 1.0, a,
      leading(transpose_a ? rows : inner), b, leading(transpose_b ? inner : columns), beta, c,
      leading(columns));
}

void ck_solve_triangular(
    const double *matrix, int is_lower, int transpose, int32_t size, double *x) {
  cblas_dtrsv(
      CblasRowMajor, is_lower ? CblasLower : CblasUpper, transpose ? CblasTrans : CblasNoTrans,
      CblasNonUnit, size, matrix, leading(size), x, 1);
}

void ck_solve_triangular_matrix(
    const double *matrix, int is_lower, int transpose, int32_t size, int32_t columns, double *b) {
  cblas_dtrsm(
      CblasRowMajor, CblasLeft, is_lower ? CblasLower : CblasUpper,
      transpose ? CblasTrans : CblasNoTrans, CblasNonUnit, size, columns, 1.0, matrix,
      leading(size), b, leading(columns));
}

int32_t ck_cholesky(double *matrix, int32_t size) {
  // By columns the lower triangle is the upper one; LAPACKE would turn rows into columns in memory that it
  // allocates.
  return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', size, matrix, leading(size));
}

int32_t ck_qr(double *matrix, double *scales, int32_t rows, int32_t columns) {
  return LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, rows, columns, matrix, leading(columns), scales);
}

int32_t ck_apply_q(
    const double *reflectors, const double *scales, int transpose, double *x, int32_t rows,
    int32_t columns) {
  return LAPACKE_dormqr(
      LAPACK_ROW_MAJOR, 'L', transpose ? 'T' : 'N', rows, 1, columns, reflectors,
      leading(columns), scales, x, 1);
}

int32_t ck_triangular_condition(const double *upper, int32_t size, double *reciprocal) {
  return LAPACKE_dtrcon(LAPACK_ROW_MAJOR, '1', 'U', 'N', size, upper, leading(size), reciprocal);
}

int32_t ck_svd(double *matrix, double *u, double *s, double *vt, int32_t rows, int32_t columns) {
  int32_t rank = rows < columns ? rows : columns;
  return LAPACKE_dgesdd(
      LAPACK_ROW_MAJOR, 'S', rows, columns, matrix, leading(columns), s, u, leading(rank), vt,
      leading(columns));
}

int32_t ck_symmetric_eigen(double *matrix, double *values, int32_t size) {
  return LAPACKE_dsyevd(LAPACK_ROW_MAJOR, 'V', 'L', size, matrix, leading(size), values);
}

int ck_blas_threads(void) { return openblas_get_num_threads ? openblas_get_num_threads() : 1; }

const char *ck_blas_library(void) {
  Dl_info info;
  if (dladdr((void *)&cblas_dgemm, &info) && info.dli_fname) return info.dli_fname;
  return "";
}
