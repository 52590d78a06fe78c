// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sym.h"
#include "unit.h"
#include "util.h"

/* Kernel symbols. */

static void assert_kallsym(const char *text, uint64_t addr, const char *name)
{
	char *line = exact_copy(text, strlen(text) + 1);
	uint64_t found = 0;
	const char *s = NULL;

	if (!parse_kallsym(line, &found, &s))
		fail_msg("'%s' is refused", text);
	assert_true(found == addr);
	assert_string_equal(s, name);
	free(line);
}

static void kernel_lines(void **state)
{
	static const char *const wrong[] = {
		"", " ", "\n", "ffffffff81000000", "ffffffff81000000 ", "ffffffff81000000 T",
		"ffffffff81000000 T ",
		"ffffffff81000000  T x", "ffffffff81000000 TT x", "ffffffff81000000 Txyz", "T x",
		"xyz T x", "ffffffff81000000 1 x",
		"ffffffff81000000 T \t[nfs]", " ffffffff81000000 T x", "-1 T x",
	};
	const char *name;
	uint64_t addr;
	char *line;
	size_t i;

	assert_kallsym("ffffffff81000000 T _text", 0xffffffff81000000, "_text");
	assert_kallsym("0000000000000000 d hidden", 0, "hidden");
	assert_kallsym("ffffffffc0000000 t nfs_open\t[nfs]", 0xffffffffc0000000, "nfs_open");
	assert_kallsym("ffffffffc0000000 t nfs_open [nfs]", 0xffffffffc0000000, "nfs_open");
	assert_kallsym("0 A a", 0, "a");
	assert_kallsym("ffffffff81000000 t foo.isra.0", 0xffffffff81000000, "foo.isra.0");
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		line = exact_copy(wrong[i], strlen(wrong[i]) + 1);
		if (parse_kallsym(line, &addr, &name))
			fail_msg("'%s' is taken", wrong[i]);
		free(line);
	}
}

static void kernel_symbols(void **state)
{
	unsigned long long addr, largest = 0;
	char line[512], name[256];
	int n = 0, seen = 0;
	FILE *f;

	if (!ksym_known())
		skip_because("there is no /proc/kallsyms");
	assert_int_equal(ksym_addr("no_such_symbol_here"), 0);
	assert_int_equal(ksym_addr(""), 0);
	f = fopen("/proc/kallsyms", "r");
	assert_non_null(f);
	/* Some out of all; names that are there twice have one of their addresses. */
	for (; fgets(line, sizeof(line), f); n++) {
		if (sscanf(line, "%llx %*c %255s", &addr, name) != 2 || strcmp(name, "vfs_read"))
			continue;
		seen++;
		largest = addr;
	}
	fclose(f);
	if (seen != 1)
		skip_because("vfs_read is there %d times", seen);
	assert_true(ksym_addr("vfs_read") == (largest ? largest : 1));
	assert_true(n > 1000);
}

/* Mappings. */

static void assert_mapping(const char *text, const struct mapping *expected)
{
	char *line = exact_copy(text, strlen(text) + 1);
	struct mapping m = {};

	if (!parse_mapping(line, &m))
		fail_msg("'%s' is refused", text);
	assert_true(m.begin == expected->begin);
	assert_true(m.end == expected->end);
	assert_true(m.file_offset == expected->file_offset);
	assert_true(m.inode == expected->inode);
	assert_true(m.dev == expected->dev);
	assert_string_equal(m.path, expected->path);
	free(line);
}

static void mapping_lines(void **state)
{
	static const char *const wrong[] = {
		"", "-", "7f00", "7f00-", "7f00-7f01", "7f00-7f01 ", "7f00-7f01 r-xp",
		"7f00-7f01 r-xp ", "7f00-7f01 r-xp 0",
		"7f00-7f01 r-xp 00000000 ", "7f00-7f01 r-xp 00000000 fe01 5 /x",
		"7f01-7f00 r-xp 00000000 fe:01 5 /x",
		"7f00-7f00 r-xp 00000000 fe:01 5 /x", "x-7f01 r-xp 00000000 fe:01 5 /x",
		"7f00 7f01 r-xp 00000000 fe:01 5",
		/* not executable */
		"7f00-7f01 r--p 00000000 fe:01 5 /x", "7f00-7f01 rw-p 00000000 00:00 0 [stack]",
		"7f00-7f01 ---p 00000000 fe:01 5 /x",
	};
	struct mapping m;
	char *line;
	size_t i;

	assert_mapping("55d0c0a00000-55d0c0a21000 r-xp 00002000 fe:01 1234            /usr/bin/x",
		       &(struct mapping){ 0x55d0c0a00000, 0x55d0c0a21000, 0x2000, 1234,
			makedev(0xfe, 1), "/usr/bin/x" });
	assert_mapping("7f0000000000-7f0000001000 rwxs 00000000 103:05 98765432109 /a b (deleted)",
		       &(struct mapping){ 0x7f0000000000, 0x7f0000001000, 0, 98765432109,
			makedev(0x103, 5),
					  "/a b (deleted)" });
	assert_mapping("7ffe1000-7ffe3000 r-xp 00000000 00:00 0                          [vdso]",
		       &(struct mapping){ 0x7ffe1000, 0x7ffe3000, 0, 0, 0, "[vdso]" });
	assert_mapping("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0         [vsyscall]",
		       &(struct mapping){ 0xffffffffff600000, 0xffffffffff601000, 0, 0, 0,
			"[vsyscall]" });
	assert_mapping("7f00-7f01 r-xp 00000000 00:00 0 ",
		&(struct mapping){ 0x7f00, 0x7f01, 0, 0, 0, "" });
	assert_mapping("7f00-7f01 r-xp 00000000 00:00 0",
		&(struct mapping){ 0x7f00, 0x7f01, 0, 0, 0, "" });
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		line = exact_copy(wrong[i], strlen(wrong[i]) + 1);
		if (parse_mapping(line, &m))
			fail_msg("'%s' is taken", wrong[i]);
		free(line);
	}
}

/* User symbols. */

/* A symbol inside a function which is none itself. */
extern const char unit_label[];

static __attribute__((noinline, noclone)) int known_function(int n)
{
	/* Long enough for an address inside. */
	volatile int sum = 0;

	asm volatile(".globl unit_label\nunit_label:");
	while (n--)
		sum += n * sum + 1;
	return sum;
}

static uint64_t known(void)
{
	return (uintptr_t)known_function;
}

static void assert_usym(struct usym u, const char *name, const char *module, uint64_t offset)
{
	if (name)
		assert_non_null(u.name);
	else
		assert_null(u.name);
	if (name)
		assert_string_equal(u.name, name);
	if (module)
		assert_non_null(u.module);
	else
		assert_null(u.module);
	if (module)
		assert_string_equal(u.module, module);
	assert_true(u.offset == offset);
}

static void own_function(void **state)
{
	assert_int_equal(known_function(0), 0);
	assert_usym(usym(getpid(), known()), "known_function", "test_sym", 0);
	assert_usym(usym(getpid(), known() + 7), "known_function", "test_sym", 7);
	assert_usym(usym(getpid(), (uintptr_t)unit_label), "known_function", "test_sym",
		    (uintptr_t)unit_label - known());
}

/* In another file, which was linked to be loaded anywhere. */
static void function_of_a_library(void **state)
{
	/* Of one name only in glibc. */
	struct usym u = usym(getpid(), (uintptr_t)getenv + 1);

	assert_usym(u, "getenv", u.module, 1);
	assert_true(!strncmp(u.module, "libc", 4));
}

static void other_process(void **state)
{
	pid_t pid = fork();

	/* -1 below would be every process there is. */
	assert_true(pid >= 0);
	if (!pid) {
		pause();
		_exit(0);
	}
	assert_usym(usym(pid, known() + 1), "known_function", "test_sym", 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* It is gone. */
	assert_usym(usym(pid, known()), NULL, NULL, known());
}

static void where_no_function_is(void **state)
{
	size_t page = sysconf(_SC_PAGESIZE);
	uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
	char *code;

	assert_usym(usym(getpid(), 0), NULL, NULL, 0);
	assert_usym(usym(getpid(), UINT64_MAX), NULL, NULL, UINT64_MAX);
	/* The stack cannot be executed. */
	assert_usym(usym(getpid(), (uintptr_t)&page), NULL, NULL, (uintptr_t)&page);
	/* Code that belongs to no file, as compilers at run time write it. */
	code = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(code != MAP_FAILED);
	assert_usym(usym(getpid(), (uintptr_t)code + 5), NULL, NULL, (uintptr_t)code + 5);
	munmap(code, page);
	if (vdso)
		assert_usym(usym(getpid(), vdso + 9), NULL, "[vdso]", 9);
}

/* Where known_function() is in the file of this program. */
static uint64_t offset_in_file(void)
{
	char *maps = read_file("/proc/self/maps", NULL), *line, *save;
	uint64_t offset = 0;
	struct mapping m;

	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (parse_mapping(line, &m) && known() >= m.begin && known() < m.end)
			offset = known() - m.begin + m.file_offset;
	}
	free(maps);
	return offset;
}

/* Maps a copy of this program that has no path any more. */
static char *map_copy(const char *data, size_t size, const char *name)
{
	int fd = memfd_create(name, 0);
	char *at;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	return at;
}

static bool can_read_map_files(void)
{
	uint64_t page = known() & -4096;
	char path[96], *maps = read_file("/proc/self/maps", NULL), *line, *save;
	struct mapping m;
	int fd = -1;

	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!parse_mapping(line, &m) || page < m.begin || page >= m.end)
			continue;
		snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (long)m.begin,
			(long)m.end);
		fd = open(path, O_RDONLY);
	}
	free(maps);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void deleted_file(void **state)
{
	uint64_t offset = offset_in_file();
	const char *path;
	size_t size, len;
	char *data, *at;
	struct usym u;
	int fd;

	if (!can_read_map_files())
		skip_because("/proc/self/map_files cannot be read (CAP_CHECKPOINT_RESTORE)");
	data = read_file("/proc/self/exe", &size);
	path = temporary_file(data, size);
	fd = open(path, O_RDONLY);
	at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	free(data);
	if (at == MAP_FAILED)
		skip_because("/tmp does not allow executables");
	unlink(path);
	u = usym(getpid(), (uintptr_t)at + offset + 3);
	assert_string_equal(u.name, "known_function");
	assert_int_equal(u.offset, 3);
	len = strlen(strrchr(path, '/') + 1);
	assert_true(!strncmp(u.module, strrchr(path, '/') + 1, len));
	munmap(at, size);
}

/* More files than are kept. */
static void many_files(void **state)
{
	uint64_t offset = offset_in_file();
	char *data, *at[70], name[16];
	size_t size, i, round;

	if (!can_read_map_files())
		skip_because("/proc/self/map_files cannot be read (CAP_CHECKPOINT_RESTORE)");
	data = read_file("/proc/self/exe", &size);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		snprintf(name, sizeof(name), "copy%zu", i);
		at[i] = map_copy(data, size, name);
		assert_true(at[i] != MAP_FAILED);
	}
	free(data);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(at); i++) {
			struct usym u = usym(getpid(), (uintptr_t)at[i] + offset + i % 5);

			assert_non_null(u.name);
			assert_string_equal(u.name, "known_function");
			assert_int_equal(u.offset, i % 5);
		}
	}
	for (i = 0; i < ARRAY_SIZE(at); i++)
		munmap(at[i], size);
}

/* Code that some program has written in a format of its own. */
static void file_that_is_no_elf(void **state)
{
	char text[4096];
	struct usym u;
	char *at;

	memset(text, 'x', sizeof(text));
	at = map_copy(text, sizeof(text), "text");
	assert_true(at != MAP_FAILED);
	u = usym(getpid(), (uintptr_t)at + 100);
	assert_null(u.name);
	assert_int_equal(u.offset, 100);
	munmap(at, sizeof(text));
	/* Its magic number and nothing behind it that makes sense. */
	memcpy(text, "\177ELF\2\1\1", 8);
	at = map_copy(text, sizeof(text), "elf");
	assert_true(at != MAP_FAILED);
	u = usym(getpid(), (uintptr_t)at + 100);
	assert_null(u.name);
	munmap(at, sizeof(text));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(kernel_lines),
	cmocka_unit_test(kernel_symbols),
	cmocka_unit_test(mapping_lines),
	cmocka_unit_test(own_function),
	cmocka_unit_test(function_of_a_library),
	cmocka_unit_test(other_process),
	cmocka_unit_test(where_no_function_is),
	cmocka_unit_test(deleted_file),
	cmocka_unit_test(many_files),
	cmocka_unit_test(file_that_is_no_elf),
};

UNIT_MAIN(tests)
