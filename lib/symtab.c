// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "symtab.h"
#include "util.h"

#define NAME_MAX_SIZE 4096              /* longer ones are cut */
#define SIZE_MAX_BITS ((1 << 27) - 1)

/* How many symbols before an address are asked whether they reach to it: functions have parts with
 * names of their own, and code from a compiler at run time is written over older code. */
#define NEST_MAX 32

size_t symtab_bytes(const struct symtab *t)
{
	return t->count * sizeof(*t->list) + t->names_size;
}

bool symtab_reserve(struct symtab *t, uint64_t symbols, uint64_t names)
{
	static bool warned;

	if (symbols > SYMTAB_BYTES_MAX || names > SYMTAB_BYTES_MAX ||
	    symtab_bytes(t) + symbols * sizeof(*t->list) + names > SYMTAB_BYTES_MAX) {
		if (!warned)
			warn("a program has too many symbols: its functions get no names");
		warned = true;
		return false;
	}
	t->list = xrealloc(t->list, (t->count + symbols) * sizeof(*t->list) + 1);
	t->names = xrealloc(t->names, t->names_size + names + 1);
	return true;
}

void symtab_add(struct symtab *t, uint64_t addr, uint64_t size, bool open, int rank, uint32_t name)
{
	const char *s = t->names + name;
	size_t underscores = strspn(s, "_");

	/* "read" and not "__read", if all else is equal. */
	t->list[t->count++] = (struct symbol){
		.addr = addr, .name = name, .open = open,
		.rank = rank << 2 | (underscores < 3 ? 3 - underscores : 0),
		.size = size < SIZE_MAX_BITS ? size : SIZE_MAX_BITS,
	};
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->rank != y->rank)
		return y->rank - x->rank;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* One symbol for each address, the first; no labels within functions; no sizes unknown. */
static void make_unique(struct symtab *t)
{
	struct symbol *s, *last = NULL, *end = t->list + t->count;
	uint64_t covered = 0;

	t->count = 0;
	for (s = t->list; s < end; s++) {
		if (last && last->addr == s->addr) {
			if (last->open && !s->open) {
				last->open = false;
				last->size = s->size;
			}
		} else if (s->rank >> 2 != LABEL || s->addr >= covered) {
			if (last && last->open && last->size > s->addr - last->addr)
				last->size = s->addr - last->addr;
			last = &t->list[t->count++];
			*last = *s;
		}
		if (!last->open && last->addr + last->size > covered)
			covered = last->addr + last->size;
	}
}

/* The names of the symbols that are left, without those of data, files and sections. */
static void copy_names(struct symtab *t)
{
	size_t i, len, size = 0;
	char *names;

	for (i = 0; i < t->count; i++)
		size += strnlen(t->names + t->list[i].name, NAME_MAX_SIZE) + 1;
	names = xmalloc(size + 1);
	size = 0;
	for (i = 0; i < t->count; i++) {
		len = strnlen(t->names + t->list[i].name, NAME_MAX_SIZE);
		memcpy(names + size, t->names + t->list[i].name, len);
		names[size + len] = 0;
		t->list[i].name = size;
		size += len + 1;
	}
	free(t->names);
	t->names = names;
	t->names_size = size;
}

void symtab_finish(struct symtab *t)
{
	if (!t->list)
		return;
	qsort(t->list, t->count, sizeof(*t->list), by_address);
	if (!t->newest) {
		make_unique(t);
		copy_names(t);
	}
	t->list = xrealloc(t->list, t->count * sizeof(*t->list) + 1);
}

/* "7f1c00001000 a0 LazyCompile:~main /app/x.js:1" */
static bool parse_perf_line(char *line, uint64_t *addr, uint64_t *size, char **name)
{
	char *p;

	if (!isxdigit((unsigned char)*line))
		return false;
	*addr = strtoull(line, &p, 16);
	if (*p++ != ' ' || !isxdigit((unsigned char)*p))
		return false;
	*size = strtoull(p, &p, 16);
	if (*p++ != ' ' || !*p)
		return false;
	*name = p;
	return true;
}

void symtab_from_perf_map(struct symtab *t, char *text)
{
	char *line, *next, *name;
	uint64_t addr, size;
	size_t room = 0;

	*t = (struct symtab){ .names = text, .names_size = strlen(text) + 1, .newest = true };
	for (line = text; *line && symtab_bytes(t) < SYMTAB_BYTES_MAX; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		if (!parse_perf_line(line, &addr, &size, &name))
			continue;
		if (strlen(name) >= NAME_MAX_SIZE)
			name[NAME_MAX_SIZE - 1] = 0;
		if (t->count == room) {
			room = room ? 2 * room : 64;
			t->list = xrealloc(t->list, room * sizeof(*t->list));
		}
		symtab_add(t, addr, size, false, GLOBAL, name - text);
	}
	symtab_finish(t);
}

const struct symbol *symtab_find(const struct symtab *t, uint64_t addr)
{
	size_t low = 0, high = t->count, middle, i;
	const struct symbol *s, *found = NULL;

	while (low < high) {
		middle = (low + high) / 2;
		if (t->list[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	for (i = 0; i < low && i < NEST_MAX; i++) {
		s = &t->list[low - 1 - i];
		if (addr - s->addr >= s->size || (found && found->name > s->name))
			continue;
		found = s;
		if (!t->newest)
			break;
	}
	return found;
}

void symtab_free(struct symtab *t)
{
	free(t->list);
	free(t->names);
	*t = (struct symtab){};
}
