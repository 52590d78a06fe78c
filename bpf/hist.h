/* A log2 histogram. Slot i counts the values from 2^i to 2^(i+1)-1; slot 0 counts 0 as well. */
#pragma once
#include <linux/types.h>

#define HIST_SLOTS 64

struct hist {
	__u64 slots[HIST_SLOTS];
	__u64 sum;                      /* of what was measured, not divided by the unit */
};
