/* What both sides know of sockets. */
#pragma once
#include <linux/types.h>
#include <stdbool.h>
#include "address.h"

/* Two ends of a connection. It has no gaps, so that it can be a key as it is. */
struct flow {
	struct address laddr, raddr;
	__u16 lport, rport;             /* 0: unknown, or not part of a key */
};

/* A set of ports; part of a tool's struct config. */
struct ports {
	__u64 bits[65536 / 64];
	bool given;                     /* else all of them */
};
