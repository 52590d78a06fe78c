/* An IP address, as both sides see it. */
#pragma once
#include <linux/types.h>

struct address {
	__u8 ip[16];                    /* in network order; IPv4: the first four */
	__u8 version;                   /* 4 or 6; 0: none */
};
