// What Swift needs of GNU GSL, behind accessors: a C global such as gsl_rng_mt19937 is shared
// mutable state to Swift 6, and GSL's inline headers do not import well.
#ifndef CGSL_H
#define CGSL_H

#include <stddef.h>
#include <stdint.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_monte_miser.h>
#include <gsl/gsl_monte_vegas.h>
#include <gsl/gsl_qrng.h>
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

typedef enum {
  CGSL_SOBOL,
  CGSL_NIEDERREITER,
  CGSL_HALTON,
  CGSL_REVERSE_HALTON
} cgsl_qrng_kind;

const gsl_qrng_type *cgsl_qrng_type(cgsl_qrng_kind kind);

// Moves a sequence to where it stands after `position` points, without drawing them. `scratch` has room
// for a point.
void cgsl_qrng_move(gsl_qrng *qrng, cgsl_qrng_kind kind, unsigned int position, double *scratch);

// The weight functions of GSL's fixed rules.
typedef enum {
  CGSL_FIXED_CHEBYSHEV,
  CGSL_FIXED_CHEBYSHEV2,
  CGSL_FIXED_GEGENBAUER,
  CGSL_FIXED_JACOBI,
  CGSL_FIXED_LAGUERRE,
  CGSL_FIXED_HERMITE,
} cgsl_fixed_weight;

// A rule of n points, or NULL; freed by gsl_integration_fixed_free.
static inline gsl_integration_fixed_workspace *cgsl_fixed_alloc(
    cgsl_fixed_weight weight, size_t n, double a, double b, double alpha, double beta) {
  const gsl_integration_fixed_type *type = NULL;
  switch (weight) {
    case CGSL_FIXED_CHEBYSHEV: type = gsl_integration_fixed_chebyshev; break;
    case CGSL_FIXED_CHEBYSHEV2: type = gsl_integration_fixed_chebyshev2; break;
    case CGSL_FIXED_GEGENBAUER: type = gsl_integration_fixed_gegenbauer; break;
    case CGSL_FIXED_JACOBI: type = gsl_integration_fixed_jacobi; break;
    case CGSL_FIXED_LAGUERRE: type = gsl_integration_fixed_laguerre; break;
    case CGSL_FIXED_HERMITE: type = gsl_integration_fixed_hermite; break;
  }
  return type == NULL ? NULL : gsl_integration_fixed_alloc(type, n, a, b, alpha, beta);
}

#endif
