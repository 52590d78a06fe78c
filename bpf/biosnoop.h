#pragma once
#include <linux/types.h>
#include "cgroup.h"
#include "request.h"

struct config {
	__u64 min_ns;                   /* only what takes so long */
	__u32 self;
	struct requests requests;
	struct containers containers;
};

struct event {
	__u64 ns;                       /* when it completed */
	__u64 queue_ns;                 /* from queueing to issue, if pid is not 0 */
	__u64 lat_ns;                   /* from issue to completion */
	__u64 sector;
	__u32 bytes, disk, flags;
	__u32 pid;                      /* 0: unknown, and so is comm */
	char comm[16];
};
