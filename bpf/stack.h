/* A stack on its way to the reader, which gets each different one once. */
#pragma once
#include <linux/types.h>

#define STACK_DEPTH 127                 /* kernel.perf_event_max_stack, as it is by default */

/* Instead of a stack's number. */
#define STACK_NONE 0                    /* there is none: no user side, or none was asked for */
#define STACK_LOST 1                    /* no room for one more */

/* Instead of a PID: a process that the reader cannot see. */
#define STACK_FOREIGN 0xffffffff

struct stack {
	__u64 id;
	__u32 pid;                      /* whose addresses these are; 0: the kernel's */
	__u32 depth;
	__u64 ips[STACK_DEPTH];         /* the innermost first; sent as far as it is filled */
};
