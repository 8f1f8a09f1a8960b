// Seconds that a gradient function of the form f(model, position, value, gradient) takes, over n calls.
#include <time.h>

typedef int (*gradient_function)(void *, const double *, double *, double *);

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double seconds_per_gradient(
    gradient_function f, void *model, const double *position, double *gradient, int n) {
  double value, start = now();
  for (int i = 0; i < n; i++)
    if (f(model, position, &value, gradient)) return -1;
  return (now() - start) / n;
}
