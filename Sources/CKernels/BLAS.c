#define _GNU_SOURCE
#include "CKernels.h"

#include <dlfcn.h>

// OpenBLAS gives other bits with another number of threads, and parallel work is cut above BLAS:
// one thread, set once, before main. The symbols are weak because another BLAS lacks them.
extern void openblas_set_num_threads(int) __attribute__((weak));
extern int openblas_get_num_threads(void) __attribute__((weak));

__attribute__((constructor)) static void use_one_thread(void) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

int ck_blas_threads(void) { return openblas_get_num_threads ? openblas_get_num_threads() : 1; }

const char *ck_blas_library(void) {
  Dl_info info;
  if (dladdr((void *)&cblas_dgemm, &info) && info.dli_fname) return info.dli_fname;
  return "";
}
