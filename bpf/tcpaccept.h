#pragma once
#include <linux/types.h>
#include "cgroup.h"
#include "sock.h"

struct config {
	__u32 pid;                      /* 0: everybody */
	__u8 version;                   /* 4 or 6; 0: both */
	struct containers containers;
	struct ports ports;             /* local ones */
};

struct event {
	__u64 ns;
	__u32 pid, netns;
	struct flow flow;
	char comm[16];
};
