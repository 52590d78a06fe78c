/* Tables of functions: what is at an address. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMTAB_BYTES_MAX (64 << 20)     /* symbols and names of one table */

/* The better of two at one address is the one of higher rank. */
enum { LABEL, LOCAL, WEAK, GLOBAL };

struct symbol {
	uint64_t addr;
	uint32_t name;                  /* where in the names */
	uint32_t rank : 4, open : 1, size : 27;
};

struct symtab {
	struct symbol *list;            /* by address, once it is finished */
	size_t count, names_size;
	char *names;
	bool newest;                    /* of several around an address the one added last counts,
					 * and not the nearest */
};

/* Makes room for so many more symbols, and for names of so many bytes, which the caller writes to
 * names + names_size and ends with a NUL; false if there would be more than a table may have. */
bool symtab_reserve(struct symtab *t, uint64_t symbols, uint64_t names);

/* Adds a symbol, for which there is room; NAME as in the struct. Of one whose size is not known
 * this is the distance to where it must end: the next symbol ends it too. */
void symtab_add(struct symtab *t, uint64_t addr, uint64_t size, bool open, int rank, uint32_t name);

/* Sorts them, leaves one for each address, and frees what is not needed to find it. */
void symtab_finish(struct symtab *t);

/* Takes a table from the text of a /tmp/perf-PID.map, and the text with it. */
void symtab_from_perf_map(struct symtab *t, char *text);

/* The symbol that ADDR is in; NULL if it is in none. */
const struct symbol *symtab_find(const struct symtab *t, uint64_t addr);

size_t symtab_bytes(const struct symtab *t);
void symtab_free(struct symtab *t);
