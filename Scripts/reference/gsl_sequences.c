/* Prints, as JSON, the first points of the installed GSL's quasi-random sequences, as hexadecimal floats. */

#include <gsl/gsl_qrng.h>
#include <gsl/gsl_version.h>
#include <stdio.h>

enum { POINTS = 12 };

static void print_sequence(const char *kind, const gsl_qrng_type *type, unsigned dimension) {
    double x[40];
    gsl_qrng *q = gsl_qrng_alloc(type, dimension);
    static int is_later = 0;
    printf("%s\n{\"kind\": \"%s\", \"dimension\": %u, \"points\": [", is_later ? "," : "", kind, dimension);
    is_later = 1;
    for (int i = 0; i < POINTS; i++) {
        gsl_qrng_get(q, x);
        for (unsigned j = 0; j < dimension; j++) printf("%s\"%a\"", i + j ? ", " : "", x[j]);
    }
    printf("]}");
    gsl_qrng_free(q);
}

int main(void) {
    printf("{\n\"source\": \"Scripts/reference/gsl_sequences.c, GSL %s\",\n", gsl_version);
    printf("\"sequences\": [");
    static const unsigned dimensions[] = {1, 3, 12, 40};
    for (int i = 0; i < 4; i++) {
        print_sequence("sobol", gsl_qrng_sobol, dimensions[i]);
        if (dimensions[i] <= 12)
            print_sequence("niederreiter", gsl_qrng_niederreiter_2, dimensions[i]);
        print_sequence("halton", gsl_qrng_halton, dimensions[i]);
        print_sequence("reverseHalton", gsl_qrng_reversehalton, dimensions[i]);
    }
    printf("]\n}\n");
    return 0;
}
