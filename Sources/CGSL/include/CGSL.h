// What Swift needs of GNU GSL, behind accessors: a C global such as gsl_rng_mt19937 is shared
// mutable state to Swift 6, and GSL's inline headers do not import well.
#ifndef CGSL_H
#define CGSL_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_psi.h>

// True when GSL's aborting error handler is off. A constructor turns it off when the program is
// loaded, so before the first call on every path into the library.
int cgsl_error_handler_is_off(void);

// The generator type of that name, or NULL.
const gsl_rng_type *cgsl_rng_type_named(const char *name);

// The generator types, terminated by NULL, in GSL's order.
const gsl_rng_type *const *cgsl_rng_types(void);

// A gsl_rng whose bits come from the caller: `next` fills all 64 bits.
typedef struct {
  uint64_t (*next)(void *context);
  void *context;
} cgsl_bit_source;

// Makes `rng` draw from `source`; both live at least as long as the use of `rng`.
void cgsl_rng_use_source(gsl_rng *rng, cgsl_bit_source *source);

#endif
