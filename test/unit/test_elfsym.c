// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "elfsym.h"
#include "unit.h"
#include "util.h"

static const struct elf_function functions[] = {
	{ "alpha", 0x10, 0x20 },
	{ "beta", 0x40, 0x20, ELF64_ST_INFO(STB_LOCAL, STT_FUNC) },
	{ "resolver", 0x60, 0x10, ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC) },
	{ "data", 0x70, 0x10, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT) },
	{ "by_hand", 0x80, 0, ELF64_ST_INFO(STB_WEAK, STT_NOTYPE) },
	{ ".L5", 0x90, 0, ELF64_ST_INFO(STB_WEAK, STT_NOTYPE) },
	{ "$x", 0x91, 0, ELF64_ST_INFO(STB_WEAK, STT_NOTYPE) },
	{ "outside", 0x100, 8 },
};

static int file_with(const void *data, size_t size)
{
	int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	return fd;
}

static void assert_function(const struct symtab *t, uint64_t addr, const char *name)
{
	const struct symbol *s = symtab_find(t, addr);

	if (!name) {
		assert_null(s);
		return;
	}
	assert_non_null(s);
	assert_string_equal(t->names + s->name, name);
}

static void symbols(void **state)
{
	struct symtab t = {};
	struct elf e;
	size_t size;
	char *image = elf_image(functions, ARRAY_SIZE(functions), 0x100, 0xab, &size);
	int fd = file_with(image, size);

	assert_true(elf_open(&e, fd, 0, size));
	assert_int_equal(e.segment_count, 1);
	assert_int_equal(e.segments[0].offset, ELF_CODE);
	assert_int_equal(e.segments[0].addr, ELF_ADDRESS);
	assert_int_equal(e.segments[0].size, 0x100);
	assert_int_equal(e.build_id_size, 20);
	assert_int_equal(e.build_id[19], 0xab);
	assert_true(elf_symbols(&e, &t));
	symtab_finish(&t);
	assert_int_equal(t.count, 4);
	assert_function(&t, ELF_ADDRESS, NULL);
	assert_function(&t, ELF_ADDRESS + 0x2f, "alpha");
	assert_function(&t, ELF_ADDRESS + 0x40, "beta");
	assert_function(&t, ELF_ADDRESS + 0x61, "resolver");
	assert_function(&t, ELF_ADDRESS + 0x71, NULL);
	assert_function(&t, ELF_ADDRESS + 0xff, "by_hand");
	assert_function(&t, ELF_ADDRESS + 0x100, NULL);
	symtab_free(&t);
	close(fd);
	free(image);
}

/* The same in a file of 32 bits: assembled by the compiler, if it has the architecture. */
static void narrow(void **state)
{
	char source[64], object[64], command[256];
	struct symtab t = {};
	struct stat st;
	struct elf e;
	int fd;

	strcpy(source, temporary_file("int alpha(int n) { return n; } int _start;", 42));
	strcpy(object, temporary_file("", 0));
	snprintf(command, sizeof(command), "gcc -m32 -O1 -ffreestanding -nostdlib -static "
		 "-Wl,--build-id -Wl,-e,0 -x c -o %s %s 2> /dev/null", object, source);
	if (system(command))
		skip_because("gcc -m32 does not work");
	fd = open(object, O_RDONLY);
	assert_true(fd >= 0 && !fstat(fd, &st));
	assert_true(elf_open(&e, fd, 0, st.st_size));
	assert_false(e.wide);
	assert_int_equal(e.build_id_size, 20);
	assert_true(e.segment_count);
	assert_true(elf_symbols(&e, &t));
	symtab_finish(&t);
	assert_true(t.count >= 1);
	assert_function(&t, t.list[0].addr, "alpha");
	assert_true(t.list[0].addr - e.segments[0].addr < e.segments[0].size);
	symtab_free(&t);
	close(fd);
}

/* Whatever is done to it, each answer comes from within the file. */
static void try_file(int fd, uint64_t base, uint64_t size)
{
	struct symtab t = {};
	char name[256];
	struct elf e;
	uint32_t crc;
	size_t i;

	if (!elf_open(&e, fd, base, size))
		return;
	assert_true(e.segment_count <= ELF_SEGMENTS);
	assert_true(e.build_id_size <= sizeof(e.build_id));
	elf_symbols(&e, &t);
	symtab_finish(&t);
	for (i = 0; i < t.count; i++) {
		assert_true(t.list[i].name < t.names_size);
		assert_true(strlen(t.names + t.list[i].name) < t.names_size - t.list[i].name);
		assert_true(!i || t.list[i].addr > t.list[i - 1].addr);
		symtab_find(&t, t.list[i].addr + 1);
	}
	if (elf_debug_link(&e, name, &crc))
		assert_true(*name && strlen(name) < sizeof(name) && !strchr(name, '/'));
	symtab_free(&t);
}

static void cut_short(void **state)
{
	size_t size, n;
	char *image = elf_image(functions, ARRAY_SIZE(functions), 0x100, 1, &size);
	int fd = file_with(image, size);

	/* The file shrinks after its size was asked for. */
	for (n = size; n--; n -= n > ELF_CODE && n < ELF_CODE + 0xf0 ? 15 : 0) {
		if (n < 64 || n > ELF_CODE) {
			assert_int_equal(ftruncate(fd, n), 0);
			try_file(fd, 0, size);
			try_file(fd, 0, n);
		}
	}
	close(fd);
	/* Or is no file at all. */
	fd = open("/dev/null", O_RDONLY);
	try_file(fd, 0, size);
	try_file(fd, 0, UINT64_MAX);
	close(fd);
	free(image);
}

/* Each field of each header takes values that are at the edge of something. */
static void absurd_fields(void **state)
{
	static const uint64_t values[] = {
		0, 1, 7, 0xffff, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, UINT64_MAX - 7,
		UINT64_MAX, 64 << 20, 8 << 20,
	};
	size_t size, at, i, n;
	char *image = elf_image(functions, ARRAY_SIZE(functions), 0x100, 1, &size);
	int fd = file_with(image, size);

	for (at = 0; at < size; at += 2) {
		if (at == 0x100)
			at = ELF_CODE + 0x100;
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			n = at % 8 ? at % 4 ? 2 : 4 : 8;
			if (at + n > size)
				continue;
			assert_int_equal(pwrite(fd, &values[i], n, at), n);
			try_file(fd, 0, size);
			assert_int_equal(pwrite(fd, image + at, n, at), n);
		}
	}
	close(fd);
	free(image);
}

/* Many sections that are the same table. */
static void repeated(void **state)
{
	size_t size, i, n = 60000;
	char *image = elf_image(functions, ARRAY_SIZE(functions), 0x100, 1, &size), *more;
	Elf64_Shdr *s = (Elf64_Shdr *)(image + size) - 5;
	Elf64_Ehdr *h = (Elf64_Ehdr *)image;
	int fd;

	more = calloc(n, sizeof(*s));
	memcpy(more, s, 5 * sizeof(*s));
	for (i = 5; i < n; i++)
		memcpy(more + i * sizeof(*s), &s[2], sizeof(*s));
	h->e_shoff = size;
	h->e_shnum = n;
	fd = file_with(image, size);
	assert_int_equal(write(fd, more, n * sizeof(*s)), n * sizeof(*s));
	try_file(fd, 0, size + n * sizeof(*s));
	close(fd);
	free(image);
	free(more);
}

/* Bytes of files that compilers make, which have more sections. */
static void broken_files(void **state)
{
	static const char *const paths[] = { "/proc/self/exe", "/lib/x86_64-linux-gnu/libm.so.6",
		"/usr/bin/true" };
	static unsigned long seed = 181;
	size_t size, i, j, at;
	char *data, was;
	int fd, n;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		data = read_file(paths[i], &size);
		if (!data || size < 4096) {
			free(data);
			continue;
		}
		fd = file_with(data, size);
		try_file(fd, 0, size);
		for (n = 0; n < 150; n++) {
			/* The headers are at both ends. */
			for (j = 0; j < 4; j++) {
				seed = seed * 6364136223846793005UL + 1442695040888963407UL;
				at = (seed >> 33) % 1024;
				at = seed >> 63 ? at : size - 1 - at * 2;
				was = seed >> 40;
				assert_int_equal(pwrite(fd, &was, 1, at), 1);
			}
			try_file(fd, 0, size);
			if (n % 4 == 3) {
				assert_int_equal(pwrite(fd, data, 1024, 0), 1024);
				assert_int_equal(pwrite(fd, data + size - 2048, 2048, size - 2048),
						 2048);
			}
		}
		close(fd);
		free(data);
	}
}

static void checksum(void **state)
{
	int fd = file_with("123456789", 9);

	/* The check value of this CRC, as catalogues have it. */
	assert_true(elf_crc(fd, 9) == 0xcbf43926);
	assert_true(elf_crc(fd, UINT64_MAX) == 0xcbf43926);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(symbols),
	cmocka_unit_test(narrow),
	cmocka_unit_test(cut_short),
	cmocka_unit_test(absurd_fields),
	cmocka_unit_test(repeated),
	cmocka_unit_test(broken_files),
	cmocka_unit_test(checksum),
};

UNIT_MAIN(tests)
