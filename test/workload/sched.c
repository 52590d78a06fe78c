// SPDX-License-Identifier: GPL-2.0-only
/* sched: processes and threads that wait for a CPU, for the tests of tools that measure that.
 *
 *   sched [-g DIR] rr CPU MS PROCESSES      as many SCHED_RR processes burn CPU for MS together
 *   sched [-g DIR] ns CPU MS                one such process, alone in a new PID namespace
 *   sched pipe CPU COUNT                    two processes pass a byte back and forth COUNT times
 *   sched threads CPU MS COUNT              prints its PID and waits for a byte on its standard input;
 *                                           then COUNT SCHED_RR threads; then waits for the end of that
 *
 * All stay on CPU. It joins the cgroup DIR first. Of each process or thread it says what the kernel
 * counted in /proc/PID/schedstat: pidN or tidN, delayN (ns that it waited), runsN (times that it came
 * to run). Exit status 77, after "skip=WHY": this machine cannot. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 16

static void fail(const char *what)
{
	fprintf(stderr, "sched: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void skip(const char *why)
{
	printf("skip=%s\n", why);
	exit(77);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void burn_until(double end)
{
	while (now() < end)
		;
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		skip("no-such-CPU");
}

static void round_robin(void)
{
	struct sched_param p = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR, &p))
		skip("no-SCHED_RR");
}

/* What stands in a schedstat file. */
static void print_stat(const char *path, const char *what, int id, int number)
{
	unsigned long long ran, delay, runs;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%llu %llu %llu", &ran, &delay, &runs) != 3)
		skip("no-schedstat");
	fclose(f);
	printf("%s%d=%d delay%d=%llu runs%d=%llu ", what, number, id, number, delay, number, runs);
}

/* The child has ended, and is not waited for yet. */
static void print_child(pid_t pid, int number)
{
	char path[64];
	siginfo_t info;

	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) || info.si_status)
		fail("child");
	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	print_stat(path, "pid", pid, number);
	waitpid(pid, NULL, 0);
}

/* The parent may run at any time, before and after; the children only inherit. */
static void processes(int cpu, double ms, int count)
{
	pid_t pid[MOST];
	int start[2], i;
	double end;
	char c;

	if (count > MOST || pipe(start))
		fail("pipe");
	for (i = 0; i < count; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		close(start[1]);
		stay_on(cpu);
		round_robin();
		/* All begin when the parent has closed its end. */
		if (read(start[0], &c, 1) < 0)
			_exit(1);
		end = now() + ms / 1000;
		burn_until(end);
		_exit(0);
	}
	usleep(50000);
	close(start[1]);
	for (i = 0; i < count; i++)
		print_child(pid[i], i + 1);
}

static void namespace(int cpu, double ms)
{
	struct stat st;

	if (unshare(CLONE_NEWPID))
		skip("no-PID-namespaces");
	processes(cpu, ms, 1);
	/* The namespace that the child was in, and our own one. */
	if (stat("/proc/self/ns/pid_for_children", &st))
		fail("/proc/self/ns/pid_for_children");
	printf("inner=%lu ", (unsigned long)st.st_ino);
	if (stat("/proc/self/ns/pid", &st))
		fail("/proc/self/ns/pid");
	printf("outer=%lu ", (unsigned long)st.st_ino);
}

static void passing(int cpu, long count)
{
	int there[2], back[2];
	char c = 0;
	long i;
	pid_t pid;

	if (pipe(there) || pipe(back))
		fail("pipe");
	stay_on(cpu);
	pid = fork();
	for (i = 0; i < count; i++) {
		if (pid && (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1))
			fail("pipe");
		if (!pid && (read(there[0], &c, 1) != 1 || write(back[1], &c, 1) != 1))
			_exit(1);
	}
	if (!pid)
		_exit(0);
	print_child(pid, 1);
}

static struct thread {
	pthread_t thread;
	int cpu, tid;
	double ms;
} threads[MOST];
static pthread_barrier_t begun, done, over;

static void *burning(void *data)
{
	struct thread *t = data;

	t->tid = syscall(SYS_gettid);
	stay_on(t->cpu);
	round_robin();
	pthread_barrier_wait(&begun);
	burn_until(now() + t->ms / 1000);
	pthread_barrier_wait(&done);
	pthread_barrier_wait(&over);
	return NULL;
}

static void threaded(int cpu, double ms, int count)
{
	char path[64], c;
	int i;

	if (count > MOST)
		exit(2);
	printf("pid=%d\n", getpid());
	fflush(stdout);
	if (read(0, &c, 1) != 1)
		fail("standard input");
	pthread_barrier_init(&begun, NULL, count + 1);
	pthread_barrier_init(&done, NULL, count + 1);
	pthread_barrier_init(&over, NULL, count + 1);
	for (i = 0; i < count; i++) {
		threads[i] = (struct thread){ .cpu = cpu, .ms = ms };
		if (pthread_create(&threads[i].thread, NULL, burning, &threads[i]))
			fail("pthread_create");
	}
	pthread_barrier_wait(&begun);
	pthread_barrier_wait(&done);
	usleep(100000);                 /* all are asleep at the next barrier */
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", threads[i].tid);
		print_stat(path, "tid", threads[i].tid, i + 1);
	}
	printf("threads=%d\n", count);
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	_exit(0);
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
	int cpu;

	if (argc > 2 && !strcmp(argv[1], "-g")) {
		join(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 4)
		return 2;
	cpu = atoi(argv[2]);
	if (!strcmp(argv[1], "rr") && argc == 5)
		processes(cpu, atof(argv[3]), atoi(argv[4]));
	else if (!strcmp(argv[1], "ns"))
		namespace(cpu, atof(argv[3]));
	else if (!strcmp(argv[1], "pipe"))
		passing(cpu, atol(argv[3]));
	else if (!strcmp(argv[1], "threads") && argc == 5)
		threaded(cpu, atof(argv[3]), atoi(argv[4]));
	else
		return 2;
	printf("parent=%d\n", getpid());
	return 0;
}
