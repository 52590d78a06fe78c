// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload - do an exactly known number of opens, execs or block I/Os
 *
 * The tests run this below the tools and compare what a tool reports with what was done.
 * Every subcommand ends with one line of key=value pairs on stdout.  The exit status is
 * 0 if everything happened exactly as meant, 1 if something did not, 2 for a usage error,
 * and 77 if this machine can not do it (the line is then skip=REASON).
 *
 * Nothing but the operations asked for is done between the start (see -w) and the last
 * line: no file is opened behind the scenes, and no helper processes run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2	437
#endif
#ifndef MAP_32BIT
#define MAP_32BIT	0
#endif

/* glibc defines O_LARGEFILE as 0 on 64-bit machines; this is the kernel's bit */
#ifdef __aarch64__
#define KERNEL_O_LARGEFILE	0400000
#else
#define KERNEL_O_LARGEFILE	0100000
#endif

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_SEC	1000000000ULL
#define SKIP		77
#define CONST_NAME	"workload-const"

struct command {
	const char *name;
	const char *args;
	const char *help;
	int min, max;			/* number of arguments, max < 0: any number */
	int (*run)(const struct command *cmd, int argc, char **argv);
};

static struct {
	const char *comm;
	const char *cgroup;
	const char *fifo;
	unsigned long rate;
	int cpu;
	long uid;
	int expect;			/* the errno every operation is meant to fail with */
	int consts;
	int sync;
} opt = { .cpu = -1, .uid = -1 };

/* ---- helpers ---- */

static void __attribute__((noreturn, format(printf, 2, 3)))
fail(int status, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "workload: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(status);
}

static int skip(const char *why)
{
	printf("skip=%s\n", why);
	return SKIP;
}

static unsigned long number(const char *s, const char *what)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || errno)
		fail(2, "bad %s: %s", what, s);
	if ((*end == 'k' || *end == 'K') && v <= ULONG_MAX >> 10) {
		v <<= 10;
		end++;
	} else if ((*end == 'm' || *end == 'M') && v <= ULONG_MAX >> 20) {
		v <<= 20;
		end++;
	}
	if (*end)
		fail(2, "bad %s: %s", what, s);
	return v;
}

static unsigned long octal(const char *s, const char *what)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 8);
	if (*s < '0' || *s > '7' || *end || errno)
		fail(2, "bad %s: %s", what, s);
	return v;
}

static int errno_number(const char *s)
{
	const char *name;
	unsigned long v;
	int i;

	for (i = 1; i < 256; i++) {
		name = strerrorname_np(i);
		if (name && !strcmp(name, s))
			return i;
	}
	v = number(s, "errno");
	if (v < 1 || v > 4095)
		fail(2, "bad errno: %s", s);
	return v;
}

static const struct {
	const char *name;
	unsigned int value;
} flag_names[] = {
	{ "O_RDONLY",	 O_RDONLY },
	{ "O_WRONLY",	 O_WRONLY },
	{ "O_RDWR",	 O_RDWR },
	{ "O_CREAT",	 O_CREAT },
	{ "O_EXCL",	 O_EXCL },
	{ "O_NOCTTY",	 O_NOCTTY },
	{ "O_TRUNC",	 O_TRUNC },
	{ "O_APPEND",	 O_APPEND },
	{ "O_NONBLOCK",	 O_NONBLOCK },
	{ "O_DSYNC",	 O_DSYNC },
	{ "O_SYNC",	 O_SYNC },
	{ "O_ASYNC",	 O_ASYNC },
	{ "O_DIRECT",	 O_DIRECT },
	{ "O_LARGEFILE", KERNEL_O_LARGEFILE },
	{ "O_DIRECTORY", O_DIRECTORY },
	{ "O_NOFOLLOW",	 O_NOFOLLOW },
	{ "O_NOATIME",	 O_NOATIME },
	{ "O_CLOEXEC",	 O_CLOEXEC },
	{ "O_PATH",	 O_PATH },
	{ "O_TMPFILE",	 O_TMPFILE },
};

static unsigned int open_flags(char *list)
{
	unsigned int flags = 0;
	char *word, *save;
	size_t i;

	for (word = strtok_r(list, ",|", &save); word; word = strtok_r(NULL, ",|", &save)) {
		if (*word >= '0' && *word <= '7') {
			flags |= octal(word, "flags");
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(flag_names); i++)
			if (!strcmp(word, flag_names[i].name))
				break;
		if (i == ARRAY_SIZE(flag_names))
			fail(2, "unknown flag: %s", word);
		flags |= flag_names[i].value;
	}
	return flags;
}

static void *shared_memory(size_t len)
{
	void *p;

	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (p == MAP_FAILED)
		fail(1, "mmap: %s", strerror(errno));
	return p;
}

/* -n, -c and -g: done before the subcommand prepares anything */
static void prepare(void)
{
	char path[4096], buf[32];
	cpu_set_t set;
	int fd, len;

	if (opt.comm && prctl(PR_SET_NAME, opt.comm))
		fail(1, "PR_SET_NAME: %s", strerror(errno));
	if (opt.cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(opt.cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			fail(1, "cpu %d: %s", opt.cpu, strerror(errno));
	}
	if (opt.cgroup) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", opt.cgroup);
		len = snprintf(buf, sizeof(buf), "%d\n", getpid());
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, buf, len) != len)
			fail(1, "%s: %s", path, strerror(errno));
		close(fd);
	}
}

/*
 * -u and -w: called by every subcommand when it is prepared.  The FIFO is opened without
 * waiting for its writer, so that this open is over before anyone can give the sign.
 */
static void start(void)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;
	char c;

	if (opt.fifo && strcmp(opt.fifo, "-")) {
		pfd.fd = open(opt.fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (pfd.fd < 0)
			fail(1, "%s: %s", opt.fifo, strerror(errno));
	}
	if (opt.uid >= 0 && setuid(opt.uid))
		fail(1, "setuid %ld: %s", opt.uid, strerror(errno));
	if (!opt.fifo)
		return;
	do {
		while (poll(&pfd, 1, -1) < 0)
			if (errno != EINTR)
				fail(1, "poll: %s", strerror(errno));
		n = read(pfd.fd, &c, 1);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n != 1)
		fail(1, "%s: %s", opt.fifo, n ? strerror(errno) : "closed without a byte");
	if (pfd.fd != STDIN_FILENO)
		close(pfd.fd);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* -r: called before operation i, sleeps at most a hundred times a second */
static void pace(unsigned long i)
{
	static uint64_t begin;
	unsigned long batch;

	if (!opt.rate)
		return;
	batch = opt.rate < 100 ? 1 : opt.rate / 100;
	if (!i)
		begin = now();
	else if (i % batch == 0)
		sleep_until(begin + i / opt.rate * NSEC_PER_SEC +
			    i % opt.rate * NSEC_PER_SEC / opt.rate);
}

/* ---- counts ---- */

static struct {
	unsigned long all, ok, failed, bad;
	unsigned long errs[4096];
	int first_errno;
	int fd;
} count = { .fd = -1 };

static void count_error(int err)
{
	count.failed++;
	if (err > 0 && err < (int)ARRAY_SIZE(count.errs))
		count.errs[err]++;
	if (!count.first_errno)
		count.first_errno = err;
}

static void count_open(int fd, int err)
{
	count.all++;
	if (fd < 0) {
		count_error(err);
		return;
	}
	count.ok++;
	if (count.fd < 0)
		count.fd = fd;
	close(fd);
}

/* Ends the line with the number of failures by errno if there are several */
static int finish(void)
{
	const char *name;
	size_t i;

	if (count.failed && count.errs[count.first_errno] != count.failed)
		for (i = 1; i < ARRAY_SIZE(count.errs); i++) {
			name = strerrorname_np(i);
			if (count.errs[i] && name)
				printf(" %s=%lu", name, count.errs[i]);
			else if (count.errs[i])
				printf(" errno%zu=%lu", i, count.errs[i]);
		}
	printf("\n");
	if (opt.expect)
		return count.ok || count.bad || count.errs[opt.expect] != count.all;
	return count.ok != count.all;
}

/* ---- 32-bit system calls from a 64-bit process ---- */

#ifdef __x86_64__
#define HAVE_COMPAT	1

static long int80(unsigned int nr, unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	unsigned long ret;

	/* The upper halves are cleared by the moves; old kernels clobber r8 to r11 */
	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "0" ((unsigned long)nr), "b" ((unsigned long)a), "c" ((unsigned long)b),
		       "d" ((unsigned long)c), "S" ((unsigned long)d)
		     : "r8", "r9", "r10", "r11", "memory", "cc");
	return (int)ret;
}

static sigjmp_buf fault_jump;

static void on_fault(int sig)
{
	siglongjmp(fault_jump, sig);
}

static const char *no_compat(void)
{
	struct sigaction sa = { .sa_handler = on_fault }, old;
	const char *why = NULL;
	long ret;

	sigaction(SIGSEGV, &sa, &old);
	if (sigsetjmp(fault_jump, 1)) {
		why = "no-ia32-emulation-SIGSEGV";
	} else {
		ret = int80(20, 0, 0, 0, 0);	/* getpid */
		if (ret == -ENOSYS)
			why = "no-ia32-emulation-ENOSYS";
		else if (ret != getpid())
			why = "no-ia32-emulation";
	}
	sigaction(SIGSEGV, &old, NULL);
	return why;
}
#else
#define HAVE_COMPAT	0

static long int80(unsigned int nr, unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	(void)nr, (void)a, (void)b, (void)c, (void)d;
	return -ENOSYS;
}

static const char *no_compat(void)
{
	return "32-bit-system-calls-are-tested-on-x86_64-only";
}
#endif

/* The address as a 32-bit pointer, 0 if it is not below 4 GB */
static uint32_t low(const void *p)
{
	return (uintptr_t)p == (uint32_t)(uintptr_t)p ? (uint32_t)(uintptr_t)p : 0;
}

/* Copies the strings below 4 GB, the first one's address is returned, ptrs[] may be NULL */
static char *low_strings(char **strs, int n, uint32_t *ptrs)
{
	size_t len = 0;
	char *mem, *p;
	int i;

	for (i = 0; i < n; i++)
		len += strlen(strs[i]) + 1;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		   -1, 0);
	if (mem == MAP_FAILED || !low(mem + len))
		fail(1, "no memory below 4 GB");
	for (i = 0, p = mem; i < n; i++) {
		if (ptrs)
			ptrs[i] = low(p);
		p = stpcpy(p, strs[i]) + 1;
	}
	return mem;
}

/* ---- open ---- */

enum { OPEN, OPENAT, OPENAT2, CREAT, OPEN32, OPENAT32, CREAT32 };

static const char *const open_kinds[] = {
	"open", "openat", "openat2", "creat", "open32", "openat32", "creat32",
};

struct open_args {
	int kind;
	int dirfd;
	const char *path;
	unsigned int flags;
	unsigned int mode;
};

static int find_kind(const char *name, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(name, open_kinds[i]))
			return i;
	return -1;
}

static int have_kind(int kind)
{
#ifndef SYS_open
	if (kind == OPEN)
		return 0;
#endif
#ifndef SYS_creat
	if (kind == CREAT)
		return 0;
#endif
	return kind >= 0;
}

/* argv: [FLAGS [MODE]] */
static void flags_and_mode(struct open_args *o, int argc, char **argv)
{
	o->flags = argc > 0 ? open_flags(argv[0]) : O_RDONLY;
	if (argc > 1)
		o->mode = octal(argv[1], "mode");
	else if (o->kind == CREAT || o->kind == CREAT32 || (o->flags & O_CREAT) ||
		 (o->flags & O_TMPFILE) == O_TMPFILE)
		o->mode = 0644;
}

/* Returns the descriptor, or -1 and errno */
static int open_once(const struct open_args *o)
{
	struct { uint64_t flags, mode, resolve; } how = { .flags = o->flags, .mode = o->mode };
	long ret;

	switch (o->kind) {
#ifdef SYS_open
	case OPEN:
		return syscall(SYS_open, o->path, o->flags, o->mode);
#endif
	case OPENAT:
		return syscall(SYS_openat, o->dirfd, o->path, o->flags, o->mode);
	case OPENAT2:
		return syscall(SYS_openat2, o->dirfd, o->path, &how, sizeof(how));
#ifdef SYS_creat
	case CREAT:
		return syscall(SYS_creat, o->path, o->mode);
#endif
	case OPEN32:
		ret = int80(5, low(o->path), o->flags, o->mode, 0);
		break;
	case OPENAT32:
		ret = int80(295, o->dirfd, low(o->path), o->flags, o->mode);
		break;
	case CREAT32:
		ret = int80(8, low(o->path), o->mode, 0, 0);
		break;
	default:
		ret = -ENOSYS;
	}
	if (ret < 0) {
		errno = -ret;
		return -1;
	}
	return ret;
}

static void open_many(const struct open_args *o, unsigned long n)
{
	unsigned long i;
	int fd;

	for (i = 0; i < n; i++) {
		pace(i);
		fd = open_once(o);
		count_open(fd, errno);
	}
}

static int open_finish(const char *more)
{
	printf("opens=%lu ok=%lu failed=%lu first_errno=%d pid=%d fd=%d%s", count.all, count.ok,
	       count.failed, count.first_errno, getpid(), count.fd, more);
	return finish();
}

static int run_open(const struct command *cmd, int argc, char **argv)
{
	struct open_args o = { .dirfd = AT_FDCWD };
	unsigned long n;

	(void)cmd;
	o.kind = find_kind(argv[0], OPEN32);
	if (o.kind < 0)
		fail(2, "unknown kind: %s", argv[0]);
	if (!have_kind(o.kind))
		return skip("no-such-system-call-on-this-architecture");
	n = number(argv[1], "count");
	o.path = argv[2];
	flags_and_mode(&o, argc - 3, argv + 3);
	start();
	open_many(&o, n);
	return open_finish("");
}

static int run_open32(const struct command *cmd, int argc, char **argv)
{
	struct open_args o = { .dirfd = AT_FDCWD };
	const char *why = no_compat();
	unsigned long n;

	if (why)
		return skip(why);
	o.kind = find_kind(cmd->name, ARRAY_SIZE(open_kinds));
	n = number(argv[0], "count");
	o.path = low_strings(argv + 1, 1, NULL);
	flags_and_mode(&o, argc - 2, argv + 2);
	start();
	open_many(&o, n);
	return open_finish("");
}

static int run_openin(const struct command *cmd, int argc, char **argv)
{
	struct open_args o = { .kind = OPENAT };
	unsigned long n;
	char more[32];

	(void)cmd;
	n = number(argv[1], "count");
	o.path = argv[2];
	flags_and_mode(&o, argc - 3, argv + 3);
	start();
	o.dirfd = syscall(SYS_openat, AT_FDCWD, argv[0], O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (o.dirfd < 0)
		fail(1, "%s: %s", argv[0], strerror(errno));
	open_many(&o, n);
	snprintf(more, sizeof(more), " diropens=1 dirfd=%d", o.dirfd);
	return open_finish(more);
}

static int run_chdirin(const struct command *cmd, int argc, char **argv)
{
	struct open_args o = { .kind = OPENAT, .dirfd = AT_FDCWD };
	unsigned long n;

	(void)cmd;
	n = number(argv[1], "count");
	o.path = argv[2];
	flags_and_mode(&o, argc - 3, argv + 3);
	start();
	if (chdir(argv[0]))
		fail(1, "%s: %s", argv[0], strerror(errno));
	open_many(&o, n);
	return open_finish("");
}

/* ---- storm ---- */

struct storm {
	unsigned long ok, failed;
	int first_errno;
	volatile int stop;		/* that of the first one is for all */
} __attribute__((aligned(128)));

static void storm_child(struct storm *all, int me, const char *path)
{
	struct storm *s = &all[me];
	unsigned long i;
	int fd;

	for (i = 0; !all->stop; i++) {
		pace(i);
		fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
		if (fd >= 0) {
			s->ok++;
			close(fd);
			continue;
		}
		if (!s->failed++)
			s->first_errno = errno;
	}
}

static int run_storm(const struct command *cmd, int argc, char **argv)
{
	unsigned long i, n, bad = 0;
	pid_t parent = getpid();
	uint64_t begin, ms;
	struct storm *all;
	double seconds;
	int status;
	char *end;
	pid_t pid;

	(void)cmd;
	(void)argc;
	seconds = strtod(argv[0], &end);
	if (*end || !(seconds > 0 && seconds <= 3600))
		fail(2, "bad number of seconds: %s", argv[0]);
	n = number(argv[1], "number of processes");
	if (n < 1 || n > 4096)
		fail(2, "bad number of processes: %s", argv[1]);
	if (opt.rate)
		opt.rate = opt.rate < n ? 1 : opt.rate / n;
	all = shared_memory(n * sizeof(*all));
	start();
	begin = now();
	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid < 0) {
			all->stop = 1;
			fail(1, "fork: %s", strerror(errno));
		}
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				storm_child(all, i, argv[2]);
			_exit(0);
		}
	}
	sleep_until(begin + seconds * NSEC_PER_SEC);
	all->stop = 1;
	for (i = 0; i < n; i++)
		if (wait(&status) < 0 || status)
			bad++;
	ms = (now() - begin) / 1000000;
	for (i = 0; i < n; i++) {
		count.all += all[i].ok + all[i].failed;
		count.ok += all[i].ok;
		count.failed += all[i].failed;
		if (all[i].failed && !count.first_errno)
			count.first_errno = all[i].first_errno;
	}
	printf("opens=%lu ok=%lu failed=%lu first_errno=%d pid=%d processes=%lu ms=%lu\n",
	       count.all, count.ok, count.failed, count.first_errno, getpid(), n,
	       (unsigned long)ms);
	return bad || count.ok != count.all;
}

/* ---- exec ---- */

/*
 * -C: the strings are far enough from any other constants that no page of theirs gets
 * mapped along with a neighbour, and are unmapped once more right before the exec.
 */
static const struct {
	char before[65536];
	char text[5][64];
	char after[65536];
} consts __attribute__((aligned(4096))) = {
	.text = {
		CONST_NAME, "first constant argument", "second", "/bin/true",
		"/nonexistent/workload-const",
	},
};

enum { CONST_ARGS = 3, CONST_TRUE = 3, CONST_MISSING = 4 };

struct exec_shared {
	volatile int err;		/* set if the exec failed */
	volatile int tid;
};

struct launch {
	pid_t (*spawn)(struct launch *l);
	int (*exec)(struct launch *l);
	const char *path;
	char **argv;
	char **envp;
	uint32_t *argv32;
	uint32_t *envp32;
	uint32_t path32;
	int fd;
	void *unmap[2];
	size_t unmap_len[2];
	struct exec_shared *shared;
};

static int exec_plain(struct launch *l)
{
	return execve(l->path, l->argv, l->envp);
}

static int exec_at(struct launch *l)
{
	return syscall(SYS_execveat, AT_FDCWD, l->path, l->argv, l->envp, 0);
}

static int exec_fd(struct launch *l)
{
	return syscall(SYS_execveat, l->fd, "", l->argv, l->envp, AT_EMPTY_PATH);
}

static int exec_32(struct launch *l)
{
	errno = -int80(11, l->path32, low(l->argv32), low(l->envp32), 0);
	return -1;
}

static void __attribute__((noreturn)) child_exec(struct launch *l)
{
	int i, err;

	/* Last thing before the exec, which is called through a pointer loaded from l */
	for (i = 0; i < 2; i++)
		if (l->unmap_len[i])
			madvise(l->unmap[i], l->unmap_len[i], MADV_DONTNEED);
	l->exec(l);
	err = errno;
	l->shared->err = err;
	_exit(err);
}

static pid_t spawn_fork(struct launch *l)
{
	pid_t pid = fork();

	if (!pid)
		child_exec(l);
	return pid;
}

static pid_t __attribute__((noinline)) spawn_vfork(struct launch *l)
{
	pid_t pid = vfork();

	if (!pid)
		child_exec(l);
	return pid;
}

static void *exec_thread(void *arg)
{
	struct launch *l = arg;

	l->shared->tid = syscall(SYS_gettid);
	child_exec(l);
}

static pid_t spawn_thread(struct launch *l)
{
	pthread_t thread;
	pid_t pid = fork();
	int err;

	if (pid)
		return pid;
	err = pthread_create(&thread, NULL, exec_thread, l);
	if (err) {
		l->shared->err = err;
		_exit(err);
	}
	for (;;)
		pause();
}

static void unmap_range(struct launch *l, int i, const void *p, size_t len)
{
	uintptr_t page = sysconf(_SC_PAGESIZE), a = (uintptr_t)p;
	uintptr_t begin = (a + page - 1) & -page, end = (a + len) & -page;

	if (end > begin) {
		l->unmap[i] = (void *)begin;
		l->unmap_len[i] = end - begin;
	}
}

/* args: PROG [ARGS...], what of it may be left out with -C is at constant number missing */
static const char *exec_setup(struct launch *l, int argc, char **args, int missing)
{
	size_t size = (argc + CONST_ARGS + 1) * sizeof(*l->argv);
	char **argv = args;
	const char *why;
	int i;

	size = (size + 65535) & ~65535UL;
	l->shared = shared_memory(sizeof(*l->shared));
	l->envp = environ;
	l->fd = -1;
	if (opt.consts) {
		if (argc > 1)
			fail(2, "-C brings the arguments");
		l->path = argc ? args[0] : consts.text[missing];
		/* Memory of a shared mapping can be unmapped and is still there afterwards */
		argv = opt.consts > 1 ? shared_memory(size) : calloc(1, size);
		if (!argv)
			fail(1, "no memory");
		for (i = 0; i < CONST_ARGS; i++)
			argv[i] = (char *)consts.text[i];
		argc = CONST_ARGS;
		unmap_range(l, 0, &consts, sizeof(consts));
		if (opt.consts > 1)
			unmap_range(l, 1, argv, size);
	} else if (argc < 1) {
		fail(2, "which program?");
	} else {
		l->path = args[0];
	}
	l->argv = argv;
	if (l->exec != exec_32)
		return NULL;

	why = no_compat();
	if (why)
		return why;
	l->argv32 = shared_memory(size);
	l->envp32 = shared_memory(sizeof(*l->envp32));
	if (!low(l->argv32) || !low(l->envp32))
		fail(1, "no memory below 4 GB");
	if (opt.consts) {
		for (i = 0; i < argc; i++) {
			l->argv32[i] = low(argv[i]);
			if (!l->argv32[i])
				return "constants-not-below-4GB";
		}
		if (opt.consts > 1)
			unmap_range(l, 1, l->argv32, size);
	} else {
		low_strings(argv, argc, l->argv32);
	}
	l->path32 = low(l->path);
	if (!l->path32)
		l->path32 = low(low_strings((char **)&l->path, 1, NULL));
	return NULL;
}

/* Counts what became of n children; in count.ok are those which ran and exited with 0 */
static int exec_many(struct launch *l, unsigned long n, int want_fail, const char *more)
{
	pid_t pid, first = 0, last = 0;
	unsigned long i;
	int status, bad;

	for (i = 0; i < n; i++) {
		pace(i);
		l->shared->err = 0;
		pid = l->spawn(l);
		if (pid < 0)
			fail(1, "fork: %s", strerror(errno));
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				fail(1, "waitpid: %s", strerror(errno));
		if (!first)
			first = pid;
		last = pid;
		count.all++;
		if (l->shared->err)
			count_error(l->shared->err);
		else if (status)
			count.bad++;
		else
			count.ok++;
	}
	printf("execs=%lu ok=%lu failed=%lu badexit=%lu first_errno=%d pid=%d first_child=%d "
	       "last_child=%d%s", count.all, count.ok, count.failed, count.bad,
	       count.first_errno, getpid(), first, last, more);
	if (l->shared->tid)
		printf(" tid=%d", l->shared->tid);
	bad = finish();
	if (want_fail && !opt.expect)
		bad = count.failed != count.all || count.errs[count.first_errno] != count.all;
	return bad;
}

static const struct {
	const char *name;
	pid_t (*spawn)(struct launch *l);
	int (*exec)(struct launch *l);
} exec_kinds[] = {
	{ "exec",	spawn_fork,	exec_plain },
	{ "execfail",	spawn_fork,	exec_plain },
	{ "execat",	spawn_fork,	exec_at },
	{ "fexec",	spawn_fork,	exec_fd },
	{ "vexec",	spawn_vfork,	exec_plain },
	{ "exec32",	spawn_fork,	exec_32 },
	{ "threadexec",	spawn_thread,	exec_plain },
};

static int run_exec(const struct command *cmd, int argc, char **argv)
{
	int want_fail = !strcmp(cmd->name, "execfail");
	struct launch l = { 0 };
	const char *why, *more = "";
	unsigned long n = 1;
	size_t i;

	for (i = 0; strcmp(cmd->name, exec_kinds[i].name); i++)
		;
	l.spawn = exec_kinds[i].spawn;
	l.exec = exec_kinds[i].exec;
	if (l.spawn != spawn_thread) {
		n = number(argv[0], "count");
		argc--;
		argv++;
	}
	why = exec_setup(&l, argc, argv, want_fail ? CONST_MISSING : CONST_TRUE);
	if (why)
		return skip(why);
	if (l.exec == exec_fd) {
		l.fd = syscall(SYS_openat, AT_FDCWD, l.path, O_PATH | O_CLOEXEC, 0);
		if (l.fd < 0)
			fail(1, "%s: %s", l.path, strerror(errno));
		more = " progopens=1";
	}
	start();
	return exec_many(&l, n, want_fail, more);
}

static int run_args(const struct command *cmd, int argc, char **argv)
{
	unsigned long i, n, len;
	struct launch l = { .spawn = spawn_fork, .exec = exec_plain };
	char self[4096], more[64], **args;
	ssize_t r;

	(void)cmd;
	(void)argc;
	if (opt.consts)
		fail(2, "-C is not for this");
	n = number(argv[0], "count");
	len = number(argv[1], "length");
	if (n > 1000000 || len > 1 << 20)
		fail(2, "too much");
	r = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (r < 0)
		fail(1, "/proc/self/exe: %s", strerror(errno));
	self[r] = '\0';
	args = calloc(n + 4, sizeof(*args));
	if (!args)
		fail(1, "no memory");
	args[0] = self;
	args[1] = "exit";
	args[2] = "0";
	for (i = 0; i < n; i++) {
		args[3 + i] = malloc(len + 1);
		if (!args[3 + i])
			fail(1, "no memory");
		memset(args[3 + i], 'a' + i % 26, len);
		args[3 + i][len] = '\0';
	}
	exec_setup(&l, n + 3, args, 0);
	start();
	snprintf(more, sizeof(more), " argc=%lu extra=%lu length=%lu", n + 3, n, len);
	return exec_many(&l, 1, 0, more);
}

/* ---- block I/O ---- */

static int open_io(const char *path, int flags, unsigned long *size, unsigned long *sector)
{
	struct stat st;
	off_t end;
	int fd, ss;

	fd = open(path, flags | O_CLOEXEC, 0644);
	if (fd < 0 || fstat(fd, &st))
		fail(1, "%s: %s", path, strerror(errno));
	*sector = 4096;
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(fd, BLKSSZGET, &ss))
			fail(1, "%s: BLKSSZGET: %s", path, strerror(errno));
		*sector = ss;
	}
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		fail(1, "%s: lseek: %s", path, strerror(errno));
	*size = end;
	return fd;
}

static void *io_buffer(unsigned long size)
{
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		 -1, 0);
	if (p == MAP_FAILED)
		fail(1, "mmap: %s", strerror(errno));
	memset(p, 0xa5, size);
	return p;
}

static uint64_t next_random(void)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void count_io(ssize_t ret, unsigned long size)
{
	count.all++;
	if (ret == (ssize_t)size)
		count.ok++;
	else if (ret < 0)
		count_error(errno);
	else
		count.bad++;
}

static int io_finish(const char *what, unsigned long size, unsigned long syncs)
{
	printf("%s=%lu ok=%lu failed=%lu short=%lu first_errno=%d pid=%d size=%lu bytes=%lu "
	       "fsyncs=%lu", what, count.all, count.ok, count.failed, count.bad,
	       count.first_errno, getpid(), size, count.ok * size, syncs);
	return finish();
}

/* read, write and writesync */
static int run_io(const struct command *cmd, int argc, char **argv)
{
	unsigned long i, n, size, sector, end, blocks, syncs = 0;
	int fd, writing, syncing, random = 0;
	off_t pos;
	char *buf;

	writing = cmd->name[0] == 'w';
	syncing = !strcmp(cmd->name, "writesync");
	size = number(argv[1], "size");
	n = number(argv[2], "count");
	if (argc > 3) {
		random = !strcmp(argv[3], "rand");
		if (!random && strcmp(argv[3], "seq"))
			fail(2, "neither rand nor seq: %s", argv[3]);
	}
	if (!size || size % 512 || size > 1 << 30)
		fail(2, "bad size: %s", argv[1]);
	fd = open_io(argv[0], O_DIRECT | (writing ? O_WRONLY : O_RDONLY) |
		     (writing && opt.sync ? O_SYNC : 0), &end, &sector);
	blocks = end / size;
	if (!blocks)
		fail(1, "%s: is smaller than %lu bytes", argv[0], size);
	buf = io_buffer(size);
	start();
	for (i = 0; i < n; i++) {
		pace(i);
		pos = (random ? next_random() : i) % blocks * size;
		count_io(writing ? pwrite(fd, buf, size, pos) : pread(fd, buf, size, pos), size);
		if (syncing) {
			if (fsync(fd))
				fail(1, "%s: fsync: %s", argv[0], strerror(errno));
			syncs++;
		}
	}
	return io_finish(writing ? "writes" : "reads", size, syncs);
}

static int run_flush(const struct command *cmd, int argc, char **argv)
{
	unsigned long i, n, end, sector, syncs = 0;
	char *buf;
	int fd;

	(void)cmd;
	(void)argc;
	n = number(argv[1], "count");
	fd = open_io(argv[0], O_DIRECT | O_WRONLY | O_CREAT, &end, &sector);
	buf = io_buffer(sector);
	start();
	for (i = 0; i < n; i++) {
		pace(i);
		count_io(pwrite(fd, buf, sector, 0), sector);
		if (fsync(fd))
			fail(1, "%s: fsync: %s", argv[0], strerror(errno));
		syncs++;
	}
	return io_finish("writes", sector, syncs);
}

/* ---- the rest ---- */

static int run_exit(const struct command *cmd, int argc, char **argv)
{
	(void)cmd;
	(void)argc;
	exit(number(argv[0], "status") & 255);
}

/* What the options have prepared, done by another program. */
static int run_run(const struct command *cmd, int argc, char **argv)
{
	(void)cmd;
	(void)argc;
	start();
	execvp(argv[0], argv);
	fail(1, "%s: %s", argv[0], strerror(errno));
}

static int run_hang(const struct command *cmd, int argc, char **argv)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2 };
	struct timespec limit = { 0 };
	sigset_t set;
	size_t i;
	int sig;

	(void)cmd;
	if (argc)
		limit.tv_sec = number(argv[0], "number of seconds");
	/* Blocked and fetched, so that none can come between the line and the pause */
	sigemptyset(&set);
	for (i = 0; i < ARRAY_SIZE(sigs); i++)
		sigaddset(&set, sigs[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start();
	printf("ready pid=%d\n", getpid());
	fflush(stdout);
	do
		sig = argc ? sigtimedwait(&set, NULL, &limit) : sigwaitinfo(&set, NULL);
	while (sig < 0 && errno == EINTR);
	printf("signal=%d pid=%d\n", sig < 0 ? 0 : sig, getpid());
	return 0;
}

static const struct command commands[] = {
	{ "open", "KIND COUNT PATH [FLAGS [MODE]]",
	  "open and close PATH, KIND is open, openat, openat2 or creat", 3, 5, run_open },
	{ "openin", "DIR COUNT NAME [FLAGS [MODE]]",
	  "open DIR with O_PATH once, then NAME by openat", 3, 5, run_openin },
	{ "chdirin", "DIR COUNT NAME [FLAGS [MODE]]",
	  "change to DIR, then open NAME by openat", 3, 5, run_chdirin },
	{ "open32", "COUNT PATH [FLAGS [MODE]]",
	  "open by int $0x80 (x86_64)", 2, 4, run_open32 },
	{ "openat32", "COUNT PATH [FLAGS [MODE]]", "the same with openat", 2, 4, run_open32 },
	{ "creat32", "COUNT PATH [FLAGS [MODE]]", "the same with creat", 2, 4, run_open32 },
	{ "storm", "SECONDS PROCESSES PATH",
	  "each process opens PATH as fast as it can (-r: RATE is shared)", 3, 3, run_storm },
	{ "exec", "COUNT PROG [ARGS...]",
	  "fork and execve, every child must exit with 0", 1, -1, run_exec },
	{ "vexec", "COUNT PROG [ARGS...]", "vfork and execve", 1, -1, run_exec },
	{ "execat", "COUNT PROG [ARGS...]", "fork and execveat(AT_FDCWD, PROG)", 1, -1, run_exec },
	{ "fexec", "COUNT PROG [ARGS...]",
	  "fork and execveat(fd, \"\", AT_EMPTY_PATH), PROG opened once before", 1, -1,
	  run_exec },
	{ "exec32", "COUNT PROG [ARGS...]",
	  "fork and execve by int $0x80, no environment (x86_64)", 1, -1, run_exec },
	{ "execfail", "COUNT PATH [ARGS...]",
	  "fork and an execve which fails, always for the same reason", 1, -1, run_exec },
	{ "threadexec", "PROG [ARGS...]",
	  "fork, and a second thread of the child execs", 0, -1, run_exec },
	{ "args", "COUNT LENGTH",
	  "exec \"workload exit 0\" with COUNT more arguments of LENGTH bytes", 2, 2, run_args },
	{ "read", "FILE SIZE COUNT [rand|seq]", "O_DIRECT reads, wrapping around", 3, 4, run_io },
	{ "write", "FILE SIZE COUNT [rand|seq]", "O_DIRECT writes, inside FILE", 3, 4, run_io },
	{ "writesync", "FILE SIZE COUNT [rand|seq]", "the same, each with an fsync", 3, 4, run_io },
	{ "flush", "FILE COUNT",
	  "write the first sector (a file: 4096 bytes) and fsync", 2, 2, run_flush },
	{ "hang", "[SECONDS]", "print \"ready pid=N\", wait for HUP, INT, TERM or USR", 0, 1,
	  run_hang },
	{ "run", "PROG [ARGS...]", "exec PROG, with what the options say", 1, -1, run_run },
	{ "exit", "N [ANYTHING...]", "exit with N, silently", 1, -1, run_exit },
};

static void usage(FILE *f)
{
	size_t i;
	int n;

	fprintf(f,
		"usage: workload [OPTIONS] COMMAND [OPTIONS] ...\n"
		"  -n NAME   set the name (comm) of the process\n"
		"  -r RATE   at most RATE operations a second, evenly spaced\n"
		"  -c CPU    stay on this CPU\n"
		"  -g DIR    join this cgroup first (writes DIR/cgroup.procs)\n"
		"  -u UID    setuid to UID when prepared\n"
		"  -w FIFO   when prepared, wait for a byte from FIFO (\"-\": stdin)\n"
		"  -e ERRNO  every operation is meant to fail so (number or name, e.g. ENOENT)\n"
		"  -C        exec commands: constant arguments on pages that are not mapped\n"
		"            (PROG may be left out); -CC: the argv array too\n"
		"  -S        write, writesync: open with O_SYNC\n"
		"COUNT and SIZE may end in k or m; FLAGS: octal or O_A,O_B; MODE: octal\n"
		"exit status: 0 all as meant, 1 not so, 2 usage, 77 not possible here\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		n = fprintf(f, "  %s %s", commands[i].name, commands[i].args);
		fprintf(f, "%*s%s\n", n < 41 ? 41 - n : 1, "", commands[i].help);
	}
}

/* Called once for the options before the command and once for those after it */
static int options(int argc, char **argv)
{
	int c;

	optind = 0;
	while ((c = getopt(argc, argv, "+n:r:c:g:u:w:e:CSh")) != -1) {
		switch (c) {
		case 'n':
			opt.comm = optarg;
			break;
		case 'r':
			opt.rate = number(optarg, "rate");
			if (!opt.rate)
				fail(2, "bad rate: %s", optarg);
			break;
		case 'c':
			opt.cpu = number(optarg, "cpu");
			if (opt.cpu < 0 || opt.cpu >= CPU_SETSIZE)
				fail(2, "bad cpu: %s", optarg);
			break;
		case 'g':
			opt.cgroup = optarg;
			break;
		case 'u':
			opt.uid = number(optarg, "uid");
			break;
		case 'w':
			opt.fifo = optarg;
			break;
		case 'e':
			opt.expect = errno_number(optarg);
			break;
		case 'C':
			opt.consts++;
			break;
		case 'S':
			opt.sync = 1;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	const struct command *cmd = NULL;
	const char *base;
	size_t i;
	int n, ret;

	/* -C may run this program itself */
	base = argv[0] ? strrchr(argv[0], '/') : NULL;
	base = base ? base + 1 : argv[0];
	if (base && !strcmp(base, CONST_NAME))
		return 0;

	n = options(argc, argv);
	argc -= n;
	argv += n;
	if (argc < 1) {
		usage(stderr);
		return 2;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			cmd = &commands[i];
	if (!cmd)
		fail(2, "unknown command: %s", argv[0]);
	n = options(argc, argv);
	argc -= n;
	argv += n;
	if (argc < cmd->min || (cmd->max >= 0 && argc > cmd->max))
		fail(2, "usage: workload %s %s", cmd->name, cmd->args);
	signal(SIGCHLD, SIG_DFL);
	prepare();
	ret = cmd->run(cmd, argc, argv);
	if (fflush(stdout) || ferror(stdout))
		fail(1, "stdout: %s", strerror(errno));
	return ret;
}
