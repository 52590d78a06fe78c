#pragma once
#include <linux/types.h>

#define HOST_SIZE 80

struct config {
	__u32 pid;                      /* 0: everybody */
	__u32 self;                     /* never this process */
};

enum func { GETADDRINFO, GETHOSTBYNAME, GETHOSTBYNAME2 };

struct event {
	__u64 ns, lat_ns;               /* ns: of the call, then of its return */
	__u32 pid;
	__u16 func, len;                /* len: of host with its end, so much is sent */
	char comm[16];
	char host[HOST_SIZE];
};
