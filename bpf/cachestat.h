#pragma once
#include <linux/types.h>

struct config {
	__u32 page_shift;
};
