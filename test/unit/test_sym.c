// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <fcntl.h>
#include <libelf.h>
#include <gelf.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sym.h"
#include "unit.h"
#include "util.h"

/* The clock that the library sees (see unit.mk). The monotonic one stands still unless it is put
 * forward: however slow the machine is, nothing takes any time. */
static uint64_t clock_ahead;

int __real_clock_gettime(clockid_t clock, struct timespec *to);
int __wrap_clock_gettime(clockid_t clock, struct timespec *to);

int __wrap_clock_gettime(clockid_t clock, struct timespec *to)
{
	static struct timespec first;
	int result = __real_clock_gettime(clock, to);

	if (clock == CLOCK_MONOTONIC) {
		if (!first.tv_sec)
			first = *to;
		*to = first;
	}
	to->tv_sec += clock_ahead / 1000000000;
	to->tv_nsec += clock_ahead % 1000000000;
	if (to->tv_nsec >= 1000000000) {
		to->tv_nsec -= 1000000000;
		to->tv_sec++;
	}
	return result;
}

#define MS 1000000ULL

/* A child that ends with the test, whatever becomes of that. */
static pid_t start(void)
{
	pid_t pid = fork();

	/* -1 would be every process there is. */
	assert_true(pid >= 0);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* Kernel symbols. */

static void take(const char *text)
{
	char *copy = malloc(strlen(text) + 2);

	/* A line has an end. */
	strcat(strcpy(copy, text), "\n");
	ksym_take(copy);
}

static void assert_sym(struct sym u, const char *name, const char *module, uint64_t offset)
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

static void kernel_lines(void **state)
{
	static const char *const wrong[] = {
		"", " ", "\n", "ffffffff81000000", "ffffffff81000000 ", "ffffffff81000000 T",
		"ffffffff81000000 T ", "fffffff81000000 T x", "ffffffff810000000 T x",
		"ffffffff81000000  T x", "ffffffff81000000 TT x", "ffffffff81000000 Txyz", "T x",
		"xyz T x", "ffffffff81000000 1 x", "FFFFFFFF81000000 T x", "ffffffff81000000 T \n",
		"ffffffff81000000 T \t[nfs]", " ffffffff81000000 T x", "-1 T x",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		take(wrong[i]);
		if (ksym_known())
			fail_msg("'%s' is taken", wrong[i]);
	}
	take("ffffffff81000000 T _text");
	assert_int_equal(ksym_addr("_text"), 0xffffffff81000000);
	assert_int_equal(ksym_addr("_tex"), 0);
	assert_int_equal(ksym_addr(""), 0);
	take("0000000000000000 d hidden\n");
	assert_int_equal(ksym_addr("hidden"), 1);
	take("wrong\nffffffffc0000000 t nfs_open\t[nfs]\nffffffffc0000010 t a [nfs\n"
	     "ffffffffc0000020 t b\t");
	assert_int_equal(ksym_addr("nfs_open"), 0xffffffffc0000000);
	assert_int_equal(ksym_addr("a"), 0xffffffffc0000010);
	assert_int_equal(ksym_addr("b"), 0xffffffffc0000020);
	assert_int_equal(ksym_addr("[nfs]"), 0);
	ksym_take(exact_copy("ffffffff81000000 T a\nffffffff81000010 T cut", 44));
	assert_int_equal(ksym_addr("a"), 0xffffffff81000000);
	assert_int_equal(ksym_addr("cut"), 0);
	ksym_take(NULL);
	assert_false(ksym_known());
	assert_int_equal(ksym_addr("a"), 0);
}

static void kernel_addresses(void **state)
{
	/* Modules come in any order, and so does data. */
	take("0000000000000000 A fixed_percpu_data\n"
	     "0000000000021000 A cpu_tss\n"
	     "ffffffff81000000 t local\n"
	     "ffffffff81000000 T __global\n"
	     "ffffffff81000000 T global\n"
	     "ffffffff81000000 W weak\n"
	     "ffffffff81000100 T __pfx_foo\n"
	     "ffffffff81000110 T __cfi_foo\n"
	     "ffffffff81000110 t foo.isra.0\n"
	     "ffffffff81000200 t .Lexit\n"
	     "ffffffff81000200 t __foo\n"
	     "ffffffff81000300 T _etext\n"
	     "ffffffff82000000 D data\n"
	     "ffffffff82000000 t code_with_data\n"
	     "ffffffff82000100 D data2\n"
	     "ffffffffc0300000 t bpf_prog_6deef7357e7b4530_go\t[bpf]\n"
	     "ffffffffc0200000 t ftrace_trampoline\t[__builtin__ftrace]\n"
	     "ffffffffc0100000 t nfs_open\t[nfs]\n"
	     "ffffffffc0100040 d nfs_data\t[nfs]\n"
	     "ffffffffff600000 T last\n");
	assert_sym(ksym(0xffffffff81000000), "global", "kernel", 0);
	assert_sym(ksym(0xffffffff810000ff), "global", "kernel", 0xff);
	assert_sym(ksym(0xffffffff81000101), "__pfx_foo", "kernel", 1);
	assert_sym(ksym(0xffffffff81000115), "foo.isra.0", "kernel", 5);
	assert_sym(ksym(0xffffffff81000201), "__foo", "kernel", 1);
	assert_sym(ksym(0xffffffff82000001), "code_with_data", "kernel", 1);
	assert_sym(ksym(0xffffffffc0100007), "nfs_open", "nfs", 7);
	assert_sym(ksym(0xffffffffc0200007), "ftrace_trampoline", "__builtin__ftrace", 7);
	assert_sym(ksym(0xffffffffc0300007), "bpf_prog_6deef7357e7b4530_go", "bpf", 7);
	assert_sym(ksym(0xffffffffff600001), "last", "kernel", 1);
	/* Ends of code, and where none is. */
	assert_sym(ksym(0xffffffff81000300), NULL, NULL, 0xffffffff81000300);
	assert_sym(ksym(0xffffffff81000301), NULL, NULL, 0xffffffff81000301);
	assert_sym(ksym(0xffffffff82000105), NULL, NULL, 0xffffffff82000105);
	assert_sym(ksym(0xffffffffc0100041), NULL, NULL, 0xffffffffc0100041);
	assert_sym(ksym(0xffffffffc0280000), NULL, NULL, 0xffffffffc0280000);
	assert_sym(ksym(0xffffffffffffffff), NULL, NULL, 0xffffffffffffffff);
	assert_sym(ksym(0), NULL, NULL, 0);
	assert_sym(ksym(1), NULL, NULL, 1);
	assert_sym(ksym(0x21001), NULL, NULL, 0x21001);
	assert_sym(ksym(0x7f0012345678), NULL, NULL, 0x7f0012345678);
	assert_sym(ksym(0xffffffff80ffffff), NULL, NULL, 0xffffffff80ffffff);
	/* A name after the table is sorted. */
	assert_true(ksym_addr("nfs_data") == 0xffffffffc0100040);
}

static void look_at_hidden(void *context)
{
	struct sym s;

	take(context);
	s = ksym(0xffffffff81000001);
	ksym(0);
	exit(s.name || s.module || s.offset != 0xffffffff81000001);
}

static void hidden_addresses(void **state)
{
	struct outcome o;

	o = in_child(look_at_hidden, "0000000000000000 T a\n0000000000000000 t b\t[nfs]\n");
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.err, "CAP_SYSLOG"));
	assert_non_null(strstr(o.err, "kernel.kptr_restrict"));
	/* Once. */
	assert_ptr_equal(strchr(o.err, '\n'), o.err + strlen(o.err) - 1);
	outcome_free(&o);
	o = in_child(look_at_hidden, "");
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.err, "CONFIG_KALLSYMS"));
	outcome_free(&o);
	/* Only data. */
	o = in_child(look_at_hidden, "0000000000000000 D a\nffffffff81000100 t b\n");
	assert_string_equal(o.err, "");
	outcome_free(&o);
}

static void kernel_symbols(void **state)
{
	unsigned long long addr, largest = 0;
	char line[512], name[256];
	int n = 0, seen = 0;
	FILE *f;

	ksym_take(read_file("/proc/kallsyms", NULL));
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
	if (largest)
		assert_sym(ksym(largest + 3), "vfs_read", "kernel", 3);
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

static void own_function(void **state)
{
	assert_int_equal(known_function(0), 0);
	assert_sym(usym(getpid(), known()), "known_function", "test_sym", 0);
	assert_sym(usym(getpid(), known() + 7), "known_function", "test_sym", 7);
	assert_sym(usym(getpid(), (uintptr_t)unit_label), "known_function", "test_sym",
		    (uintptr_t)unit_label - known());
}

/* In another file, which was linked to be loaded anywhere. */
static void function_of_a_library(void **state)
{
	/* Of one name only in glibc. */
	struct sym u = usym(getpid(), (uintptr_t)getenv + 1);

	assert_sym(u, "getenv", u.module, 1);
	assert_true(!strncmp(u.module, "libc", 4));
}

static void other_process(void **state)
{
	pid_t pid = start();

	if (!pid) {
		pause();
		_exit(0);
	}
	assert_sym(usym(pid, known() + 1), "known_function", "test_sym", 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* It is gone, and what is known of it is not. */
	clock_ahead += 60000000000;
	assert_sym(usym(pid, known() + 2), "known_function", "test_sym", 2);
	assert_sym(usym(pid, 5), NULL, NULL, 5);
	/* Nothing was ever known of this one. */
	pid = start();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	assert_sym(usym(pid, known()), NULL, NULL, known());
}

static void where_no_function_is(void **state)
{
	size_t page = sysconf(_SC_PAGESIZE);
	uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
	char *code;

	assert_sym(usym(getpid(), 0), NULL, NULL, 0);
	assert_sym(usym(getpid(), UINT64_MAX), NULL, NULL, UINT64_MAX);
	/* The stack cannot be executed. */
	assert_sym(usym(getpid(), (uintptr_t)&page), NULL, NULL, (uintptr_t)&page);
	/* Code that belongs to no file, as compilers at run time write it. */
	code = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(code != MAP_FAILED);
	clock_ahead += 3000 * MS;
	assert_sym(usym(getpid(), (uintptr_t)code + 5), NULL, NULL, (uintptr_t)code + 5);
	munmap(code, page);
	if (vdso)
		assert_sym(usym(getpid(), vdso + 9), NULL, "[vdso]", 9);
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
	clock_ahead += 3000 * MS;
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
	size_t size;
	char *data, *at;
	struct sym u;
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
	clock_ahead += 3000 * MS;
	u = usym(getpid(), (uintptr_t)at + offset + 3);
	assert_sym(u, "known_function", strrchr(path, '/') + 1, 3);
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
			struct sym u = usym(getpid(), (uintptr_t)at[i] + offset + i % 5);

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
	struct sym u;
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

/* Files made for the purpose. */

#define CODE 0x100

static const struct elf_function one[] = { { "one", 0x10, 0x20 }, { "other", 0x40, 0x20 } };
static const struct elf_function two[] = { { "two", 0x10, 0x20 }, { "other", 0x40, 0x20 } };

static char *image_of(const struct elf_function *functions, unsigned char id, size_t *size)
{
	return elf_image(functions, 2, CODE, id, size);
}

static char directory[64];

static const char *in_directory(const char *name)
{
	static char paths[4][256];
	static int next;
	char *path = paths[next++ % 4];

	if (!*directory) {
		strcpy(directory, "/tmp/bpftools-unit-d-XXXXXX");
		assert_non_null(mkdtemp(directory));
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static int remove_directory(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return *directory && !getenv("KEEP") ? system(command) : 0;
}

static void write_to(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

static char *map_file(const char *path, size_t size)
{
	int fd = open(path, O_RDONLY);
	char *at;

	assert_true(fd >= 0);
	at = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(fd);
	assert_true(at != MAP_FAILED);
	return at;
}

static struct sym at(const char *image, uint64_t offset)
{
	return usym(getpid(), (uintptr_t)image + ELF_CODE + offset);
}

/* What has no name is where addr2line would look for it. */
static void without_symbol(void **state)
{
	size_t size;
	char *image = image_of(one, 0, &size), *map;

	write_to(in_directory("plain"), image, size);
	map = map_file(in_directory("plain"), size);
	clock_ahead += 3000 * MS;
	assert_sym(at(map, 0x2f), "one", "plain", 0x1f);
	assert_sym(at(map, 0x30), NULL, "plain", ELF_ADDRESS + 0x30);
	assert_sym(at(map, CODE), NULL, "plain", ELF_CODE + CODE);
	munmap(map, size);
	free(image);
}

/* As dlopen(), dlclose() and dlopen() do it. */
static void mapped_meanwhile(void **state)
{
	size_t size;
	char *first = image_of(one, 0, &size), *second = image_of(two, 0, &size), *map, *again;

	write_to(in_directory("first.so"), first, size);
	write_to(in_directory("second.so"), second, size);
	clock_ahead += 2000 * MS;
	/* Its mappings are read now. */
	assert_sym(usym(getpid(), known()), "known_function", "test_sym", 0);
	map = map_file(in_directory("first.so"), size);
	clock_ahead += 11 * MS;
	/* Anew, because this address is in none; so much the library takes of its time at most. */
	clock_ahead += 100 * MS;
	assert_sym(at(map, 0x10), "one", "first.so", 0);
	again = map_file(in_directory("second.so"), size);
	assert_ptr_equal(mremap(again, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, map), map);
	/* This address was known, so it takes a second to see that it is another's now. */
	clock_ahead += 3000 * MS;
	assert_sym(at(map, 0x10), "two", "second.so", 0);
	munmap(map, size);
	free(first);
	free(second);
}

/* Another file in the place of one, with its inode number and size. */
static void inode_again(void **state)
{
	size_t size;
	char *first = image_of(one, 0, &size), *second = image_of(two, 0, &size), *map, *map2;
	const char *path = in_directory("again.so");
	struct timespec tick = { 0, 20 * MS };

	write_to(path, first, size);
	clock_ahead += 3000 * MS;
	map = map_file(path, size);
	assert_sym(at(map, 0x10), "one", "again.so", 0);
	munmap(map, size);
	/* The file system's time goes on. */
	nanosleep(&tick, NULL);
	write_to(path, second, size);
	map2 = map_file(path, size);
	clock_ahead += 3000 * MS;
	assert_sym(at(map2, 0x10), "two", "again.so", 0);
	munmap(map2, size);
	free(first);
	free(second);
}

/* Files for debuggers. */

static bool run_command(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool run_command(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return !system(command);
}

/* A library of this source, as distributions have it. */
static bool build_library(const char *name, const char *flags)
{
	static const char source[] = "int exported(int n) { return n; }\n"
		"__attribute__((noinline)) static int inner(int n) { asm(\"\"); return n * 3; }\n"
		"int (*pointer)(int) = inner;\n";
	const char *path = in_directory(name);

	write_to(in_directory("source.c"), source, sizeof(source) - 1);
	return run_command("cd '%s' && gcc -shared -fPIC -O1 %s -o %s source.c 2> /dev/null && "
			   "objcopy --only-keep-debug %s %s.debug && "
			   "nm %s | sed -n 's/ t inner$//p' > inner && cp %s whole && strip %s",
			   directory, flags, name, name, name, name, name, path);
}

/* Where inner() is in the file; the same as in memory, for a library this small. */
static uint64_t inner_offset(void)
{
	char *text = read_file(in_directory("inner"), NULL);
	uint64_t offset = strtoull(text, NULL, 16);

	free(text);
	assert_true(offset);
	return offset;
}

static char *map_library(const char *name, size_t *size)
{
	char *text = read_file(in_directory(name), size);

	free(text);
	clock_ahead += 3000 * MS;
	return map_file(in_directory(name), *size);
}

static void debug_link(void **state)
{
	static const char *const moves[] = {
		"mkdir .debug && cp linked.so.debug .debug",
		"mkdir -p /usr/lib/debug$PWD && cp linked.so.debug /usr/lib/debug$PWD",
	};
	uint64_t inner;
	size_t size, i;
	char *map;

	if (!build_library("linked.so", "-Wl,--build-id=none"))
		skip_because("gcc or objcopy is missing");
	inner = inner_offset();
	assert_true(run_command("cd '%s' && objcopy --add-gnu-debuglink=linked.so.debug linked.so",
				directory));
	map = map_library("linked.so", &size);
	assert_sym(usym(getpid(), (uintptr_t)map + inner + 1), "inner", "linked.so", 1);
	munmap(map, size);
	/* The wrong one is not taken. */
	assert_true(run_command("cd '%s' && cp linked.so.debug keep && echo x >> linked.so.debug && "
				"cp linked.so copy && mv copy linked.so", directory));
	map = map_library("linked.so", &size);
	assert_sym(usym(getpid(), (uintptr_t)map + inner + 1), NULL, "linked.so", inner + 1);
	munmap(map, size);
	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		if (i && getuid())
			continue;
		assert_true(run_command("cd '%s' && mv keep linked.so.debug && %s && "
					"mv linked.so.debug keep && "
					"cp linked.so copy && mv copy linked.so",
					directory, moves[i]));
		map = map_library("linked.so", &size);
		assert_sym(usym(getpid(), (uintptr_t)map + inner + 1), "inner", "linked.so", 1);
		munmap(map, size);
		run_command("cd '%s' && rm -rf .debug /usr/lib/debug$PWD; "
			    "rmdir /usr/lib/debug/tmp 2> /dev/null", directory);
	}
}

/* A process with another root, in which the file for debuggers is. The child gets so far that it
 * has mapped LIBRARY and says where. */
static pid_t start_in_root(const char *library, size_t size, char **map, bool pids)
{
	int way[2];
	pid_t pid;

	assert_int_equal(pipe(way), 0);
	if (pids)
		assert_int_equal(unshare(CLONE_NEWPID), 0);
	pid = start();
	if (!pid) {
		int fd;

		if (chroot(in_directory("root")) || chdir("/"))
			_exit(1);
		fd = library ? open(library, O_RDONLY) : -1;
		*map = mmap(NULL, size, PROT_READ | PROT_EXEC,
			    MAP_PRIVATE | (library ? 0 : MAP_ANONYMOUS), fd, 0);
		if (write(way[1], map, sizeof(*map)) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(way[0], map, sizeof(*map)), sizeof(*map));
	assert_true(*map != MAP_FAILED);
	close(way[0]);
	close(way[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void other_root(void **state)
{
	uint64_t inner;
	size_t size;
	char *map, *text;
	pid_t pid;

	if (getuid())
		skip_because("chroot() needs root");
	if (!build_library("identified.so", "-Wl,--build-id=0xabcdef0123456789ff"))
		skip_because("gcc or objcopy is missing");
	inner = inner_offset();
	assert_true(run_command("cd '%s' && mkdir -p root/lib root/usr/lib/debug/.build-id/ab && "
				"cp identified.so root/lib && cp identified.so.debug "
				"root/usr/lib/debug/.build-id/ab/cdef0123456789ff.debug", directory));
	text = read_file(in_directory("root/lib/identified.so"), &size);
	free(text);
	pid = start_in_root("/lib/identified.so", size, &map, false);
	assert_sym(usym(pid, (uintptr_t)map + inner + 1), "inner", "identified.so", 1);
	end(pid);
	/* Of another build. */
	assert_true(run_command("cd '%s' && objcopy --remove-section .note.gnu.build-id "
				"root/usr/lib/debug/.build-id/ab/cdef0123456789ff.debug && "
				"cp identified.so root/lib/other.so", directory));
	pid = start_in_root("/lib/other.so", size, &map, false);
	assert_sym(usym(pid, (uintptr_t)map + inner + 1), NULL, "other.so", inner + 1);
	end(pid);
	/* A link that leads out of it: to this file, but as the process sees it. */
	assert_true(run_command("cd '%s' && cp identified.so root/lib/third.so && "
				"mkdir -p root%s && cp identified.so.debug root%s && "
				"ln -sf %s/identified.so.debug "
				"root/usr/lib/debug/.build-id/ab/cdef0123456789ff.debug",
				directory, directory, directory, directory));
	pid = start_in_root("/lib/third.so", size, &map, false);
	assert_sym(usym(pid, (uintptr_t)map + inner + 1), "inner", "third.so", 1);
	end(pid);
}

/* Lists of compilers. */

static void perf_map_of_own(void **state)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char path[64], module[64], text[256];
	char *code;
	uint64_t addr;

	code = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(code != MAP_FAILED);
	addr = (uintptr_t)code;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	snprintf(module, sizeof(module), "perf-%d.map", getpid());
	snprintf(text, sizeof(text), "%llx 40 Function:~main /x.js:1\nfffff\n%llx 40 old\n",
		 (long long)addr, (long long)addr + 0x40);
	clock_ahead += 3000 * MS;
	assert_sym(usym(getpid(), addr + 1), NULL, NULL, addr + 1);
	write_to(path, text, strlen(text));
	/* It did not exist, and is looked for once a second. */
	clock_ahead += 3000 * MS;
	assert_sym(usym(getpid(), addr + 1), "Function:~main /x.js:1", module, 1);
	assert_sym(usym(getpid(), addr + 0x7f), "old", module, 0x3f);
	/* It grows. */
	snprintf(text + strlen(text), 128, "%llx 40 new\n", (long long)addr + 0x80);
	write_to(path, text, strlen(text));
	assert_sym(usym(getpid(), addr + 0x80), NULL, NULL, addr + 0x80);
	clock_ahead += 3000 * MS;
	assert_sym(usym(getpid(), addr + 0x80), "new", module, 0);
	if (!getuid()) {
		snprintf(text + strlen(text), 64, "%llx 40 foreign\n", (long long)addr + 0xc0);
		write_to(path, text, strlen(text));
		assert_int_equal(chown(path, 65534, 65534), 0);
		clock_ahead += 3000 * MS;
		assert_sym(usym(getpid(), addr + 0xc0), NULL, NULL, addr + 0xc0);
	}
	unlink(path);
	/* A link is not followed. */
	write_to(in_directory("target"), text, strlen(text));
	assert_int_equal(symlink(in_directory("target"), path), 0);
	clock_ahead += 3000 * MS;
	assert_sym(usym(getpid(), addr + 0xc0), NULL, NULL, addr + 0xc0);
	unlink(path);
	munmap(code, page);
}

/* In a container, where the process has another number. */
static void perf_map_of_container(void *context)
{
	char text[64], *map;
	struct sym s;
	pid_t pid;

	mkdir(in_directory("root"), 0755);
	mkdir(in_directory("root/tmp"), 0755);
	pid = start_in_root(NULL, 4096, &map, true);
	snprintf(text, sizeof(text), "%llx 40 in container\n", (unsigned long long)(uintptr_t)map);
	write_to(in_directory("root/tmp/perf-1.map"), text, strlen(text));
	s = usym(pid, (uintptr_t)map + 3);
	kill(pid, SIGKILL);
	exit(!s.name || strcmp(s.name, "in container") || s.offset != 3);
}

static void perf_map_in_container(void **state)
{
	struct outcome o;

	if (getuid())
		skip_because("chroot() needs root");
	in_directory("");
	o = in_child(perf_map_of_container, NULL);
	assert_int_equal(o.status, 0);
	outcome_free(&o);
}

static void vdso(void **state)
{
	uint64_t begin = getauxval(AT_SYSINFO_EHDR), size = 0, found = 0;
	char *maps = read_file("/proc/self/maps", NULL), *line, *save;
	Elf_Scn *section = NULL;
	struct mapping m;
	GElf_Shdr head;
	GElf_Sym sym;
	size_t i;
	Elf *elf;

	for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (parse_mapping(line, &m) && m.begin == begin)
			size = m.end - m.begin;
	}
	free(maps);
	if (!begin || !size)
		skip_because("there is no vdso");
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)begin, size);
	assert_non_null(elf);
	while ((section = elf_nextscn(elf, section))) {
		assert_non_null(gelf_getshdr(section, &head));
		if (head.sh_type != SHT_DYNSYM)
			continue;
		for (i = 0; gelf_getsym(elf_getdata(section, NULL), i, &sym); i++) {
			const char *name = elf_strptr(elf, head.sh_link, sym.st_name);

			if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || strncmp(name, "__vdso_", 7) ||
			    GELF_ST_BIND(sym.st_info) != STB_GLOBAL)
				continue;
			if (++found)
				assert_sym(usym(getpid(), begin + sym.st_value + 1), name,
					   "[vdso]", 1);
		}
	}
	elf_end(elf);
	assert_true(found >= 2);
}

/* exec: another program in the same process. */
static void other_program(void **state)
{
	char *path, *maps = NULL, *line, *save;
	struct mapping m = {};
	uint64_t before = known();
	bool program = false;
	int way[2], i;
	pid_t pid;

	assert_int_equal(pipe(way), 0);
	pid = start();
	if (!pid) {
		char c;

		if (read(way[0], &c, 1) != 1)
			_exit(1);
		execlp("sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	assert_sym(usym(pid, before), "known_function", "test_sym", 0);
	assert_int_equal(write(way[1], "x", 1), 1);
	assert_true(asprintf(&path, "/proc/%d/maps", pid) > 0);
	/* Until it has been linked too. */
	for (i = 0, line = NULL; i < 1000 && !line; i++) {
		usleep(10000);
		free(maps);
		maps = read_file(path, NULL);
		for (line = strtok_r(maps, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			program |= !!strstr(line, "sleep");
			if (program && parse_mapping(line, &m) && strstr(m.path, "libc"))
				break;
		}
	}
	assert_non_null(line);
	clock_ahead += 11 * MS;
	assert_string_equal(usym(pid, m.begin + 100).module, strrchr(m.path, '/') + 1);
	assert_null(usym(pid, before).name);
	close(way[0]);
	close(way[1]);
	free(maps);
	free(path);
	end(pid);
}

/* Two programs that have the same addresses, one after the other. */
static void program_at_same_address(void **state)
{
	static const char source[] =
		"#include <unistd.h>\n#include <stdlib.h>\n#include <stdio.h>\n"
		"__attribute__((noinline)) void NAME(char **v)\n"
		"{ char c; printf(\"%p\\n\", (void *)NAME); fflush(stdout);\n"
		"  if (read(0, &c, 1) == 1 && v[1]) execv(v[1], v + 1); pause(); }\n"
		"int main(int n, char **v) { NAME(v); return 0; }\n";
	int to[2], from[2];
	char line[64] = {};
	uint64_t first;
	pid_t pid;

	write_to(in_directory("exec.c"), source, sizeof(source) - 1);
	if (!run_command("cd '%s' && gcc -static -no-pie -DNAME=aaa -o aaa exec.c 2> /dev/null && "
			 "gcc -static -no-pie -DNAME=bbb -o bbb exec.c 2> /dev/null", directory))
		skip_because("there is no compiler");
	assert_int_equal(pipe(to) | pipe(from), 0);
	pid = start();
	if (!pid) {
		personality(ADDR_NO_RANDOMIZE);
		dup2(to[0], 0);
		dup2(from[1], 1);
		execl(in_directory("aaa"), "aaa", in_directory("bbb"), NULL);
		_exit(1);
	}
	assert_true(read(from[0], line, sizeof(line) - 1) > 0);
	first = strtoull(line, NULL, 16);
	assert_sym(usym(pid, first), "aaa", "aaa", 0);
	assert_int_equal(write(to[1], "x", 1), 1);
	assert_true(read(from[0], line, sizeof(line) - 1) > 0);
	assert_true(strtoull(line, NULL, 16) == first);
	clock_ahead += 11 * MS;
	assert_sym(usym(pid, first), "bbb", "bbb", 0);
	end(pid);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

/* More symbols than are kept. */
static void many_symbols(void **state)
{
	enum { N = 200000, FILES = 24 };
	struct elf_function *functions = calloc(N, sizeof(*functions));
	char *names = malloc(N * 64), *image, *at[FILES], name[16];
	size_t size, before, after, i, round;

	if (!can_read_map_files())
		skip_because("/proc/self/map_files cannot be read (CAP_CHECKPOINT_RESTORE)");
	for (i = 0; i < N; i++) {
		functions[i] = (struct elf_function){ names + i * 64, i * 16, 16 };
		snprintf(names + i * 64, 64, "_ZN9namespace5class8functionEi_%zu", i);
	}
	image = elf_image(functions, N, N * 16, 0, &size);
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "big%zu", i);
		at[i] = map_copy(image, size, name);
		assert_true(at[i] != MAP_FAILED);
	}
	clock_ahead += 3000 * MS;
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < FILES; i++) {
			struct sym u = usym(getpid(), (uintptr_t)at[i] + ELF_CODE + i * 1600 + 5);

			assert_non_null(u.name);
			assert_string_equal(u.name, functions[i * 100].name);
			assert_int_equal(u.offset, 5);
		}
	}
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	/* Each takes 10 MB; all of them would take 240. */
	assert_true(after - before < 90 << 20);
	for (i = 0; i < FILES; i++)
		munmap(at[i], size);
	free(image);
	free(functions);
	free(names);
}

/* More processes than are kept. */
static void many_processes(void **state)
{
	pid_t pids[300];
	size_t i, round;

	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = start();
		if (!pids[i]) {
			pause();
			_exit(0);
		}
	}
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(pids); i++)
			assert_sym(usym(pids[i], known() + 1), "known_function", "test_sym", 1);
	}
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		end(pids[i]);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(kernel_lines),
	cmocka_unit_test(kernel_addresses),
	cmocka_unit_test(hidden_addresses),
	cmocka_unit_test(kernel_symbols),
	cmocka_unit_test(mapping_lines),
	cmocka_unit_test(own_function),
	cmocka_unit_test(function_of_a_library),
	cmocka_unit_test(other_process),
	cmocka_unit_test(where_no_function_is),
	cmocka_unit_test(deleted_file),
	cmocka_unit_test(many_files),
	cmocka_unit_test(file_that_is_no_elf),
	cmocka_unit_test(without_symbol),
	cmocka_unit_test(mapped_meanwhile),
	cmocka_unit_test(inode_again),
	cmocka_unit_test(debug_link),
	cmocka_unit_test(other_root),
	cmocka_unit_test(perf_map_of_own),
	cmocka_unit_test(perf_map_in_container),
	cmocka_unit_test(vdso),
	cmocka_unit_test(other_program),
	cmocka_unit_test(program_at_same_address),
	cmocka_unit_test(many_symbols),
	cmocka_unit_test(many_processes),
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, remove_directory);
}
