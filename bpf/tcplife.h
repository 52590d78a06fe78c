#pragma once
#include <linux/types.h>
#include "sock.h"

struct config {
	__u32 pid;                      /* 0: everybody */
	__u8 version;                   /* 4 or 6; 0: both */
	struct ports lports, rports;
};

struct event {
	__u64 ns, lived_ns, sent, received;
	__s32 pid;                      /* -1: unknown */
	__u32 netns;
	struct flow flow;
	char comm[16];
};
