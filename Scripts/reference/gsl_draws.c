/* Prints, as JSON, what the installed GSL's generators and random variates give.
   Doubles are printed as the 16 hexadecimal digits of their IEEE 754 bits. */

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_version.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { OUTPUTS = 8, DRAWS = 20, DRAW_SEED = 42 };

static const unsigned long seeds[] = {0UL, 1UL, 42UL, 4294967295UL};

static void print_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    printf("\"%016" PRIx64 "\"", bits);
}

static int is_full_range(const gsl_rng_type *type) {
    gsl_rng *r = gsl_rng_alloc(type);
    int full = gsl_rng_min(r) == 0UL && gsl_rng_max(r) == 4294967295UL;
    gsl_rng_free(r);
    return full;
}

static void print_names(const char *key, int full_range_only) {
    const char *separator = "";
    printf("\"%s\": [", key);
    for (const gsl_rng_type **t = gsl_rng_types_setup(); *t != NULL; t++) {
        if (full_range_only && !is_full_range(*t)) continue;
        printf("%s\"%s\"", separator, (*t)->name);
        separator = ", ";
    }
    printf("],\n");
}

static void print_generators(void) {
    const char *separator = "";
    printf("\"generators\": [");
    for (const gsl_rng_type **t = gsl_rng_types_setup(); *t != NULL; t++) {
        if (!is_full_range(*t)) continue;
        for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
            gsl_rng *r = gsl_rng_alloc(*t);
            gsl_rng_set(r, seeds[s]);
            printf("%s{\"name\": \"%s\", \"seed\": %lu, \"outputs\": [", separator,
                   (*t)->name, seeds[s]);
            for (int i = 0; i < OUTPUTS; i++) {
                printf("%s%lu", i ? ", " : "", gsl_rng_get(r));
            }
            printf("]}");
            separator = ",\n";
            gsl_rng_free(r);
        }
    }
    printf("],\n");
}

static gsl_rng *begin(const char *routine, const char *parameters) {
    static const char *separator = "";
    gsl_rng *r = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(r, DRAW_SEED);
    printf("%s{\"generator\": \"mt19937\", \"seed\": %d, \"routine\": \"%s\", "
           "\"parameters\": %s, \"values\": [",
           separator, DRAW_SEED, routine, parameters);
    separator = ",\n";
    return r;
}

static void end(gsl_rng *r) {
    printf("]}");
    gsl_rng_free(r);
}

#define REALS(routine, parameters, ...)                  \
    do {                                                 \
        gsl_rng *r = begin(#routine, parameters);        \
        for (int i = 0; i < DRAWS; i++) {                \
            if (i) printf(", ");                         \
            print_bits(routine(r, __VA_ARGS__));         \
        }                                                \
        end(r);                                          \
    } while (0)

#define REALS_ALONE(routine)                             \
    do {                                                 \
        gsl_rng *r = begin(#routine, "[]");              \
        for (int i = 0; i < DRAWS; i++) {                \
            if (i) printf(", ");                         \
            print_bits(routine(r));                      \
        }                                                \
        end(r);                                          \
    } while (0)

#define INTEGERS(routine, parameters, ...)               \
    do {                                                 \
        gsl_rng *r = begin(#routine, parameters);        \
        for (int i = 0; i < DRAWS; i++) {                \
            printf("%s%u", i ? ", " : "", routine(r, __VA_ARGS__)); \
        }                                                \
        end(r);                                          \
    } while (0)

#define VECTORS(routine, parameters, size, type, format, ...) \
    do {                                                 \
        gsl_rng *r = begin(#routine, parameters);        \
        for (int i = 0; i < DRAWS / size; i++) {         \
            type vector[size];                           \
            routine(r, __VA_ARGS__, vector);             \
            for (int k = 0; k < size; k++) {             \
                if (i || k) printf(", ");                \
                format(vector[k]);                       \
            }                                            \
        }                                                \
        end(r);                                          \
    } while (0)

static void print_unsigned(unsigned value) { printf("%u", value); }

static void print_draws(void) {
    const double weights[] = {1, 2, 3, 4};
    printf("\"draws\": [");
    REALS(gsl_ran_gaussian, "[2.0]", 2.0);
    REALS(gsl_ran_gaussian_ziggurat, "[2.0]", 2.0);
    REALS(gsl_ran_gaussian_ratio_method, "[2.0]", 2.0);
    REALS(gsl_ran_gaussian_tail, "[1.5, 2.0]", 1.5, 2.0);
    REALS(gsl_ran_gaussian_tail, "[7.0, 2.0]", 7.0, 2.0);
    REALS(gsl_ran_ugaussian_tail, "[1.5]", 1.5);
    REALS(gsl_ran_flat, "[-1.0, 3.0]", -1.0, 3.0);
    REALS(gsl_ran_exponential, "[2.0]", 2.0);
    REALS(gsl_ran_laplace, "[1.5]", 1.5);
    REALS(gsl_ran_exppow, "[1.5, 0.7]", 1.5, 0.7);
    REALS(gsl_ran_exppow, "[1.5, 1.4]", 1.5, 1.4);
    REALS(gsl_ran_exppow, "[1.5, 3.0]", 1.5, 3.0);
    REALS(gsl_ran_cauchy, "[1.5]", 1.5);
    REALS(gsl_ran_rayleigh, "[1.5]", 1.5);
    REALS(gsl_ran_rayleigh_tail, "[2.0, 1.5]", 2.0, 1.5);
    REALS_ALONE(gsl_ran_landau);
    REALS(gsl_ran_levy, "[1.5, 1.0]", 1.5, 1.0);
    REALS(gsl_ran_levy, "[1.5, 1.3]", 1.5, 1.3);
    REALS(gsl_ran_levy, "[1.5, 2.0]", 1.5, 2.0);
    REALS(gsl_ran_levy_skew, "[1.5, 1.0, 0.0]", 1.5, 1.0, 0.0);
    REALS(gsl_ran_levy_skew, "[1.5, 0.5, 1.0]", 1.5, 0.5, 1.0);
    REALS(gsl_ran_levy_skew, "[1.5, 2.0, 0.5]", 1.5, 2.0, 0.5);
    REALS(gsl_ran_tdist, "[5.0]", 5.0);
    REALS(gsl_ran_tdist, "[1.5]", 1.5);
    REALS(gsl_ran_gamma, "[2.5, 0.5]", 2.5, 0.5);
    REALS(gsl_ran_gamma, "[0.3, 2.0]", 0.3, 2.0);
    REALS(gsl_ran_gamma_knuth, "[2.5, 0.5]", 2.5, 0.5);
    REALS(gsl_ran_gamma_knuth, "[15.0, 0.5]", 15.0, 0.5);
    REALS(gsl_ran_chisq, "[3.0]", 3.0);
    REALS(gsl_ran_fdist, "[3.0, 7.0]", 3.0, 7.0);
    REALS(gsl_ran_beta, "[2.0, 3.0]", 2.0, 3.0);
    REALS(gsl_ran_beta, "[0.5, 0.7]", 0.5, 0.7);
    REALS(gsl_ran_logistic, "[1.5]", 1.5);
    REALS(gsl_ran_pareto, "[2.5, 1.5]", 2.5, 1.5);
    REALS(gsl_ran_weibull, "[1.5, 2.5]", 1.5, 2.5);
    REALS(gsl_ran_gumbel1, "[1.5, 2.5]", 1.5, 2.5);
    REALS(gsl_ran_gumbel2, "[1.5, 2.5]", 1.5, 2.5);
    REALS(gsl_ran_lognormal, "[0.5, 1.5]", 0.5, 1.5);
    INTEGERS(gsl_ran_bernoulli, "[0.3]", 0.3);
    INTEGERS(gsl_ran_binomial, "[0.3, 50]", 0.3, 50);
    INTEGERS(gsl_ran_binomial, "[0.7, 10]", 0.7, 10);
    INTEGERS(gsl_ran_poisson, "[10.0]", 10.0);
    INTEGERS(gsl_ran_poisson, "[500.0]", 500.0);
    INTEGERS(gsl_ran_geometric, "[0.2]", 0.2);
    INTEGERS(gsl_ran_negative_binomial, "[0.3, 2.5]", 0.3, 2.5);
    INTEGERS(gsl_ran_pascal, "[0.3, 4]", 0.3, 4);
    INTEGERS(gsl_ran_hypergeometric, "[20, 30, 15]", 20, 30, 15);
    INTEGERS(gsl_ran_hypergeometric, "[20, 30, 35]", 20, 30, 35);
    INTEGERS(gsl_ran_logarithmic, "[0.7]", 0.7);
    VECTORS(gsl_ran_dirichlet, "[1.0, 2.0, 3.0, 4.0]", 4, double, print_bits, 4, weights);
    VECTORS(gsl_ran_multinomial, "[1.0, 2.0, 3.0, 4.0]", 4, unsigned, print_unsigned, 4, 50, weights);

    gsl_ran_discrete_t *table = gsl_ran_discrete_preproc(4, weights);
    gsl_rng *r = begin("gsl_ran_discrete", "[1.0, 2.0, 3.0, 4.0]");
    for (int i = 0; i < DRAWS; i++) {
        printf("%s%zu", i ? ", " : "", gsl_ran_discrete(r, table));
    }
    end(r);
    gsl_ran_discrete_free(table);

    r = begin("gsl_ran_bivariate_gaussian", "[2.0, 0.5, -0.7]");
    for (int i = 0; i < DRAWS / 2; i++) {
        double x, y;
        gsl_ran_bivariate_gaussian(r, 2.0, 0.5, -0.7, &x, &y);
        if (i) printf(", ");
        print_bits(x);
        printf(", ");
        print_bits(y);
    }
    end(r);
    printf("]\n");
}

int main(void) {
    printf("{\n\"gsl_version\": \"%s\",\n", gsl_version);
    printf("\"source\": \"Scripts/reference/gsl_draws.c, GSL %s\",\n", gsl_version);
    print_names("all_generators", 0);
    print_names("full_range_generators", 1);
    print_generators();
    print_draws();
    printf("}\n");
    return 0;
}
