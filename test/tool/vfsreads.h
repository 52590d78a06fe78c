#pragma once
#include <linux/types.h>

struct config {
	__u32 pid;                      /* 0: everybody */
	__u32 self;                     /* never this process */
};

struct event {
	__u64 ns;
	__s64 bytes;
	__u32 pid;
	char comm[16];
};
