/* Operations of a file system, as fsslower and fsdist see them. */
#pragma once
#include <linux/types.h>
#include <stdbool.h>

enum fs_op { FS_READ, FS_WRITE, FS_OPEN, FS_FSYNC, FS_GETATTR, FS_COMMIT, FS_OPS };

#define FS_TYPES 3

/* Part of a tool's struct config. */
struct fs_config {
	__u64 min_ns;                   /* only what took longer; 0: all */
	__u64 types[FS_TYPES];          /* system calls: names of the kind of file system */
	__u32 pid, self;                /* only this process, 0: all but the other one */
	bool by_task;                   /* the kernel keeps data for programs with each task */
	bool idmap;                     /* getattr's path is its second argument, not the first */
};
