/* What the tools for the page cache count, in pages of the machine's size. */
#pragma once
#include <linux/types.h>

enum pages {
	PAGES_ACCESSED,                 /* by reading, or by a page fault */
	PAGES_MISSED,                   /* those of them that had come from the disk just before */
	PAGES_DIRTIED,
	PAGES_CREATED,                  /* those of them that came into the cache for that */
	PAGES_KINDS,
};
