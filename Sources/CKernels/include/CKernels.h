// Vector kernels (SLEEF, chosen for the processor at run time) and the BLAS and LAPACK headers.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <cblas.h>
#include <lapacke.h>
#include <stddef.h>

// output[i] = f(input[i]); the two may be the same memory. A short tail is padded to a full
// vector, so a value does not depend on where it stands in the array.
void ck_exp(const double *input, double *output, size_t count);
void ck_log(const double *input, double *output, size_t count);
void ck_tanh(const double *input, double *output, size_t count);

// The same functions on the portable path, whatever the processor: for tests.
void ck_exp_portable(const double *input, double *output, size_t count);
void ck_log_portable(const double *input, double *output, size_t count);
void ck_tanh_portable(const double *input, double *output, size_t count);

// "avx512", "avx2" or "portable".
const char *ck_instruction_set(void);

// The path of the library that answers cblas_dgemm, or "" where the system cannot tell.
const char *ck_blas_library(void);
int ck_blas_threads(void);

#endif
