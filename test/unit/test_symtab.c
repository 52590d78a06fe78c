// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "symtab.h"
#include "unit.h"

struct given {
	uint64_t addr, size;            /* size 0: not known */
	int rank;
	const char *name;
};

#define END 0x2000                      /* of the code */

static struct symtab table_of(const struct given *given, size_t count)
{
	struct symtab t = {};
	size_t names = 0, i, at;

	for (i = 0; i < count; i++)
		names += strlen(given[i].name) + 1;
	assert_true(symtab_reserve(&t, count, names));
	for (i = 0; i < count; i++) {
		at = t.names_size;
		strcpy(t.names + at, given[i].name);
		t.names_size += strlen(given[i].name) + 1;
		symtab_add(&t, given[i].addr,
			   given[i].size ? given[i].size : END - given[i].addr, !given[i].size,
			   given[i].rank, at);
	}
	symtab_finish(&t);
	return t;
}

/* NAME and the distance from its begin are what is at ADDR; NULL: nothing. */
static void assert_at(const struct symtab *t, uint64_t addr, const char *name, uint64_t distance)
{
	const struct symbol *s = symtab_find(t, addr);

	if (!name && s)
		fail_msg("%s at %lx", t->names + s->name, (long)addr);
	if (!name)
		return;
	if (!s)
		fail_msg("nothing at %lx", (long)addr);
	assert_string_equal(t->names + s->name, name);
	assert_int_equal(addr - s->addr, distance);
}

static void sizes(void **state)
{
	static const struct given given[] = {
		{ 0x1100, 0x20, GLOBAL, "b" }, { 0x1000, 0x20, LOCAL, "a" },
		{ 0x1200, 0, GLOBAL, "open" }, { 0x1300, 0, GLOBAL, "last" },
	};
	struct symtab t = table_of(given, ARRAY_SIZE(given));

	assert_at(&t, 0, NULL, 0);
	assert_at(&t, 0xfff, NULL, 0);
	assert_at(&t, 0x1000, "a", 0);
	assert_at(&t, 0x101f, "a", 0x1f);
	assert_at(&t, 0x1020, NULL, 0);
	assert_at(&t, 0x1100, "b", 0);
	/* One without a size reaches to the next one, or to the end of the code. */
	assert_at(&t, 0x12ff, "open", 0xff);
	assert_at(&t, 0x1fff, "last", 0xcff);
	assert_at(&t, 0x2000, NULL, 0);
	assert_at(&t, UINT64_MAX, NULL, 0);
	symtab_free(&t);
}

static void best_of_several(void **state)
{
	static const struct given given[] = {
		{ 0x1000, 8, LOCAL, "local" }, { 0x1000, 8, GLOBAL, "global" },
		{ 0x1000, 8, WEAK, "weak" },
		{ 0x1010, 8, WEAK, "__read" }, { 0x1010, 8, WEAK, "read" },
		{ 0x1010, 8, WEAK, "_read" },
		/* A size is a size, whoever has it. */
		{ 0x1020, 0, GLOBAL, "without" }, { 0x1020, 8, LOCAL, "with" },
		{ 0x1040, 8, LOCAL, "next" }, { 0x1040, 0, LABEL, "label" },
	};
	struct symtab t = table_of(given, ARRAY_SIZE(given));

	assert_int_equal(t.count, 4);
	assert_at(&t, 0x1001, "global", 1);
	assert_at(&t, 0x1011, "read", 1);
	assert_at(&t, 0x1027, "without", 7);
	assert_at(&t, 0x1028, NULL, 0);
	assert_at(&t, 0x1041, "next", 1);
	symtab_free(&t);
}

static void labels_and_parts(void **state)
{
	static const struct given given[] = {
		{ 0x1000, 0x100, LOCAL, "function" }, { 0x1010, 0, LABEL, "within" },
		{ 0x1040, 0x10, LOCAL, "part" }, { 0x1060, 0, LABEL, "behind part" },
		{ 0x1100, 0, LABEL, "by hand" }, { 0x1180, 0, LABEL, "by hand too" },
		{ 0x1200, 0x10, GLOBAL, "other" },
	};
	struct symtab t = table_of(given, ARRAY_SIZE(given));

	assert_at(&t, 0x1018, "function", 0x18);
	assert_at(&t, 0x1045, "part", 5);
	assert_at(&t, 0x1065, "function", 0x65);
	assert_at(&t, 0x1110, "by hand", 0x10);
	assert_at(&t, 0x11ff, "by hand too", 0x7f);
	assert_at(&t, 0x1205, "other", 5);
	symtab_free(&t);
}

static void long_names(void **state)
{
	struct given given = { 0x1000, 8, GLOBAL, malloc(100001) };
	struct symtab t;

	memset((char *)given.name, 'x', 100000);
	((char *)given.name)[100000] = 0;
	t = table_of(&given, 1);
	assert_int_equal(strlen(t.names + symtab_find(&t, 0x1000)->name), 4096);
	symtab_free(&t);
	free((char *)given.name);
}

static void fill(void *context)
{
	struct symtab t = {};

	symtab_reserve(&t, 5 << 20, 0);
	symtab_reserve(&t, 5 << 20, 0);
	symtab_reserve(&t, UINT64_MAX, 0);
	symtab_reserve(&t, UINT64_MAX / 16 + 2, 0);
	symtab_reserve(&t, 0, UINT64_MAX);
	exit(0);
}

static void bounds(void **state)
{
	struct symtab t = {};
	struct outcome o;

	assert_true(symtab_reserve(&t, 1 << 20, 1 << 20));
	assert_int_equal(symtab_bytes(&t), 0);
	symtab_free(&t);
	symtab_finish(&t);
	assert_at(&t, 0, NULL, 0);
	o = in_child(fill, NULL);
	assert_int_equal(o.status, 0);
	assert_string_equal(o.err, "bpftools: a program has too many symbols: "
			    "its functions get no names\n");
	outcome_free(&o);
}

static void perf_maps(void **state)
{
	static const char text[] =
		"7f0000001000 20 first one\n"
		"\n"
		"7f0000001000\n" "7f0000001000 \n" "7f0000001000 20\n" "7f0000001000 20 \n"
		"x 20 wrong\n" " 7f0000001000 20 wrong\n" "-1 20 wrong\n" "7f0000001000 -1 wrong\n"
		"7f0000001000  20 wrong\n"
		"0x7f0000002000 0x10 LazyCompile:~main /app/x.js:1\n"
		"ffffffffffffffff ffffffffffffffff all\n"
		"0 1 zero\n"
		"7f0000003000 100 old\n"
		"7f0000003010 10 old inside\n"
		/* Written over those before it. */
		"7f0000002ff0 60 new\n"
		"7f0000004000 10 without newline";
	struct symtab t;

	symtab_from_perf_map(&t, exact_copy(text, sizeof(text)));
	assert_at(&t, 0x7f000000101f, "first one", 0x1f);
	assert_at(&t, 0x7f0000001020, NULL, 0);
	assert_at(&t, 0x7f0000002008, "LazyCompile:~main /app/x.js:1", 8);
	assert_at(&t, UINT64_MAX, "all", 0);
	assert_at(&t, 0, "zero", 0);
	assert_at(&t, 0x7f0000003015, "new", 0x25);
	assert_at(&t, 0x7f0000003060, "old", 0x60);
	assert_at(&t, 0x7f0000004001, "without newline", 1);
	symtab_free(&t);
	symtab_from_perf_map(&t, exact_copy("", 1));
	assert_at(&t, 0, NULL, 0);
	symtab_free(&t);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sizes),
	cmocka_unit_test(best_of_several),
	cmocka_unit_test(labels_and_parts),
	cmocka_unit_test(long_names),
	cmocka_unit_test(bounds),
	cmocka_unit_test(perf_maps),
};

UNIT_MAIN(tests)
