// SPDX-License-Identifier: GPL-2.0-only
/* flame [TITLE [UNIT]]: a flame graph of the stacks on the standard input, one to a line: frames
 * with a ";" between them and the count behind the last space. The first one is a process; a frame
 * that ends with _[k] is the kernel's, one that ends with _[o] is of no kind. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flame.h"

#define MAX_FRAMES 4096

static bool cut_end(char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	if (len < n || strcmp(name + len - n, end))
		return false;
	name[len - n] = 0;
	return true;
}

int main(int argc, char **argv)
{
	static struct flame_frame frames[MAX_FRAMES];
	char *line = NULL, *space, *name, *rest;
	size_t room = 0;
	int n;

	while (getline(&line, &room, stdin) > 0) {
		space = strrchr(line, ' ');
		if (!space)
			continue;
		*space = 0;
		rest = line;
		for (n = 0; n < MAX_FRAMES && (name = strsep(&rest, ";")); n++) {
			frames[n].name = name;
			frames[n].kind = cut_end(name, "_[k]") ? FLAME_KERNEL :
				cut_end(name, "_[o]") ? FLAME_OTHER :
				n ? FLAME_USER : FLAME_PROCESS;
		}
		flame_add(frames, n, strtoull(space + 1, NULL, 10));
	}
	free(line);
	flame_write(stdout, argc > 1 ? argv[1] : "Flame graph", argc > 2 ? argv[2] : "samples");
	return ferror(stdout) || fflush(stdout);
}
