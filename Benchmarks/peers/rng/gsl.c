// Nanoseconds a draw of GSL's mt19937, from C: gsl [N] (default 10^7). One JSON object: the median
// of five runs for each row.
#define _POSIX_C_SOURCE 200809L
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 5, CATEGORIES = 10 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

#define ROW(name, expression)                                                     \
  do {                                                                            \
    double times[RUNS];                                                           \
    for (int run = 0; run < RUNS; run++) {                                        \
      double start = now();                                                       \
      for (long i = 0; i < count; i++) values[i] = (expression);                  \
      times[run] = (now() - start) / (double)count * 1e9;                         \
    }                                                                             \
    qsort(times, RUNS, sizeof *times, ascending);                                 \
    printf(", \"%s\": %.3f", name, times[RUNS / 2]);                              \
  } while (0)

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 10000000;
  double *values = calloc((size_t)count, sizeof *values);
  gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(rng, 1);
  printf("{\"system\": \"GSL mt19937 (C)\"");
  ROW("uniform", gsl_rng_uniform(rng));
  ROW("normal", gsl_ran_gaussian_ziggurat(rng, 1.0));
  ROW("exponential", gsl_ran_exponential(rng, 1.0));
  ROW("gamma", gsl_ran_gamma(rng, 2.5, 1.0));
  ROW("beta", gsl_ran_beta(rng, 2.0, 3.0));
  ROW("poisson", gsl_ran_poisson(rng, 10.0));
  double weights[CATEGORIES];
  for (int k = 0; k < CATEGORIES; k++) weights[k] = k + 1;
  gsl_ran_discrete_t *table = gsl_ran_discrete_preproc(CATEGORIES, weights);
  ROW("categorical", (double)gsl_ran_discrete(rng, table));
  gsl_ran_discrete_free(table);
  printf("}\n");
  gsl_rng_free(rng);
  free(values);
  return 0;
}
