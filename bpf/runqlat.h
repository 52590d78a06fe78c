#pragma once
#include <linux/types.h>
#include "cgroup.h"

struct config {
	__u32 pid, self;                /* process; 0: all of them. Never this one, unless asked */
	__u32 per_unit;                 /* ns in one unit of the histogram */
	bool per_process, per_thread, per_pidns;        /* one of them at most */
	bool reuse;                     /* entries of tasks that run stay for the next time */
	struct containers containers;
};

struct hist_key {
	__u32 id;                       /* of process, thread or namespace */
};
