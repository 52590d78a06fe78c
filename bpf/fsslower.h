#pragma once
#include "fs.h"

struct config {
	struct fs_config fs;
};

struct event {
	__u64 end;                      /* ns */
	__u64 lat;                      /* ns */
	__s64 ret;                      /* what the operation returned */
	__s64 offset;                   /* in the file; -1: it has none */
	__u32 pid;
	__u32 op;
	char comm[16];
	char file[256];                 /* sent as far as it is filled */
};
