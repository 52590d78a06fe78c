#pragma once
#include <linux/types.h>
#include "cgroup.h"
#include "filter.h"
#include "path.h"

struct config {
	__u32 pid, tid, uid;            /* 0, 0, ANY_UID: everybody */
	__u32 self;                     /* never this process */
	__u32 flags;                    /* with by_flags: only calls with one of these */
	bool by_flags, failed, full_path, callers;
	struct containers containers;
};

struct event {
	__u64 ns, callers[2];
	__u32 pid, tid, uid;
	__s32 fd, err;                  /* -1 and an errno, or a descriptor and 0 */
	__u32 flags;
	__s32 mode;                     /* -1: this call creates nothing */
	__u32 len;                      /* of path, without the empty string at its end */
	char comm[16];
	char path[PATH_ROOM];           /* as in path.h; sent as far as it is filled */
};
