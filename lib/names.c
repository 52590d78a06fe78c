// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "names.h"
#include "util.h"

#define ERRNO_MAX 4095                  /* the kernel's MAX_ERRNO */

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);
	static char number[16];

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", err);
	return number;
}

const char *signal_name(int sig)
{
	static char name[24];
	const char *s = sigabbrev_np(sig);

	if (s)
		snprintf(name, sizeof(name), "SIG%s", s);
	else
		snprintf(name, sizeof(name), "%d", sig);
	return name;
}

bool as_errno(const char *arg, void *to)
{
	unsigned long long n;
	int i;

	if (parse_number(arg, ERRNO_MAX, &n)) {
		*(int *)to = n;
		return n > 0;
	}
	for (i = 1; i <= ERRNO_MAX; i++) {
		if (strerrorname_np(i) && !strcmp(strerrorname_np(i), arg)) {
			*(int *)to = i;
			return true;
		}
	}
	return false;
}

bool as_signal(const char *arg, void *to)
{
	unsigned long long n;
	int i;

	if (parse_number(arg, SIGRTMAX, &n)) {
		*(int *)to = n;
		return true;
	}
	if (!strncmp(arg, "SIG", 3))
		arg += 3;
	for (i = 1; i < NSIG; i++) {
		if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), arg)) {
			*(int *)to = i;
			return true;
		}
	}
	return false;
}

bool as_open_flag(const char *arg, void *to)
{
	static const struct {
		const char *name;
		uint32_t value;
	} flags[] = {
		{ "O_RDONLY", O_RDONLY }, { "O_WRONLY", O_WRONLY }, { "O_RDWR", O_RDWR },
		{ "O_APPEND", O_APPEND }, { "O_ASYNC", O_ASYNC }, { "O_CLOEXEC", O_CLOEXEC },
		{ "O_CREAT", O_CREAT }, { "O_DIRECT", O_DIRECT }, { "O_DIRECTORY", O_DIRECTORY },
		{ "O_DSYNC", O_DSYNC }, { "O_EXCL", O_EXCL }, { "O_NOATIME", O_NOATIME },
		{ "O_NOCTTY", O_NOCTTY }, { "O_NOFOLLOW", O_NOFOLLOW }, { "O_NDELAY", O_NDELAY },
		{ "O_NONBLOCK", O_NONBLOCK }, { "O_PATH", O_PATH }, { "O_RSYNC", O_RSYNC },
		{ "O_SYNC", O_SYNC }, { "O_TMPFILE", O_TMPFILE }, { "O_TRUNC", O_TRUNC },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!strcmp(flags[i].name, arg)) {
			((struct open_flags *)to)->mask |= flags[i].value;
			((struct open_flags *)to)->given = true;
			return true;
		}
	}
	return false;
}
