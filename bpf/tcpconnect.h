#pragma once
#include <linux/types.h>
#include "cgroup.h"
#include "filter.h"
#include "sock.h"

struct config {
	__u32 pid, uid;                 /* 0, ANY_UID: everybody */
	__u8 version;                   /* 4 or 6; 0: both */
	bool count;                     /* into the map of flows, instead of sending events */
	bool by_lport;                  /* with count: each local port by itself */
	bool wait;                      /* on the tracepoint: until the local port is known */
	struct containers containers;
	struct ports ports;             /* remote ones */
};

struct event {
	__u64 ns;
	__u32 pid, uid, netns;
	struct flow flow;
	char comm[16];
};
