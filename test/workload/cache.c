// SPDX-License-Identifier: GPL-2.0-only
/* cache OP FILE [ARG...]: fills, empties and uses the page cache, and says how many pages it touched.
 *
 *	write FILE PAGES	makes it anew, of so many pages
 *	append FILE BYTES	writes behind its end
 *	overwrite FILE		writes all of it
 *	hole FILE PAGES		makes it anew, without data
 *	cold FILE		writes it to the disk and drops it from the cache
 *	cached FILE		only looks
 *	read FILE [BYTES]	reads it from begin to end, so many bytes at a time (128 KB)
 *	readv FILE		the same with three buffers of 20,000 bytes
 *	part FILE FROM TO	reads these bytes with one pread()
 *	random FILE COUNT	reads so many of its pages, in an order without order
 *	back FILE		reads its pages from the last to the first
 *	lanes FILE N		reads N parts of it, a piece of each in turn
 *	threads FILE N		so many threads read all of it at once
 *	direct FILE		reads it past the cache
 *	mmap FILE [random]	touches each of its pages in memory
 *	mmapwrite FILE		writes to each
 *	sendfile FILE		sends it to /dev/null
 *	splice FILE		the same by splice()
 *	copy FILE TO		reads one and writes the other
 *
 * It prints "accesses=N", the pages that each read touched, "pages=N" for what was written,
 * "faults=N" for page faults on mapped memory, the pages of the file as "size", and as "cached" those
 * that are in the cache at the end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECE (128 << 10)

static long page;
static const char *path, *arg;
static int fd;
static unsigned long long accesses;
/* Not touched for the first time while somebody counts: */
static char buffer[1 << 20] __attribute__((aligned(4096)));

static void failed(const char *what)
{
	if (errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS) {
		printf("skip=%s_is_not_supported_here\n", what);
		exit(77);
	}
	fprintf(stderr, "cache: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_file(const char *name, int flags)
{
	int new = open(name, flags, 0600);

	if (new < 0)
		failed(name);
	return new;
}

static long long bytes(void)
{
	struct stat st;

	if (fstat(fd, &st))
		failed("fstat");
	return st.st_size;
}

static long pages(void)
{
	return (bytes() + page - 1) / page;
}

/* Counts the pages of N bytes up to the position END. */
static void count(long long end, ssize_t n)
{
	if (n < 0)
		failed("read");
	if (n > 0)
		__sync_fetch_and_add(&accesses, (end - 1) / page - (end - n) / page + 1);
}

static void write_bytes(int to, long long left)
{
	ssize_t n;

	for (; left > 0; left -= n) {
		n = write(to, buffer, left < PIECE ? left : PIECE);
		if (n < 0)
			failed("write");
	}
}

static void op_write(void)
{
	if (ftruncate(fd, 0))
		failed("ftruncate");
	write_bytes(fd, atol(arg) * page);
	printf("pages=%s ", arg);
}

static void op_append(void)
{
	long long from = lseek(fd, 0, SEEK_END), n = atol(arg);

	write_bytes(fd, n);
	printf("pages=%lld ", (from + n - 1) / page - from / page + 1);
}

static void op_overwrite(void)
{
	write_bytes(fd, bytes());
	printf("pages=%ld ", pages());
}

static void op_hole(void)
{
	if (ftruncate(fd, 0) || ftruncate(fd, atol(arg) * page))
		failed("ftruncate");
}

static void op_cold(void)
{
	if (fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		failed("posix_fadvise");
}

static void op_cached(void)
{
}

static void op_read(void)
{
	size_t piece = arg ? strtoul(arg, NULL, 10) : PIECE;
	char *to = piece > sizeof(buffer) ? calloc(1, piece) : buffer;
	long long end = 0;
	ssize_t n;

	while ((n = read(fd, to, piece)) != 0)
		count(end += n, n);
}

static void op_readv(void)
{
	struct iovec v[] = { { buffer, 20000 }, { buffer + 20000, 20000 }, { buffer + 40000, 20000 } };
	long long end = 0;
	ssize_t n;

	while ((n = readv(fd, v, 3)) != 0)
		count(end += n, n);
}

static void op_part(void)
{
	char *second;
	long long from = strtoll(arg, &second, 10), to = atoll(second + 1);
	ssize_t n = pread(fd, calloc(1, to - from), to - from, from);

	count(from + n, n);
}

/* A step that has no divisor in common with the number of pages visits each page once. */
static void scattered(long n, long step)
{
	long all = pages(), at = 0;

	while (n--) {
		at = (at + step) % all;
		count((at + 1) * page, pread(fd, buffer, page, at * page));
	}
}

static void op_random(void)
{
	scattered(atol(arg), 7919);
}

static void op_back(void)
{
	scattered(pages(), pages() - 1);
}

static void op_lanes(void)
{
	long long part = (pages() / atol(arg) + 1) * page, at, begin;
	size_t want;
	ssize_t n;

	for (at = 0; at < part; at += PIECE) {
		want = part - at < PIECE ? part - at : PIECE;
		for (begin = at; begin < bytes(); begin += part) {
			n = pread(fd, buffer, want, begin);
			count(begin + n, n);
		}
	}
}

static pthread_barrier_t together;

static void *reader(void *unused)
{
	char *to = malloc(PIECE);
	long long end = 0;
	ssize_t n;
	int own;

	own = open_file(path, O_RDONLY);
	memset(to, 0, PIECE);
	pthread_barrier_wait(&together);
	while ((n = read(own, to, PIECE)) != 0)
		count(end += n, n);
	return NULL;
}

static void op_threads(void)
{
	int i, n = atoi(arg);
	pthread_t t[64];

	pthread_barrier_init(&together, NULL, n);
	for (i = 0; i < n && i < 64; i++)
		pthread_create(&t[i], NULL, reader, NULL);
	for (i = 0; i < n && i < 64; i++)
		pthread_join(t[i], NULL);
}

static void op_direct(void)
{
	ssize_t n;
	int own = open_file(path, O_RDONLY | O_DIRECT);

	while ((n = read(own, buffer, PIECE)) > 0)
		;
	if (n < 0)
		failed("O_DIRECT");
}

static long faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt + u.ru_majflt;
}

static void touch(bool writing)
{
	long all = pages(), step = arg ? 7919 : 1, i, before;
	volatile char *p = mmap(NULL, all * page, PROT_READ | (writing ? PROT_WRITE : 0), MAP_SHARED,
				fd, 0);

	if (p == MAP_FAILED)
		failed("mmap");
	if (arg)
		madvise((void *)p, all * page, MADV_RANDOM);
	before = faults();
	for (i = 0; i < all; i++) {
		if (writing)
			p[i * page] = 'y';
		else
			p[i * step % all * page];
	}
	printf("faults=%ld ", faults() - before);
}

static void op_mmap(void)
{
	touch(false);
}

static void op_mmapwrite(void)
{
	touch(true);
}

static void op_sendfile(void)
{
	int null = open_file("/dev/null", O_WRONLY);
	long long end = 0;
	ssize_t n;

	while ((n = sendfile(null, fd, NULL, PIECE)) != 0)
		count(end += n, n);
}

static void op_splice(void)
{
	int null = open_file("/dev/null", O_WRONLY), p[2];
	long long end = 0;
	ssize_t n;

	if (pipe(p))
		failed("pipe");
	while ((n = splice(fd, NULL, p[1], NULL, 60000, 0)) != 0) {
		count(end += n, n);
		if (splice(p[0], NULL, null, NULL, n, 0) != n)
			failed("splice");
	}
}

static void op_copy(void)
{
	int to = open_file(arg, O_WRONLY | O_CREAT | O_TRUNC);
	long long end = 0;
	ssize_t n;

	while ((n = read(fd, buffer, PIECE)) != 0) {
		count(end += n, n);
		write_bytes(to, n);
	}
	printf("pages=%ld ", pages());
}

static long cached(void)
{
	unsigned char *in = malloc(pages() + 1);
	long i, n = 0;
	void *p;

	p = mmap(NULL, bytes() + 1, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || mincore(p, bytes() + 1, in))
		return -1;
	for (i = 0; i < pages(); i++)
		n += in[i] & 1;
	return n;
}

static const struct op {
	const char *name;
	void (*run)(void);
} ops[] = {
	{ "write", op_write }, { "append", op_append }, { "overwrite", op_overwrite },
	{ "hole", op_hole }, { "cold", op_cold }, { "cached", op_cached }, { "read", op_read },
	{ "readv", op_readv }, { "part", op_part }, { "random", op_random }, { "back", op_back },
	{ "lanes", op_lanes }, { "threads", op_threads }, { "direct", op_direct },
	{ "mmap", op_mmap }, { "mmapwrite", op_mmapwrite }, { "sendfile", op_sendfile },
	{ "splice", op_splice }, { "copy", op_copy },
};

int main(int argc, char **argv)
{
	const struct op *op;

	page = sysconf(_SC_PAGESIZE);
	memset(buffer, 'x', sizeof(buffer));
	if (argc > 2) {
		path = argv[2];
		arg = argv[3];
		fd = open_file(path, O_RDWR | O_CREAT);
		for (op = ops; op < ops + sizeof(ops) / sizeof(*ops); op++) {
			if (strcmp(op->name, argv[1]))
				continue;
			op->run();
			printf("accesses=%llu size=%ld cached=%ld\n", accesses, pages(), cached());
			return 0;
		}
	}
	fprintf(stderr, "usage: cache OP FILE [ARG...]\n");
	return 64;
}
