// The machine that runs compiled programs: steps over one arena of doubles.
#ifndef VECTOR_MACHINE_H
#define VECTOR_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "CKernels.h"

enum ck_operation {
  // output[i] = f(a[i])
  CK_IDENTITY, CK_NEGATE, CK_ABSOLUTE, CK_SIGN, CK_SQUARE, CK_RECIPROCAL, CK_SQUARE_ROOT, CK_EXP,
  CK_EXPM1, CK_LOG, CK_LOG1P, CK_SIN, CK_COS, CK_TAN, CK_ASIN, CK_ACOS, CK_ATAN, CK_SINH, CK_COSH,
  CK_TANH, CK_ASINH, CK_ACOSH, CK_ATANH, CK_ERF, CK_ERFC, CK_LGAMMA, CK_LOGISTIC, CK_SOFTPLUS,
  CK_LOG1MEXP,
  // output[i] = f(a[i], b[i]); comparisons give 1 or 0, the extremes hand NaN on
  CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_POWER, CK_MINIMUM, CK_MAXIMUM, CK_LESS,
  CK_LESS_OR_EQUAL, CK_EQUAL,
  // output[i] = f(a[i], b[i], c[i]): b where a is not zero, else c; a b + c; a b - c; c - a b
  CK_SELECT, CK_MULTIPLY_ADD, CK_MULTIPLY_SUBTRACT, CK_SUBTRACT_PRODUCT,
  CK_LAST_ELEMENTWISE = CK_SUBTRACT_PRODUCT,
  // output[0] = the sum of a[i], of a[i] b[i], the largest a[i]; row by row output[j] += a[j],
  // and the larger of the two
  CK_SUM, CK_DOT, CK_LARGEST, CK_SUM_ROWS, CK_LARGEST_ROWS,
  // The next `a` steps for each run of `b` elements out of `count`.
  CK_GROUP,
  // The next `a` steps, up to CK_MOST_STEPS, `count` times: each time their operands are further by what
  // they advance, and sums go on.
  CK_REPEAT,
  // output[i] = a[table[i]]; output = 0 (`c` long) and output[table[i]] += a[i]; the table is at `b`
  CK_GATHER, CK_SCATTER_ADD,
  // output[0] = b[0], output[t] = b[t] + a[t - 1] output[t - 1]; and from the end back:
  // output[t] = b[t] + a[t] output[t + 1]; each of these a row of `columns`
  CK_RECURRENCE, CK_REVERSED_RECURRENCE,
  // The same with ones for coefficients.
  CK_CUMULATIVE_SUM, CK_REVERSED_CUMULATIVE_SUM,
  // output[j] = the sum of a[i, j] over i, with a [rows, columns].
  CK_SUM_ALL_ROWS,
  // output[i, j] = log of the sum over k of exp(a[i, k, j]), with a [rows, inner, columns].
  CK_LOG_SUM_EXP,
  // The product of a [rows, inner] and b [inner, columns], either stored transposed, plus a row c if the
  // flag says so; `count` of them one after the other.
  CK_MATRIX_PRODUCT,
  // The lower Cholesky factor of a [rows, rows], all NaN where there is none; and the inverse of a triangle
  // of a [rows, rows], stored transposed or not, times b [rows, columns].
  CK_CHOLESKY, CK_TRIANGULAR_SOLVE
};

// How an operand is read: of a group's runs each its own, or each one element further, or all the
// same; and one element for all, or eight for all.
enum ck_flags {
  CK_OUTPUT_MOVES = 1, CK_A_MOVES = 2, CK_B_MOVES = 4, CK_C_MOVES = 8,
  CK_OUTPUT_ADVANCES = 16, CK_A_ADVANCES = 32, CK_B_ADVANCES = 64, CK_C_ADVANCES = 128,
  CK_A_SCALAR = 256, CK_B_SCALAR = 512, CK_C_SCALAR = 1024,
  CK_A_LANES = 2048, CK_B_LANES = 4096, CK_C_LANES = 8192,
  // The memory of the result goes on to whole vectors.
  CK_OUTPUT_PADDED = 1 << 14,
  CK_A_TRANSPOSED = 1 << 15, CK_B_TRANSPOSED = 1 << 16,
  CK_A_UPPER = 1 << 17, CK_C_ROW = 1 << 18,
  // A sum begins with what is there; a sum over all repetitions does from the second on.
  CK_CONTINUES = 1 << 19, CK_SUMS_UP = 1 << 20
};

// Places are numbers of elements of the arena.
typedef struct {
  uint32_t operation, flags;
  int32_t count, output, a, b, c, rows, inner, columns;
  // How far the operands are from one repetition to the next.
  int32_t output_advance, a_advance, b_advance, c_advance;
} ck_step;

enum { CK_MOST_STEPS = 256 };

// Copies `input_count` numbers to place `input_place` of the arena, and runs the steps. The set must be one
// that the processor has.
void ck_run(
    enum ck_instruction_set set, const ck_step *steps, size_t count, const int32_t *tables,
    double *arena, const double *input, size_t input_count, size_t input_place);

#endif
