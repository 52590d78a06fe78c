// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "out.h"
#include "util.h"

const char *progname = "bpftools";

static void message(const char *fmt, va_list args, const char *end)
{
	char text[1024];
	int i, n;

	/* One write() for the line, so that lines of several programs do not mix. */
	n = snprintf(text, sizeof(text) - 1, "%s: ", progname);
	n += vsnprintf(text + n, sizeof(text) - 1 - n, fmt, args);
	if (n > (int)sizeof(text) - 2)
		n = sizeof(text) - 2;
	n += snprintf(text + n, sizeof(text) - n, "%s", end);
	if (n > (int)sizeof(text) - 2)
		n = sizeof(text) - 2;
	for (i = 0; i < n; i++) {
		/* Wrong words are repeated in messages, which are one line all the same. */
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = '?';
	}
	text[n++] = '\n';
	if (write(STDERR_FILENO, text, n) < 0)
		return;
}

void die(const char *fmt, ...)
{
	va_list args;

	out_flush();
	va_start(args, fmt);
	message(fmt, args, "");
	va_end(args);
	exit(EXIT_FAILURE);
}

void die_usage(const char *fmt, ...)
{
	char hint[64];
	va_list args;

	snprintf(hint, sizeof(hint), " (try %s --help)", progname);
	va_start(args, fmt);
	message(fmt, args, hint);
	va_end(args);
	exit(EXIT_USAGE);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(fmt, args, "");
	va_end(args);
}

void *xmalloc(size_t size)
{
	return xrealloc(NULL, size);
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		die("out of memory");
	return p;
}

char *xstrdup(const char *s)
{
	return strcpy(xmalloc(strlen(s) + 1), s);
}

char *read_file(const char *path, size_t *size)
{
	size_t len = 0, room = 4096;
	char *text;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	text = xmalloc(room);
	while ((n = read(fd, text + len, room - len - 1)) > 0) {
		len += n;
		if (room - len < 2) {
			room *= 2;
			text = xrealloc(text, room);
		}
	}
	close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	text[len] = 0;
	if (size)
		*size = len;
	return text;
}

long read_number(const char *path, long fallback)
{
	char *text = read_file(path, NULL), *end;
	long n;

	if (!text)
		return fallback;
	n = strtol(text, &end, 10);
	if (end == text)
		n = fallback;
	free(text);
	return n;
}

bool parse_number(const char *s, unsigned long long max, unsigned long long *to)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*to = strtoull(s, &end, 10);
	return !*end && !errno && *to <= max;
}
