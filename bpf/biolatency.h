#pragma once
#include <linux/types.h>
#include "cgroup.h"
#include "request.h"

struct config {
	__u32 flag_mask;                /* the bits of cmd_flags to tell apart; 0: none */
	__u32 per_unit;                 /* ns in one unit of the histogram */
	bool queued, per_disk;
	struct requests requests;
	struct containers containers;
};

struct hist_key {
	__u32 disk, flags;
};
