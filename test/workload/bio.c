// SPDX-License-Identifier: GPL-2.0-only
/* bio: block I/O of known place and size, for the tests of tools that trace it.
 *
 *   bio [-g DIR] [-n NAME] [-w] stride FILE SIZE COUNT STRIDE
 *       COUNT direct reads of SIZE bytes (-w: writes), STRIDE bytes apart, from the beginning
 *   bio [-g DIR] [-n NAME] [-w] together FILE SIZE COUNT forward|reverse
 *       the same without gaps, all in one io_submit(): the kernel may merge them
 *   bio [-g DIR] [-n NAME] buffered FILE SIZE COUNT
 *       COUNT buffered writes of SIZE bytes and one fsync()
 *   bio [-n NAME] dirty FILE SIZE COUNT
 *       the same without the fsync(), in a child; then the parent calls syncfs()
 *
 * It joins the cgroup DIR first, and calls itself NAME. It says what it did as KEY=VALUE words;
 * sectors are the sum of those at which the I/Os begin, in units of 512 bytes. Exit status 77,
 * after "skip=WHY": this machine cannot. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TOGETHER 64

static const char *file;
static unsigned long size, count, stride, sectors;
static int writing;

static void fail(const char *what)
{
	fprintf(stderr, "bio: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_file(int flags)
{
	int fd = open(file, (writing ? O_RDWR : O_RDONLY) | flags | O_CLOEXEC, 0644);

	if (fd < 0)
		fail(file);
	return fd;
}

static char *buffer(unsigned long bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	memset(p, 0xa5, bytes);
	return p;
}

static void strides(void)
{
	char *p = buffer(size);
	int fd = open_file(O_DIRECT);
	unsigned long i;
	ssize_t n;

	for (i = 0; i < count; i++) {
		n = writing ? pwrite(fd, p, size, i * stride) : pread(fd, p, size, i * stride);
		if (n != (ssize_t)size)
			fail(file);
		sectors += i * stride / 512;
	}
}

static void together(int reverse)
{
	struct iocb io[TOGETHER] = {}, *list[TOGETHER];
	struct io_event done[TOGETHER];
	aio_context_t context = 0;
	unsigned long i, at;
	char *p;
	int fd;

	if (count > TOGETHER)
		exit(2);
	p = buffer(size * count);
	fd = open_file(O_DIRECT);
	if (syscall(SYS_io_setup, count, &context)) {
		printf("skip=no-io_setup\n");
		exit(77);
	}
	for (i = 0; i < count; i++) {
		at = (reverse ? count - 1 - i : i) * size;
		io[i].aio_lio_opcode = writing ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
		io[i].aio_fildes = fd;
		io[i].aio_buf = (unsigned long)p + at;
		io[i].aio_nbytes = size;
		io[i].aio_offset = at;
		list[i] = &io[i];
	}
	if (syscall(SYS_io_submit, context, count, list) != (long)count)
		fail("io_submit");
	if (syscall(SYS_io_getevents, context, count, count, done, NULL) != (long)count)
		fail("io_getevents");
	for (i = 0; i < count; i++) {
		if (done[i].res != (long)size)
			fail("I/O");
	}
}

static void buffered(int sync)
{
	char *p = buffer(size);
	int fd = open_file(O_CREAT);
	unsigned long i;

	for (i = 0; i < count; i++) {
		if (write(fd, p, size) != (ssize_t)size)
			fail(file);
	}
	if (sync && fsync(fd))
		fail("fsync");
}

/* Who writes is gone when it goes to the disk. */
static void dirty(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		prctl(PR_SET_NAME, "dirtier");
		buffered(0);
		exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		fail("child");
	if (syncfs(open_file(0)))
		fail("syncfs");
	printf("child=%d ", child);
}

static void join(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		fail(path);
	close(fd);
}

int main(int argc, char **argv)
{
	const char *what;
	int c;

	while ((c = getopt(argc, argv, "+g:n:w")) != -1) {
		if (c == 'g')
			join(optarg);
		else if (c == 'n')
			prctl(PR_SET_NAME, optarg);
		else if (c == 'w')
			writing = 1;
		else
			return 2;
	}
	argv += optind;
	argc -= optind;
	if (argc < 4)
		return 2;
	what = argv[0];
	file = argv[1];
	size = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	if (!strcmp(what, "stride") && argc == 5) {
		stride = strtoul(argv[4], NULL, 10);
		strides();
	} else if (!strcmp(what, "together") && argc == 5) {
		together(!strcmp(argv[4], "reverse"));
	} else if (!strcmp(what, "buffered") && argc == 4) {
		writing = 1;
		buffered(1);
	} else if (!strcmp(what, "dirty") && argc == 4) {
		writing = 1;
		dirty();
	} else {
		return 2;
	}
	printf("pid=%d count=%lu size=%lu bytes=%lu sectors=%lu\n", getpid(), count, size,
	       size * count, sectors);
	return 0;
}
