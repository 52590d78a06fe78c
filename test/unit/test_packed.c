// SPDX-License-Identifier: GPL-2.0-only
/* lib/build/pack.c at build time and lib/packed.c here: test/unit.mk packs the sources of these
 * tests, under their paths, and between them empty files. */
#include <stdlib.h>
#include <string.h>
#include "packed.h"
#include "unit.h"
#include "util.h"

#define PER_BLOCK 8

/* All blocks but the last are full, so that as few as possible are unpacked. */
static void assert_blocks(const struct packed *table, int *files)
{
	const unsigned char *block = NULL;
	size_t at = 0;
	int n = 0;

	for (; table->name; table++, n++) {
		if (n % PER_BLOCK == 0) {
			assert_ptr_not_equal(table->block, block);
			at = 0;
		} else {
			assert_ptr_equal(table->block, block);
		}
		block = table->block;
		/* One behind the other, without gaps. */
		assert_int_equal(table->at, at);
		at += table->size;
		if (!table[1].name || table[1].block != block)
			assert_int_equal(table->block_size, at);
	}
	*files = n;
}

static void assert_file(const struct packed *table, const char *name, const char *path)
{
	size_t size = 12345, expected_size;
	char *file = unpack(table, name, &size), *expected = read_file(path, &expected_size);

	if (!file)
		fail_msg("there is no %s", name);
	if (!expected)
		fail_msg("cannot read %s; run the tests in the directory where they were built",
			path);
	if (size != expected_size || memcmp(file, expected, size))
		fail_msg("%s is not what was packed", name);
	assert_int_equal(file[size], 0);
	free(file);
	free(expected);
}

static void files_as_they_were(void **state)
{
	const struct packed *p;
	int n;

	assert_blocks(packed_examples, &n);
	/* More than two blocks, the last of which is not full. */
	assert_true(n > 2 * PER_BLOCK);
	assert_file(packed_examples, "first", "/dev/null");
	assert_file(packed_examples, "last", "/dev/null");
	assert_file(packed_examples, "fake", "test/unit.mk");
	for (p = packed_examples; p->name; p++) {
		if (strchr(p->name, '/'))
			assert_file(packed_examples, p->name, p->name);
	}
}

/* A whole block of nothing. */
static void empty_files(void **state)
{
	char name[] = "empty0";
	int n;

	assert_blocks(packed_objects, &n);
	assert_int_equal(n, PER_BLOCK + 1);
	assert_int_equal(packed_objects[0].block_size, 0);
	for (; name[5] < '8'; name[5]++)
		assert_file(packed_objects, name, "/dev/null");
	assert_file(packed_objects, "last", "lib/build/pack.c");
}

static void names_that_are_none(void **state)
{
	static const struct packed none[] = { { 0 } };
	size_t size = 7;

	assert_null(unpack(packed_examples, "no such file", &size));
	assert_null(unpack(packed_examples, "", &size));
	assert_null(unpack(packed_examples, "firs", &size));
	assert_null(unpack(packed_examples, "first ", &size));
	assert_null(unpack(none, "first", &size));
	assert_int_equal(size, 7);
}

static void unpack_damaged(void *context)
{
	size_t size;

	free(unpack(context, "x", &size));
}

static void damaged_blocks(void **state)
{
	static const unsigned char junk[] = { 0xff, 0xff, 0xff, 0xff };
	/* Deflate's "stored" block of 3 bytes, in which a byte is missing; and one that is too
	 * long. */
	static const unsigned char cut[] = { 1, 3, 0, 0xfc, 0xff, 'a', 'b' };
	static const unsigned char whole[] = { 1, 3, 0, 0xfc, 0xff, 'a', 'b', 'c' };
	const struct packed tables[][2] = {
		{ { "x", junk, sizeof(junk), 10, 0, 10 } }, { { "x", cut, sizeof(cut), 3, 0, 3 } },
		{ { "x", whole, sizeof(whole), 2, 0, 2 } },
	};
	const struct packed good[] = { { "x", whole, sizeof(whole), 3, 1, 2 }, { 0 } };
	struct outcome o;
	size_t i, size;
	char *file;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		o = in_child(unpack_damaged, (void *)tables[i]);
		assert_int_equal(o.status, 1);
		assert_string_equal(o.err, "bpftools: this program is damaged: cannot unpack x\n");
		outcome_free(&o);
	}
	file = unpack(good, "x", &size);
	assert_int_equal(size, 2);
	assert_string_equal(file, "bc");
	free(file);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(files_as_they_were),
	cmocka_unit_test(empty_files),
	cmocka_unit_test(names_that_are_none),
	cmocka_unit_test(damaged_blocks),
};

UNIT_MAIN(tests)
