// SPDX-License-Identifier: GPL-2.0-only
/* tcp [OPTION...] COMMAND ARG...: TCP connections over the loopback device of which everything is
 * known. Each command says what it did in a line of key=value words; ports are as getsockname() has
 * them. Ends with status 77 and "skip=why" if this machine cannot do it.
 *
 *   -N       in a network namespace of its own, whose number is then netns=
 *   -w FIFO  waits for a line from there before it begins
 *   -g DIR   joins this cgroup
 *   -u UID   becomes this user
 *   -p PORT  the server's, instead of any
 *   -m       with sockets of MPTCP
 *   -s       this process is the server, a child the client; else the other way round
 *
 * FAMILY: 4, 6, mapped (an IPv6 socket connects to ::ffff:127.0.0.1) or dual (an IPv6 listener, a
 * client of IPv4). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool serve;                      /* -s */
static int server_port;                 /* -p */
static int protocol = IPPROTO_TCP;      /* -m */

#define CHECK(call) ({							\
	long result_ = (call);						\
	if (result_ < 0) {						\
		fprintf(stderr, "tcp: line %d: " #call ": %s\n", __LINE__, strerror(errno)); \
		exit(1);						\
	}								\
	result_; })

static void skip(const char *why)
{
	printf("skip=%s\n", why);
	exit(77);
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int port_of(const union address *a)
{
	return ntohs(a->any.sa_family == AF_INET ? a->v4.sin_port : a->v6.sin6_port);
}

static int local_port(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	CHECK(getsockname(fd, &a.any, &len));
	return port_of(&a);
}

static socklen_t size_of(const union address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

static union address make(const char *text, int port)
{
	union address a = {};

	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(port);
	} else if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) == 1) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(port);
	} else {
		fprintf(stderr, "tcp: no address: %s\n", text);
		exit(2);
	}
	return a;
}

static int tcp_socket(const union address *a)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	if (fd < 0 && errno == EAFNOSUPPORT)
		skip("no IPv6");
	if (fd < 0 && protocol != IPPROTO_TCP)
		skip("no MPTCP");
	return CHECK(fd);
}

/* Of a FAMILY: where the server listens, and to what the client connects. */
static union address server_side(const char *family)
{
	return make(*family == '6' ? "::1" : *family == 'd' ? "::" : "127.0.0.1", server_port);
}

static union address client_side(const char *family, int port)
{
	return make(*family == '6' ? "::1" : *family == 'm' ? "::ffff:127.0.0.1" : "127.0.0.1",
		    port);
}

/* A bound socket. */
static int bound(const char *family)
{
	union address a = server_side(family);
	int fd = tcp_socket(&a);

	if (bind(fd, &a.any, size_of(&a)) && errno == EADDRNOTAVAIL)
		skip("no IPv6 address on lo");
	return fd;
}

static int listener(const char *family)
{
	int fd = bound(family);

	CHECK(listen(fd, 64));
	return fd;
}

static int connect_to(const char *family, int port)
{
	union address a = client_side(family, port);
	int fd = tcp_socket(&a);

	CHECK(connect(fd, &a.any, size_of(&a)));
	return fd;
}

/* Everything up to the peer's end. */
static uint64_t drain(int fd)
{
	static char buf[1 << 16];
	uint64_t sum = 0;
	ssize_t n;

	while ((n = CHECK(read(fd, buf, sizeof(buf)))))
		sum += n;
	return sum;
}

/* Drops whatever comes in, without a trace. */
static void deaf(int fd, bool on)
{
	struct sock_filter nothing = { BPF_RET | BPF_K, 0, 0, 0 };
	struct sock_fprog filter = { 1, &nothing };
	int one = 1;

	if (on)
		CHECK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
	else
		CHECK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof(one)));
}

static unsigned retransmits(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_total_retrans;
}

/* Splits in two; true in the server. CHILD gets the other one's pid in the parent. */
static bool split(pid_t *child)
{
	fflush(stdout);
	*child = CHECK(fork());
	return serve ? *child : !*child;
}

/* Ends the half that is a child, and waits for it in the other one. */
static void join(pid_t child)
{
	int status;

	if (!child)
		_exit(0);
	CHECK(waitpid(child, &status, 0));
	if (status)
		exit(1);
}

static void say_pids(pid_t child)
{
	printf("client=%d server=%d ", serve ? child : getpid(), serve ? getpid() : child);
}

/* connect FAMILY N [accept]: N connections, one after the other, closed by the client first;
 * accepted by accept4(), or by accept(). */
static void cmd_connect(char **argv)
{
	int fd, i, n = atoi(argv[1]), listening = listener(argv[0]), port = local_port(listening);
	int pipes[2], first = 0, last = 0;
	pid_t child;

	CHECK(pipe(pipes));
	if (split(&child)) {
		prctl(PR_SET_NAME, "tcpserver");
		for (i = 0; i < n; i++) {
			if (argv[2])
				fd = CHECK(accept(listening, NULL, NULL));
			else
				fd = CHECK(accept4(listening, NULL, NULL, SOCK_CLOEXEC));
			drain(fd);
			close(fd);
		}
	} else {
		prctl(PR_SET_NAME, "tcpclient");
		for (i = 0; i < n; i++) {
			fd = connect_to(argv[0], port);
			last = local_port(fd);
			first = first ? first : last;
			close(fd);
		}
		CHECK(write(pipes[1], &first, sizeof(first)));
		CHECK(write(pipes[1], &last, sizeof(last)));
	}
	join(child);
	CHECK(read(pipes[0], &first, sizeof(first)));
	CHECK(read(pipes[0], &last, sizeof(last)));
	say_pids(child);
	printf("connects=%d port=%d first=%d last=%d\n", n, port, first, last);
}

/* unaccepted FAMILY N: established, but never taken from the queue; and accept() on a socket
 * without a queue, which fails. */
static void cmd_unaccepted(char **argv)
{
	int i, n = atoi(argv[1]), fd = listener(argv[0]), port = local_port(fd);

	for (i = 0; i < n; i++)
		connect_to(argv[0], port);
	close(fd);
	fd = listener(argv[0]);
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (accept(fd, NULL, NULL) != -1 || errno != EAGAIN)
		exit(1);
	printf("client=%d port=%d\n", getpid(), port);
}

/* refused FAMILY N: nobody listens there. */
static void cmd_refused(char **argv)
{
	int i, fd, n = atoi(argv[1]), port = local_port(bound(argv[0])), last = 0;
	union address a = client_side(argv[0], port);

	for (i = 0; i < n; i++) {
		fd = tcp_socket(&a);
		if (!connect(fd, &a.any, size_of(&a)) || errno != ECONNREFUSED)
			exit(1);
		close(fd);
	}
	printf("client=%d refused=%d port=%d last=%d\n", getpid(), n, port, last);
}

/* dead FAMILY N MS: non-blocking, to where SYNs are dropped; closed after MS. */
static void cmd_dead(char **argv)
{
	int i, fd, n = atoi(argv[1]), port, last = 0, listening = listener(argv[0]);
	union address a = client_side(argv[0], port = local_port(listening));

	deaf(listening, true);
	for (i = 0; i < n; i++) {
		fd = tcp_socket(&a);
		CHECK(fcntl(fd, F_SETFL, O_NONBLOCK));
		if (!connect(fd, &a.any, size_of(&a)) || errno != EINPROGRESS)
			exit(1);
		last = local_port(fd);
		sleep_ms(atoi(argv[2]));
		close(fd);
	}
	printf("client=%d dead=%d port=%d last=%d\n", getpid(), n, port, last);
}

/* unsent FAMILY N: fails in the kernel before anything is sent: no route (with -N only), and the
 * two ends are those of another connection. */
static void cmd_unsent(char **argv)
{
	int i, fd, n = atoi(argv[1]), one = 1, port, local, listening = listener(argv[0]);
	union address a = client_side(argv[0], port = local_port(listening)), from, none;

	fd = tcp_socket(&a);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	from = client_side(argv[0], 0);
	CHECK(bind(fd, &from.any, size_of(&from)));
	local = local_port(fd);
	from = client_side(argv[0], local);
	CHECK(connect(fd, &a.any, size_of(&a)));
	none = make(*argv[0] == '6' ? "2001:db8::1" : "198.51.100.1", port);
	for (i = 0; i < n; i++) {
		fd = tcp_socket(&a);
		CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
		CHECK(bind(fd, &from.any, size_of(&from)));
		if (!connect(fd, &a.any, size_of(&a)) || errno != EADDRNOTAVAIL)
			exit(1);
		close(fd);
		fd = tcp_socket(&none);
		CHECK(fcntl(fd, F_SETFL, O_NONBLOCK));
		if (!connect(fd, &none.any, size_of(&none)) ||
		    (errno != ENETUNREACH && errno != EINPROGRESS))
			exit(1);
		close(fd);
	}
	printf("client=%d unsent=%d port=%d\n", getpid(), n, port);
}

/* transfer FAMILY BYTES client|server|reset MS: the client sends so much, the two wait MS, this
 * one closes first; reset: the server, by a RST. The time is that from connect() to close(). */
static void cmd_transfer(char **argv)
{
	static char buf[1 << 16];
	uint64_t bytes = strtoull(argv[1], NULL, 10), left;
	int fd, listening = listener(argv[0]), port = local_port(listening), pipes[2], results[2];
	struct linger reset = { 1, 0 };
	double begin;
	pid_t child;
	ssize_t n;

	CHECK(pipe(pipes));
	if (split(&child)) {
		prctl(PR_SET_NAME, "tcpserver");
		fd = CHECK(accept(listening, NULL, NULL));
		if (*argv[2] == 'c') {
			drain(fd);
		} else {
			for (left = bytes; left; left -= n)
				n = CHECK(read(fd, buf, sizeof(buf)));
			sleep_ms(atoi(argv[3]));
			if (*argv[2] == 'r')
				CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
						 sizeof(reset)));
		}
		close(fd);
	} else {
		prctl(PR_SET_NAME, "tcpclient");
		begin = now_ms();
		fd = connect_to(argv[0], port);
		results[0] = local_port(fd);
		for (left = bytes; left; left -= n)
			n = CHECK(write(fd, buf, left < sizeof(buf) ? left : sizeof(buf)));
		if (*argv[2] == 'c')
			sleep_ms(atoi(argv[3]));
		else
			read(fd, buf, 1);
		results[1] = now_ms() - begin;
		close(fd);
		CHECK(write(pipes[1], results, sizeof(results)));
	}
	join(child);
	CHECK(read(pipes[0], results, sizeof(results)));
	say_pids(child);
	printf("port=%d last=%d ms=%d\n", port, results[0], results[1]);
}

/* retransmit FAMILY MS: 100 bytes that the receiver drops for so long. */
static void cmd_retransmit(char **argv)
{
	int listening = listener(argv[0]), port = local_port(listening), left = 1;
	int fd = connect_to(argv[0], port), peer = CHECK(accept(listening, NULL, NULL));
	char bytes[100] = {};

	deaf(peer, true);
	CHECK(write(fd, bytes, sizeof(bytes)));
	sleep_ms(atoi(argv[1]));
	deaf(peer, false);
	while (left) {
		sleep_ms(10);
		CHECK(ioctl(fd, SIOCOUTQ, &left));
	}
	printf("client=%d port=%d last=%d retransmits=%u\n", getpid(), port, local_port(fd),
	       retransmits(fd));
}

/* synretransmit FAMILY MS: a connection whose SYNs the listener drops for so long. */
static void cmd_synretransmit(char **argv)
{
	int listening = listener(argv[0]), port = local_port(listening), fd;
	union address a = client_side(argv[0], port);
	struct pollfd ready;

	deaf(listening, true);
	fd = tcp_socket(&a);
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (!connect(fd, &a.any, size_of(&a)) || errno != EINPROGRESS)
		exit(1);
	sleep_ms(atoi(argv[1]));
	deaf(listening, false);
	ready = (struct pollfd){ fd, POLLOUT, 0 };
	CHECK(poll(&ready, 1, 10000));
	printf("client=%d port=%d last=%d retransmits=%u\n", getpid(), port, local_port(fd),
	       retransmits(fd));
}

static size_t dns_name(unsigned char *to, const char *name)
{
	unsigned char *begin = to;
	size_t len;

	for (; *name; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		*to++ = len;
		memcpy(to, name, len);
		to += len;
	}
	*to++ = 0;
	return to - begin;
}

/* dns NAME IPV4 MS recv|recvfrom: asks a server, of its own at 127.0.0.1:53 by a connected or
 * another socket; connects to the answer at once and after MS again. Both are refused. */
static void cmd_dns(char **argv)
{
	union address server = make("127.0.0.1", 53), a = make(argv[1], 0), from;
	int serving = CHECK(socket(AF_INET, SOCK_DGRAM, 0)), asking, fd, port;
	static const unsigned char query[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	static const unsigned char answer[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4 };
	unsigned char message[512];
	socklen_t len = sizeof(from);
	size_t size;
	int i;

	if (bind(serving, &server.any, sizeof(server.v4)))
		skip("port 53 is taken");
	memcpy(message, query, sizeof(query));
	size = sizeof(query) + dns_name(message + sizeof(query), argv[0]);
	memcpy(message + size, "\0\1\0\1", 4);
	size += 4;
	asking = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	if (strcmp(argv[3], "recv")) {
		CHECK(sendto(asking, message, size, 0, &server.any, sizeof(server.v4)));
	} else {
		CHECK(connect(asking, &server.any, sizeof(server.v4)));
		CHECK(send(asking, message, size, 0));
	}
	size = CHECK(recvfrom(serving, message, sizeof(message), 0, &from.any, &len));
	message[2] |= 0x80;
	message[7] = 1;
	memcpy(message + size, answer, sizeof(answer));
	memcpy(message + size + sizeof(answer), &a.v4.sin_addr, 4);
	CHECK(sendto(serving, message, size + sizeof(answer) + 4, 0, &from.any, len));
	if (strcmp(argv[3], "recv"))
		CHECK(recvfrom(asking, message, sizeof(message), 0, NULL, NULL));
	else
		CHECK(recv(asking, message, sizeof(message), 0));
	port = local_port(bound("4"));
	a = make(argv[1], port);
	for (i = 0; i < 2; i++) {
		fd = tcp_socket(&a);
		if (!connect(fd, &a.any, size_of(&a)) || errno != ECONNREFUSED)
			exit(1);
		close(fd);
		if (!i)
			sleep_ms(atoi(argv[2]));
	}
	printf("client=%d port=%d\n", getpid(), port);
}

/* storm FAMILY SECONDS: connections as fast as one process can make them. */
static void cmd_storm(char **argv)
{
	int listening = listener(argv[0]), port = local_port(listening), fd, n = 0;
	struct linger reset = { 1, 0 };
	double end = now_ms() + 1000 * atof(argv[1]);

	for (; now_ms() < end; n++) {
		fd = connect_to(argv[0], port);
		/* Else ports would run out in TIME_WAIT. */
		CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)));
		close(CHECK(accept(listening, NULL, NULL)));
		close(fd);
	}
	printf("client=%d connects=%d port=%d\n", getpid(), n, port);
}

static const struct {
	const char *name;
	int args;
	void (*run)(char **argv);
} commands[] = {
	{ "connect", 2, cmd_connect }, { "unaccepted", 2, cmd_unaccepted },
	{ "refused", 2, cmd_refused }, { "dead", 3, cmd_dead }, { "unsent", 2, cmd_unsent },
	{ "transfer", 4, cmd_transfer }, { "retransmit", 2, cmd_retransmit },
	{ "synretransmit", 2, cmd_synretransmit }, { "dns", 4, cmd_dns },
	{ "storm", 2, cmd_storm },
};

static void own_namespace(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct stat st;
	int fd;

	if (unshare(CLONE_NEWNET))
		skip("no network namespaces");
	fd = CHECK(socket(AF_INET, SOCK_DGRAM, 0));
	CHECK(ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
	CHECK(stat("/proc/self/ns/net", &st));
	printf("netns=%lu ", (unsigned long)st.st_ino);
}

static void join_cgroup(const char *dir)
{
	char path[512], pid[16];
	int fd, n;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	n = snprintf(pid, sizeof(pid), "%d", getpid());
	fd = CHECK(open(path, O_WRONLY));
	CHECK(write(fd, pid, n));
	close(fd);
}

static void wait_for(const char *fifo)
{
	char c;
	int fd = CHECK(open(fifo, O_RDONLY));

	CHECK(read(fd, &c, 1));
	close(fd);
}

int main(int argc, char **argv)
{
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "+Nw:g:u:p:ms")) != -1) {
		switch (c) {
		case 'N': own_namespace(); break;
		case 'w': wait_for(optarg); break;
		case 'g': join_cgroup(optarg); break;
		case 'u': CHECK(setuid(atoi(optarg))); break;
		case 'p': server_port = atoi(optarg); break;
		case 'm': protocol = IPPROTO_MPTCP; break;
		case 's': serve = true; break;
		default: return 2;
		}
	}
	argv += optind;
	for (i = 0; argv[0] && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(argv[0], commands[i].name) || argc - optind - 1 < commands[i].args)
			continue;
		commands[i].run(argv + 1);
		return 0;
	}
	fprintf(stderr, "tcp: no such command\n");
	return 2;
}
