#pragma once
#include "cgroup.h"

struct config {
	struct containers containers;
	__u64 pidns_dev, pidns_ino;     /* of the reader; 0: the initial one */
	__u32 self;
	__u32 depth;                    /* frames of a stack at most */
	bool by_pid, by_tid;            /* only what is in map "only" */
	bool no_kernel, no_user, idle;
};

struct key {
	__u64 kernel, user;             /* stacks, as in stack.h */
	__u32 pid;
	char comm[16];
};
