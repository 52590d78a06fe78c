#pragma once
#include <linux/types.h>
#include "sock.h"

struct config {
	__u8 version;                   /* 4 or 6; 0: both */
	bool count;                     /* into the map of flows, instead of sending events */
	bool guess;                     /* what was a probe by the state of congestion control */
};

struct event {
	__u64 ns;
	__s64 seq;                      /* -1: a probe, of which it is not known */
	__u32 pid, netns;
	struct flow flow;
	__u8 state;
};
