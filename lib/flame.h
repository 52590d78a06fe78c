/* Flame graphs: stacks and their counts, drawn as one interactive SVG file that needs nothing
 * else: it zooms, searches and shows counts in any browser. */
#pragma once
#include <stdint.h>
#include <stdio.h>

enum flame_kind { FLAME_PROCESS, FLAME_USER, FLAME_KERNEL, FLAME_OTHER };

struct flame_frame {
	const char *name;               /* copied; any bytes */
	enum flame_kind kind;           /* gives the colour */
};

/* Counts a stack of N frames, the outermost first. */
void flame_add(const struct flame_frame *frames, int n, uint64_t count);

/* Writes what was added, as counts of UNIT ("samples"), and forgets it. Frames too narrow to be
 * seen are left out, and the file says how many. */
void flame_write(FILE *, const char *title, const char *unit);
