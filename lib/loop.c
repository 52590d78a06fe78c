// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "clock.h"
#include "loop.h"
#include "out.h"
#include "tool.h"

static volatile sig_atomic_t signalled;
static uint64_t began;
static int also = -1;                   /* poll() ignores it then */
static void (*also_ready)(void);

/* A write() to a reader that does not read would go on for ever; it is interrupted once a second,
 * also if the first signal came just before it. */
static void on_signal(int sig)
{
	signalled = 1;
	alarm(1);
}

void loop_init(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction action = { .sa_handler = on_signal }, old;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		/* What nohup has ignored stays so. Not SIGINT: a shell script ignores it for all
		 * that it starts in the background, and "kill -INT" is how one ends a tracer
		 * there. */
		sigaction(ends[i], NULL, &old);
		if (ends[i] != SIGHUP || old.sa_handler != SIG_IGN)
			sigaction(ends[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

void loop_start(void)
{
	struct itimerval end = {};

	began = clock_mono_ns();
	end.it_value.tv_sec = run.duration;
	end.it_value.tv_usec = (run.duration - end.it_value.tv_sec) * 1e6;
	setitimer(ITIMER_REAL, &end, NULL);
}

void stop(void)
{
	on_signal(0);
}

double elapsed(void)
{
	return (clock_mono_ns() - began) / 1e9;
}

bool stopped(void)
{
	return signalled;
}

void loop_wait(int fd, double timeout)
{
	struct pollfd fds[3] = {
		{ .fd = fd, .events = POLLIN }, { .fd = STDOUT_FILENO },
		{ .fd = also, .events = POLLIN },
	};
	struct timespec t;
	sigset_t all, old;

	t.tv_sec = timeout;
	t.tv_nsec = (timeout - t.tv_sec) * 1e9;
	/* Signals wait until ppoll(), so none can come between the question and the sleep. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	if (!signalled)
		ppoll(fds, 3, &t, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (fds[1].revents & (POLLERR | POLLNVAL))
		exit(EXIT_SUCCESS);
	if (fds[2].revents)
		also_ready();
}

void loop_also(int fd, void (*ready)(void))
{
	also = fd;
	also_ready = ready;
}

bool tick(void)
{
	static uint64_t next;
	static long done;
	double left;

	/* From the plan and not from now, so that intervals do not drift. */
	if (!next)
		next = began;
	next += run.interval * 1e9;
	while (!stopped()) {
		left = ((int64_t)next - (int64_t)clock_mono_ns()) / 1e9;
		if (left <= 0)
			break;
		loop_wait(-1, left);
	}
	done++;
	return !stopped() && done < run.count;
}
