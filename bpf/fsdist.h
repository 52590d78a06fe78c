#pragma once
#include "fs.h"

struct config {
	struct fs_config fs;
	__u32 per_unit;                 /* ns in one unit of the histogram */
};
