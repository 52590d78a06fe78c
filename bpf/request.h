/* Which block I/O requests are traced, and how this kernel shows them; part of a tool's struct
 * config. */
#pragma once
#include <linux/types.h>
#include <stdbool.h>

struct requests {
	__u32 disk;                     /* disk or partition; 0: all of them */
	bool queueing;                  /* it is watched, not only issue and completion */
	bool queue_first;               /* block_rq_issue passes (queue, request), not (request) */
	__u8 bios_before;               /* arguments of block_getrq before the bio, 0 or 1 */
	bool reuse;                     /* entries of finished requests stay for the next ones */
	__u8 flushes_bit;               /* of rq_flags: flushes are sent before or after it */
	bool join_bio;                  /* no block_io_start: join block_getrq by the bio */
};
