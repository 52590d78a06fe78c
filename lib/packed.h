/* Files that are packed into the program: BPF objects, examples, and what pages in a browser
 * consist of. lib/build/pack.c makes the tables at build time. */
#pragma once
#include <stddef.h>

struct packed {
	const char *name;               /* NULL ends the table */
	const unsigned char *block;     /* a raw deflate stream, shared with some others */
	size_t block_packed, block_size;
	size_t at, size;                /* where in the unpacked block it is */
};

extern const struct packed packed_objects[], packed_examples[], packed_pages[];

/* The file NAME, with a NUL behind it, or NULL if the table has none; the caller owns it. */
void *unpack(const struct packed *table, const char *name, size_t *size);
