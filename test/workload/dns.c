// SPDX-License-Identifier: GPL-2.0-only
/* dns - look up host names a known number of times
 *
 *   dns [-n COMM] [-d MS] [-t THREADS] [-c] [-j] [-w] [-r ROOT] FUNCTION COUNT [HOST]
 *
 * FUNCTION is getaddrinfo, gethostbyname or gethostbyname2; HOST "-" is no host at all. A server of
 * its own answers, MS after each question, in a network and a mount namespace of their own, so that
 * nothing of the machine's is asked or changed.
 *
 * -c: the name is on a page that is not in memory when the function is called. -j: jumps out of the
 * first call from a signal handler. -w: waits for a line before the first call. -r:
 * in this directory, with the program /dns there.
 *
 * Prints one line of key=value words: the calls of all threads, the time of the shortest and of the
 * longest one in ns. Exit status 77 with skip=REASON if this machine cannot do it. Built with
 * several C libraries, and linked dynamically. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *function, *host = "probe.test";
static long count, delay, threads = 1;
static int cold, waits;
static volatile int jump;
static pthread_t main_thread;
static pthread_barrier_t together;
static sigjmp_buf out;

static void fail(const char *what)
{
	fprintf(stderr, "dns: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void skip(const char *what)
{
	printf("skip=%s:_%s\n", what, strerror(errno));
	exit(77);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		fail(path);
}

/* Both namespaces, with an /etc that has nothing but what resolvers read. */
static void isolate(const char *root, char **argv)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int s;

	if (!getenv("DNS_ISOLATED")) {
		if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			skip("namespaces");
		setenv("DNS_ISOLATED", "1", 1);
		s = socket(AF_INET, SOCK_DGRAM, 0);
		if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo))
			skip("loopback");
		close(s);
	}
	if (root) {
		if (chdir(root) || chroot("."))
			fail(root);
		execv("/dns", argv);
		fail("/dns");
	}
	if (mount("tmpfs", "/etc", "tmpfs", 0, NULL))
		skip("/etc");
	write_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:30\n");
	write_file("/etc/nsswitch.conf", "hosts: files dns\n");
	write_file("/etc/hosts", "127.0.0.1 localhost\n");
}

/* Answers every question for an A record with 192.0.2.7, every other one with nothing. */
static void *serve(void *arg)
{
	static const unsigned char answer[] = {
		0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 7
	};
	int s = (intptr_t)arg;
	struct sockaddr_in from;
	unsigned char m[512];
	socklen_t len;
	ssize_t n, end;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(s, m, sizeof(m) - sizeof(answer), 0, (struct sockaddr *)&from, &len);
		if (n < 17)
			continue;
		if (jump) {
			/* Now it waits for the answer, and no lock is held. */
			jump = 0;
			usleep(20000);
			pthread_kill(main_thread, SIGALRM);
			continue;
		}
		usleep(delay * 1000);
		for (end = 12; end < n && m[end]; end += m[end] + 1)
			;
		end += 5;
		m[2] = 0x84;                    /* an authoritative answer */
		m[3] = 0;
		memset(m + 6, 0, 6);            /* no other sections, EDNS's neither */
		if (end <= n && m[end - 3] == 1) {
			m[7] = 1;
			memcpy(m + end, answer, sizeof(answer));
			end += sizeof(answer);
		}
		sendto(s, m, end, 0, (struct sockaddr *)&from, len);
	}
	return NULL;
}

static void start_server(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53) };
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	pthread_t thread;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || bind(s, (void *)&at, sizeof(at)))
		skip("port_53");
	if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)s))
		fail("server");
}

static void look_up(const char *name)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;

	if (!strcmp(function, "getaddrinfo")) {
		if (!getaddrinfo(name, name ? NULL : "80", &hints, &found))
			freeaddrinfo(found);
	} else if (!strcmp(function, "gethostbyname")) {
		gethostbyname(name);
	} else {
		gethostbyname2(name, AF_INET);
	}
}

/* The name on a page of a file that no page table refers to. */
static const char *cold_name(void)
{
	static __thread char *page;   /* for other threads would drop it */
	FILE *f;

	if (!page) {
		f = tmpfile();
		if (!f || fputs(host, f) < 0 || fflush(f))
			fail("temporary file");
		page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fileno(f), 0);
		if (page == MAP_FAILED)
			fail("mmap");
	}
	madvise(page, 4096, MADV_DONTNEED);
	return page;
}

static void on_alarm(int sig)
{
	siglongjmp(out, 1);
}

struct times {
	uint64_t shortest, longest;
};

static void *calls(void *arg)
{
	struct times *t = arg;
	uint64_t took;
	long i;

	t->shortest = -1;
	pthread_barrier_wait(&together);
	for (i = 0; i < count; i++) {
		const char *name = !strcmp(host, "-") ? NULL : cold ? cold_name() : host;

		took = now();
		look_up(name);
		took = now() - took;
		t->shortest = took < t->shortest ? took : t->shortest;
		t->longest = took > t->longest ? took : t->longest;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct times times[64] = {}, all = { -1, 0 };
	const char *root = NULL, *name = "dns";
	pthread_t thread[64];
	char **rest = argv;
	int c, i;

	while ((c = getopt(argc, argv, "n:d:t:cjwr:")) != -1) {
		switch (c) {
		case 'n': name = optarg; break;
		case 'd': delay = atol(optarg); break;
		case 't': threads = atol(optarg); break;
		case 'c': cold = 1; break;
		case 'j': jump = 1; break;
		case 'w': waits = 1; break;
		case 'r': root = optarg; break;
		default: return 2;
		}
		/* What comes behind -r ROOT goes to the program there. */
		if (c == 'r') {
			rest = argv + optind - 1;
			break;
		}
	}
	if (!root && argc - optind < 2)
		return 2;
	isolate(root, rest);
	function = argv[optind];
	count = atol(argv[optind + 1]);
	if (argc - optind > 2)
		host = argv[optind + 2];
	if (threads < 1 || threads > 64)
		return 2;
	prctl(PR_SET_NAME, name);
	if (waits && getchar() == EOF)
		return 1;
	main_thread = pthread_self();
	start_server();
	if (jump) {
		signal(SIGALRM, on_alarm);
		if (!sigsetjmp(out, 1)) {
			look_up("never.test");
			fail("no signal came");
		}
	}
	pthread_barrier_init(&together, NULL, threads);
	for (i = 1; i < threads; i++) {
		if (pthread_create(&thread[i], NULL, calls, &times[i]))
			fail("thread");
	}
	calls(&times[0]);
	for (i = 0; i < threads; i++) {
		if (i)
			pthread_join(thread[i], NULL);
		all.shortest = times[i].shortest < all.shortest ? times[i].shortest : all.shortest;
		all.longest = times[i].longest > all.longest ? times[i].longest : all.longest;
	}
	printf("pid=%d calls=%ld shortest=%llu longest=%llu\n", getpid(), threads * count,
	       (unsigned long long)all.shortest, (unsigned long long)all.longest);
	return 0;
}
