// SPDX-License-Identifier: GPL-2.0-only
/* burn MODE MS [FIFO]: uses MS milliseconds of CPU time in known functions, once something has been
 * written to FIFO.
 *   user    70 % in seventy(), 30 % in thirty(), both called by both()
 *   thread  the same in a second thread; the first one waits
 *   kernel  in read() from /dev/zero
 * Prints pid=, tid= of what burns, and at the end ms= used. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long wanted_ms;
static const char *fifo;
static volatile unsigned long sink;

static long used_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Two functions of the same loop, a chain of multiplications in a register, so that the counts
 * alone decide how long each takes. They call something, because a function that calls nothing gets
 * no frame, and its caller could not be found then. */
static __attribute__((noipa)) void nothing(unsigned long v) { }

#define SPIN(name)						\
	static __attribute__((noipa)) void name(long n)		\
	{							\
		unsigned long v = 1;				\
								\
		for (long i = 0; i < n; i++) {			\
			v *= 3;					\
			asm volatile("" : "+r"(v));		\
		}						\
		nothing(v);					\
		sink += v;					\
	}
SPIN(seventy)
SPIN(thirty)

static __attribute__((noipa)) void both(long n)
{
	seventy(7 * n);
	thirty(3 * n);
	sink++;
}

static void wait_for_go(void)
{
	char c;
	int fd;

	printf("pid=%d tid=%d\n", getpid(), gettid());
	fflush(stdout);
	fd = fifo ? open(fifo, O_RDONLY) : -1;
	if (fd >= 0 && read(fd, &c, 1) < 0)
		exit(1);
}

static void *burn_user(void *unused)
{
	unsigned seed = 1;
	long before;

	wait_for_go();
	/* Rounds of different length, so that no sampler keeps step with them. */
	for (before = used_ms(); used_ms() - before < wanted_ms; )
		both(20000 + rand_r(&seed) % 100000);
	printf("ms=%ld\n", used_ms() - before);
	return NULL;
}

static __attribute__((noipa, noreturn)) void burn_and_exit(void)
{
	burn_user(NULL);
	exit(0);
}

/* Ends with a call that never returns: the return address is outside. */
static __attribute__((noipa)) void last(void)
{
	burn_and_exit();
}

static __attribute__((noipa)) void burn_kernel(void)
{
	static char buf[1 << 20];
	int i, fd = open("/dev/zero", O_RDONLY);
	long before;

	wait_for_go();
	for (before = used_ms(); used_ms() - before < wanted_ms; ) {
		for (i = 0; i < 16; i++)
			sink += read(fd, buf, sizeof(buf));
	}
	printf("ms=%ld\n", used_ms() - before);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 3 || argc > 4 || atol(argv[2]) <= 0) {
		fprintf(stderr, "usage: burn user|thread|kernel MS [FIFO]\n");
		return 2;
	}
	wanted_ms = atol(argv[2]);
	fifo = argv[3];
	if (!strcmp(argv[1], "user")) {
		last();
	} else if (!strcmp(argv[1], "kernel")) {
		burn_kernel();
	} else {
		if (pthread_create(&thread, NULL, burn_user, NULL))
			return 1;
		pthread_join(thread, NULL);
	}
	return 0;
}
