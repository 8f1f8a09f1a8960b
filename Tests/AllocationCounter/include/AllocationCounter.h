// Counts what a thread takes from the heap, in an executable that links this: it stands in for malloc and its
// kin. Only where the C library has names for its own (glibc); elsewhere nothing is counted.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>

bool allocations_are_counted(void);
// From here on, in this thread.
void start_counting_allocations(void);
// How many there were.
long stop_counting_allocations(void);

#endif
