#include "CGSL.h"

#include <string.h>

// GSL rewrites its table of generators each time it is asked for it, so it is asked once.
static const gsl_rng_type *const *rng_types;

__attribute__((constructor)) static void prepare(void) {
  gsl_set_error_handler_off();
  rng_types = (const gsl_rng_type *const *)gsl_rng_types_setup();
}

int cgsl_error_handler_is_off(void) {
  // GSL hands the current handler back only when it sets another one; its own no-op handler is
  // not exported, so compare with what a second "off" returns.
  gsl_error_handler_t *current = gsl_set_error_handler_off();
  gsl_error_handler_t *off = gsl_set_error_handler_off();
  return current == off;
}

const gsl_rng_type *const *cgsl_rng_types(void) {
  return rng_types;
}

const gsl_rng_type *cgsl_rng_type_named(const char *name) {
  for (const gsl_rng_type *const *type = cgsl_rng_types(); *type != NULL; type++) {
    if (strcmp((*type)->name, name) == 0) return *type;
  }
  return NULL;
}

static void source_set(void *state, unsigned long seed) {
  (void)state;
  (void)seed;
}

static unsigned long source_get(void *state) {
  cgsl_bit_source *source = state;
  return (unsigned long)(source->next(source->context) >> 32);
}

static double source_get_double(void *state) {
  cgsl_bit_source *source = state;
  return (double)(source->next(source->context) >> 11) * 0x1p-53;
}

static const gsl_rng_type source_type = {
    "buffon", 0xffffffffUL, 0, sizeof(cgsl_bit_source), source_set, source_get, source_get_double};

void cgsl_rng_use_source(gsl_rng *rng, cgsl_bit_source *source) {
  rng->type = &source_type;
  rng->state = source;
}

const gsl_qrng_type *cgsl_qrng_type(cgsl_qrng_kind kind) {
  switch (kind) {
    case CGSL_SOBOL: return gsl_qrng_sobol;
    case CGSL_NIEDERREITER: return gsl_qrng_niederreiter_2;
    case CGSL_HALTON: return gsl_qrng_halton;
    default: return gsl_qrng_reversehalton;
  }
}

void cgsl_qrng_move(gsl_qrng *qrng, cgsl_qrng_kind kind, unsigned int position, double *scratch) {
  // Each state begins with the number of points drawn, and the Halton sequences' has nothing else.
  // The others go through the Gray code: a point changes the state by the column that belongs to the
  // lowest zero bit of that number, and after n points the columns of the ones in n ^ (n >> 1) are in.
  unsigned int *count = gsl_qrng_state(qrng);
  gsl_qrng_init(qrng);
  if (kind == CGSL_SOBOL || kind == CGSL_NIEDERREITER) {
    unsigned int gray = position ^ (position >> 1);
    for (int bit = 0; gray >> bit != 0; bit++) {
      if ((gray >> bit & 1) == 0) continue;
      *count = (1u << bit) - 1;
      gsl_qrng_get(qrng, scratch);
    }
  }
  *count = position;
}
