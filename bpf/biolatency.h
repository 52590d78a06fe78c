#pragma once
#include <linux/types.h>
#include "cgroup.h"

struct config {
	__u32 disk;                     /* disk or partition; 0: all of them */
	__u32 flag_mask;                /* the bits of cmd_flags to tell apart; 0: none */
	__u32 per_unit;                 /* ns in one unit of the histogram */
	bool queued, per_disk;
	bool queue_first;               /* block_rq_issue passes (queue, request), not (request) */
	bool bio_second;                /* block_getrq passes (queue, bio, ...), not (bio) */
	bool reuse;                     /* entries of finished requests stay for the next ones */
	bool join_bio;                  /* no block_io_start: join block_getrq by the bio */
	struct containers containers;
};

struct hist_key {
	__u32 disk, flags;
};
