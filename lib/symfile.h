/* The symbols of the files that processes have mapped. They are kept, up to a bound of memory; then
 * what was not used longest goes. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "elfsym.h"
#include "sym.h"
#include "symtab.h"

struct symfile {
	struct segment segments[ELF_SEGMENTS];
	unsigned segment_count;         /* 0: it is no ELF file */
	struct symtab table;
	/* By these a file is known, and not by its inode number alone, which another file gets
	 * after it. */
	struct identity {
		uint64_t dev, inode, size;
		struct timespec changed;
	} identity;
	uint64_t id;                    /* no other file had it; 0: nothing is here */
	uint64_t used;
};

/* A file that may be gone by the time it is asked for. */
struct symfile_ref {
	struct symfile *file;
	uint64_t id;
};

/* Whether REF is a file that is still here. What is used last is never what goes. */
bool symfile_use(const struct symfile_ref *ref);

/* The file of a mapping that process PID had at SEEN_NS, a wall-clock time. */
struct symfile_ref symfile_of_mapping(uint32_t pid, const struct mapping *m, uint64_t seen_ns);

/* The code that the kernel gives to each process of 64 bits, of this size. */
struct symfile_ref symfile_of_vdso(uint64_t size);

/* What a compiler in process PID says it has made, in place of what it said before. */
struct symfile_ref symfile_of_perf_map(uint32_t pid, struct symfile_ref before);
