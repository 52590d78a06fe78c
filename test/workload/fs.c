// SPDX-License-Identifier: GPL-2.0-only
/* fs - an exactly known number of operations on files of one directory
 *
 *   fs rw DIR OPENS WRITES SIZE READS FSYNCS   a file: opened, written from its begin on, read
 *                                              with pread(), then fsync() and fdatasync()
 *   fs vector DIR N                            N each of readv(), preadv(), preadv2(), and writes
 *   fs osync DIR N                             N writes of 4096 with O_SYNC
 *   fs append DIR N                            N writes of 1000 with O_APPEND by two descriptors
 *   fs toobig DIR N                            N writes that fail with EFBIG
 *   fs direct DIR N                            N reads of 4096 past the page cache
 *   fs stat DIR N                              N fstatat()
 *   fs compat DIR N                            N pread() of 512 at 5 GiB by the 32-bit entry
 *   fs threads DIR T N                         T threads with N direct reads of 4096 each
 *   fs loop DIR N                              N times write and read of 512, for measuring
 *
 * Its name is "fsprobe", its file DIR/NAME with NAME from FS_NAME, or "probe-file". It begins when
 * somebody writes into the FIFO in FS_GO, if there is one, and ends with one line of key=value
 * words; status 77 and skip=WHY if the machine cannot. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMPAT_OFFSET (5ULL << 30)

static unsigned long opens, reads, writes, fsyncs;
static char path[PATH_MAX];
static char *buf;

static void fail(const char *what)
{
	fprintf(stderr, "fs: %s %s: %s\n", what, path, strerror(errno));
	exit(1);
}

static void skip(const char *why)
{
	printf("skip=%s\n", why);
	exit(77);
}

static int opened(int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		fail("cannot open");
	opens++;
	return fd;
}

static void moved(ssize_t n, size_t size, unsigned long *count, const char *what)
{
	if (n != (ssize_t)size)
		fail(what);
	++*count;
}

static void rw(unsigned long *n)
{
	unsigned long size = n[2], i;
	int fd = opened(O_CREAT | O_RDWR | O_TRUNC);

	for (i = 1; i < n[0]; i++)
		close(opened(O_RDONLY));
	for (i = 0; i < n[1]; i++)
		moved(write(fd, buf, size), size, &writes, "cannot write");
	for (i = 0; i < n[3]; i++)
		moved(pread(fd, buf, size, i % n[1] * size), size, &reads, "cannot read");
	for (i = 0; i < n[4]; i++, fsyncs++) {
		if (i % 2 ? fdatasync(fd) : fsync(fd))
			fail("cannot sync");
	}
}

static void vector(unsigned long *n)
{
	struct iovec v[2] = { { buf, 300 }, { buf + 300, 200 } };
	int fd = opened(O_CREAT | O_RDWR | O_TRUNC);
	unsigned long i;

	for (i = 0; i < n[0]; i++) {
		moved(writev(fd, v, 2), 500, &writes, "cannot write");
		moved(pwritev(fd, v, 2, 8000), 500, &writes, "cannot write");
		moved(pwritev2(fd, v, 2, 9000, 0), 500, &writes, "cannot write");
		moved(pwrite(fd, buf, 500, 10000), 500, &writes, "cannot write");
	}
	lseek(fd, 0, SEEK_SET);
	for (i = 0; i < n[0]; i++) {
		moved(readv(fd, v, 2), 500, &reads, "cannot read");
		moved(preadv(fd, v, 2, 8000), 500, &reads, "cannot read");
		moved(preadv2(fd, v, 2, 9000, 0), 500, &reads, "cannot read");
		moved(pread(fd, buf, 500, 10000), 500, &reads, "cannot read");
	}
	/* -1: from where the file stands. */
	lseek(fd, 7000, SEEK_SET);
	for (i = 0; i < n[0]; i++)
		moved(preadv2(fd, v, 2, -1, 0), 500, &reads, "cannot read");
}

static void osync(unsigned long *n)
{
	int fd = opened(O_CREAT | O_WRONLY | O_SYNC | O_TRUNC);
	unsigned long i;

	for (i = 0; i < n[0]; i++)
		moved(write(fd, buf, 4096), 4096, &writes, "cannot write");
}

static void append(unsigned long *n)
{
	int fds[2];
	unsigned long i;

	fds[0] = opened(O_CREAT | O_WRONLY | O_APPEND | O_TRUNC);
	fds[1] = opened(O_WRONLY | O_APPEND);
	for (i = 0; i < n[0]; i++)
		moved(write(fds[i % 2], buf, 1000), 1000, &writes, "cannot write");
}

static void toobig(unsigned long *n)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	int fd = opened(O_CREAT | O_WRONLY | O_TRUNC);
	unsigned long i;

	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < n[0]; i++, writes++) {
		if (pwrite(fd, buf, 512, 2 << 20) >= 0 || errno != EFBIG)
			fail("no EFBIG from");
	}
}

static void prepare_direct(void)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

	opens++;
	if (fd < 0 || write(fd, buf, 65536) != 65536 || fsync(fd))
		fail("cannot write");
	writes++;
	fsyncs++;
	close(fd);
}

static void direct(unsigned long *n)
{
	unsigned long i;
	int fd;

	prepare_direct();
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		skip("no-O_DIRECT-there");
	opens++;
	for (i = 0; i < n[0]; i++)
		moved(pread(fd, buf, 4096, i % 16 * 4096), 4096, &reads, "cannot read");
}

static unsigned long per_thread;

static void *reader(void *room)
{
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	unsigned long i;

	for (i = 0; fd >= 0 && i < per_thread; i++) {
		if (pread(fd, room, 4096, i % 16 * 4096) != 4096)
			fail("cannot read");
	}
	return (void *)(long)(fd >= 0);
}

static void threads(unsigned long *n)
{
	pthread_t thread[n[0]];
	unsigned long i;
	void *good;

	prepare_direct();
	per_thread = n[1];
	for (i = 0; i < n[0]; i++) {
		if (pthread_create(&thread[i], NULL, reader, aligned_alloc(4096, 4096)))
			fail("no thread for");
	}
	for (i = 0; i < n[0]; i++) {
		pthread_join(thread[i], &good);
		if (!good)
			skip("no-O_DIRECT-there");
		opens++;
		reads += n[1];
	}
}

static void stats(unsigned long *n)
{
	struct stat st;
	unsigned long i;

	close(opened(O_CREAT | O_WRONLY));
	for (i = 0; i < n[0]; i++) {
		if (fstatat(AT_FDCWD, path, &st, 0))
			fail("cannot stat");
	}
	printf("stats=%lu ", n[0]);
}

static void compat(unsigned long *n)
{
#ifdef __x86_64__
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned long i;
	int fd, status;
	long ret;

	if (low == MAP_FAILED)
		skip("no-memory-below-4-GiB");
	if (!fork()) {
		asm volatile("int $0x80" : "=a"(ret) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
		_exit(ret != getpid());
	}
	wait(&status);
	if (status)
		skip("no-32-bit-system-calls");
	fd = opened(O_CREAT | O_RDWR | O_TRUNC);
	if (ftruncate(fd, COMPAT_OFFSET + 4096))
		skip("no-large-files-there");
	for (i = 0; i < n[0]; i++) {
		/* pread64(fd, buf, count, low, high) */
		asm volatile("int $0x80" : "=a"(ret)
			     : "a"(180), "b"(fd), "c"(low), "d"(512), "S"((int)COMPAT_OFFSET),
			       "D"((int)(COMPAT_OFFSET >> 32))
			     : "memory", "r8", "r9", "r10", "r11");
		moved(ret, 512, &reads, "cannot read");
	}
#else
	skip("32-bit-system-calls-are-tested-on-x86_64-only");
#endif
}

static void loop(unsigned long *n)
{
	int fd = opened(O_CREAT | O_RDWR | O_TRUNC);
	struct timespec a, b;
	unsigned long i;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < n[0]; i++) {
		moved(pwrite(fd, buf, 512, 0), 512, &writes, "cannot write");
		moved(pread(fd, buf, 512, 0), 512, &reads, "cannot read");
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("ns_each=%lu ", (unsigned long)((b.tv_sec - a.tv_sec) * 1000000000L +
					       b.tv_nsec - a.tv_nsec) / (2 * n[0]));
}

static const struct command {
	const char *name;
	int args;
	void (*run)(unsigned long *n);
} commands[] = {
	{ "rw", 5, rw }, { "vector", 1, vector }, { "osync", 1, osync }, { "append", 1, append },
	{ "toobig", 1, toobig }, { "direct", 1, direct }, { "stat", 1, stats },
	{ "compat", 1, compat }, { "threads", 2, threads }, { "loop", 1, loop }, {}
};

static void wait_for(const char *fifo)
{
	char c;
	int fd;

	if (!fifo)
		return;
	fd = open(fifo, O_RDONLY);
	if (fd < 0 || read(fd, &c, 1) != 1)
		exit(1);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct command *c;
	const char *name = getenv("FS_NAME");
	unsigned long n[8] = {};
	int i;

	for (c = commands; c->name && (argc < 3 || strcmp(c->name, argv[1])); c++)
		;
	if (!c->name || argc != 3 + c->args) {
		fprintf(stderr, "usage: fs COMMAND DIR NUMBER...\n");
		return 2;
	}
	for (i = 3; i < argc; i++)
		n[i - 3] = strtoul(argv[i], NULL, 10);
	snprintf(path, sizeof(path), "%s/%s", argv[2], name ? name : "probe-file");
	if (posix_memalign((void **)&buf, 4096, 1 << 20))
		fail("no memory for");
	memset(buf, 'x', 1 << 20);
	prctl(PR_SET_NAME, "fsprobe");
	wait_for(getenv("FS_GO"));
	c->run(n);
	printf("pid=%d opens=%lu reads=%lu writes=%lu fsyncs=%lu\n", (int)getpid(), opens, reads,
	       writes, fsyncs);
	return 0;
}
