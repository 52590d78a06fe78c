// SPDX-License-Identifier: GPL-2.0-only
/* Finding files and functions; the /proc of these tests is a directory of theirs. */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "target.h"
#include "unit.h"
#include "util.h"

/* Functions. */

int marked_function(int n);
int other_function(int n);

__attribute__((noinline)) int marked_function(int n)
{
	return n * 3 + 1;
}

__attribute__((noinline)) int other_function(int n)
{
	return n * 5 + 2;
}

/* The bytes at the place are those of the function. */
static void assert_code(int fd, const struct place *p, const void *code)
{
	unsigned char bytes[8];

	assert_int_equal(pread(fd, bytes, sizeof(bytes), p->offset), sizeof(bytes));
	assert_memory_equal(bytes, code, sizeof(bytes));
}

static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void own_functions(void **state)
{
	static const struct probe probes[] = {
		{ "no_such_function" }, { "other_function" }, { "marked_function" }, {}
	};
	struct place p[4];
	int i, fd = open_self();

	assert_int_equal(target_places(fd, probes, p, 4), 2);
	for (i = 0; i < 2; i++)
		assert_code(fd, &p[i], p[i].func == 1 ? (void *)other_function
						      : (void *)marked_function);
	assert_int_equal(p[0].func + p[1].func, 3);
	/* No more than there is room for. */
	p[1].func = 77;
	assert_int_equal(target_places(fd, probes, p, 1), 1);
	assert_int_equal(p[1].func, 77);
	assert_int_equal(target_places(fd, probes + 3, p, 4), 0);
	close(fd);
}

static void library_function(void **state)
{
	static const struct probe probes[] = { { "getaddrinfo" }, {} };
	void *code = dlsym(RTLD_DEFAULT, "getaddrinfo");
	struct place p[4];
	Dl_info info;
	int fd;

	if (!code || !dladdr(code, &info))
		skip_because("the C library cannot be found");
	fd = open(info.dli_fname, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(target_places(fd, probes, p, 4), 1);
	assert_code(fd, p, code);
	close(fd);
}

static int places_of(const void *data, size_t size)
{
	static const struct probe probes[] = { { "marked_function" }, {} };
	struct place p[4];
	int n, fd = open(temporary_file(data, size), O_RDONLY);

	assert_true(fd >= 0);
	n = target_places(fd, probes, p, 4);
	close(fd);
	return n;
}

static void no_elf_files(void **state)
{
	Elf64_Ehdr *head;
	size_t size, i;
	char *self;

	assert_int_equal(places_of("", 0), -1);
	assert_int_equal(places_of("#!/bin/sh\n", 10), -1);
	assert_int_equal(places_of("\177ELF", 4), -1);
	self = read_file("/proc/self/exe", &size);
	assert_non_null(self);
	head = (void *)self;
	/* Cut off: nothing is found, and nothing bad happens. */
	for (i = 1; i < 40; i++)
		assert_true(places_of(self, size * i / 41) <= 0);
	assert_true(places_of(self, sizeof(*head)) <= 0);
	assert_int_equal(places_of(self, size), 1);
	head->e_shstrndx = 0xfff0;
	assert_true(places_of(self, size) >= -1);
	head->e_machine = EM_S390;
	assert_int_equal(places_of(self, size), -1);
	free(self);
}

/* Files of processes. */

static char proc[64], files[1024];

static void put(const char *name, const char *text)
{
	char path[256], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	for (slash = path + strlen(proc) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = 0;
		mkdir(path, 0755);
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A line of /proc/PID/maps for a file that is there. */
static const char *mapping(const char *real, const char *may, const char *path)
{
	static char line[512];
	char name[256];
	struct stat st;

	snprintf(name, sizeof(name), "%s/%s", proc, real);
	assert_int_equal(stat(name, &st), 0);
	snprintf(line, sizeof(line),
		 "00400000-00401000 r-xp 00000000 00:00 0 \n"
		 "7f00-7f01 %s 00001000 %02x:%02x %lu                    %s\n"
		 "7ffc1000-7ffc2000 r-xp 00000000 00:00 0          [vdso]\n",
		 may, major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino, path);
	return line;
}

static bool wanted(const char *name)
{
	return !strncmp(name, "libx", 4);
}

/* The first characters of the files, which tell which they are. */
static void found(int fd, const char *path)
{
	char c = '?';

	if (pread(fd, &c, 1, 0) == 1)
		snprintf(files + strlen(files), sizeof(files) - strlen(files), "%c:%s ", c, path);
}

static int setup(void **state)
{
	strcpy(proc, "/tmp/test_target.XXXXXX");
	assert_non_null(mkdtemp(proc));
	target_proc = proc;
	*files = 0;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", proc);
	return system(command);
}

static void each_file_once(void **state)
{
	put("7/root/lib/libx.so.1", "a");
	put("9/root/lib/libx.so.1", "b");
	put("9/root/lib/libxy.so", "c");
	put("7/maps", mapping("7/root/lib/libx.so.1", "r-xp", "/lib/libx.so.1"));
	/* The same file seen by others, one of which has no path to it. */
	put("8/maps", mapping("7/root/lib/libx.so.1", "r-xp", "/lib/libx.so.1"));
	/* Another file of the same name. */
	put("9/maps", mapping("9/root/lib/libx.so.1", "r-xp", "/lib/libx.so.1"));
	put("10/maps", "");
	put("self/maps", mapping("9/root/lib/libxy.so", "r-xp", "/lib/libxy.so"));
	put("11/status", "gone");
	assert_true(target_scan(0, wanted, found));
	assert_non_null(strstr(files, "a:/lib/libx.so.1 "));
	assert_non_null(strstr(files, "b:/lib/libx.so.1 "));
	assert_int_equal(strlen(files), 2 * strlen("a:/lib/libx.so.1 "));
	*files = 0;
	assert_true(target_scan(0, wanted, found));
	assert_true(target_scan(9, wanted, found));
	assert_string_equal(files, "");
	assert_false(target_scan(11, wanted, found));
	assert_false(target_scan(12, wanted, found));
}

static void not_these(void **state)
{
	char path[128];

	put("1/root/lib/libx.so", "a");
	put("1/maps", mapping("1/root/lib/libx.so", "r--p", "/lib/libx.so"));
	put("2/maps", mapping("1/root/lib/libx.so", "r-xp", "/lib/y.so"));
	put("3/maps", mapping("1/root/lib/libx.so", "r-xp", "libx.so"));
	/* What is at the path now is another file, or none. */
	put("4/root/lib/libx.so", "b");
	put("4/maps", mapping("1/root/lib/libx.so", "r-xp", "/lib/libx.so"));
	put("5/maps", mapping("1/root/lib/libx.so", "r-xp", "/lib/libx.so (deleted)"));
	put("6/maps", "7f00-7f01 r-xp 0 08:01 /libx.so\n/libx.so\nr-xp\n\n/");
	/* A FIFO that nobody writes to. */
	put("7/root/x", "");
	snprintf(path, sizeof(path), "%s/7/root/libx.so", proc);
	assert_int_equal(mkfifo(path, 0600), 0);
	put("7/maps", mapping("7/root/libx.so", "r-xp", "/libx.so"));
	target_scan(0, wanted, found);
	assert_string_equal(files, "");
}

static void deleted(void **state)
{
	char path[128];

	put("5/file", "d");
	put("5/maps", mapping("5/file", "r-xp", "/usr/lib/libx.so (deleted)"));
	put("5/map_files/x", "");
	snprintf(path, sizeof(path), "%s/5/map_files/7f00-7f01", proc);
	assert_int_equal(symlink("../file", path), 0);
	assert_true(target_scan(5, wanted, found));
	assert_string_equal(files, "d:/usr/lib/libx.so (deleted) ");
}

static void by_path(void **state)
{
	char path[128], expected[160];

	put("libx.so", "p");
	snprintf(path, sizeof(path), "%s/libx.so", proc);
	snprintf(expected, sizeof(expected), "p:%s ", path);
	target_path("/nonexistent", found);
	target_path(path, found);
	target_path(path, found);
	assert_string_equal(files, expected);
	/* By a process too. */
	put("3/maps", mapping("libx.so", "r-xp", "/libx.so"));
	target_scan(0, wanted, found);
	assert_string_equal(files, expected);
}

/* As many as there is room for, then one message. Last, for they are all remembered. */
static void very_many(void *context)
{
	char path[128], kept[160];
	int i;

	snprintf(path, sizeof(path), "%s/libx.so", proc);
	for (i = 0; i < 1100; i++) {
		put("libx.so", "m");
		target_path(path, found);
		*files = 0;
		snprintf(kept, sizeof(kept), "%s.%d", path, i);
		rename(path, kept);
	}
}

static void bounded(void **state)
{
	struct outcome o = in_child(very_many, NULL);

	assert_int_equal(o.status, -1);
	assert_string_equal(o.err,
		"bpftools: more than 1024 different files; the others are not looked at\n");
	outcome_free(&o);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(own_functions),
	cmocka_unit_test(library_function),
	cmocka_unit_test(no_elf_files),
	T(each_file_once),
	T(not_these),
	T(deleted),
	T(by_path),
	T(bounded),
};

UNIT_MAIN(tests)
