// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sym.h"
#include "util.h"

/* The text of /proc/kallsyms stays as it is, but for NULs behind names; of the table there
 * is only where each line begins. Its addresses have 16 digits, so their order is that of texts:
 *
 * ffffffff81000000 T _text
 * ffffffffc0000000 t nfs_open\t[nfs]
 */
#define DIGITS 16
#define LETTER (DIGITS + 1)
#define NAME (DIGITS + 3)

/* Farther behind a symbol's begin is nothing that belongs to it: no function is that long, and the
 * list has no sizes. */
#define KSYM_MAX (128 << 10)

static char *ktext;
static uint32_t *klines;
static size_t kline_count;
static bool ksorted, kread;

static bool take_line(char *line)
{
	char *end;

	if (strspn(line, "0123456789abcdef") != DIGITS || line[DIGITS] != ' ' ||
	    !isalpha((unsigned char)line[LETTER]) || line[LETTER + 1] != ' ')
		return false;
	end = line + NAME + strcspn(line + NAME, "\t ");
	if (*end) {
		*end++ = 0;
		/* That there is a module is noted where a blank was. */
		line[DIGITS] = *end;
		end[strcspn(end, "]")] = 0;
	}
	return line[NAME];
}

void ksym_take(char *text)
{
	char *line, *next;
	size_t room = 0;

	free(ktext);
	ktext = text;
	kline_count = 0;
	ksorted = false;
	for (line = text; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (!*next)
			break;          /* cut short */
		*next++ = 0;
		if (!take_line(line))
			continue;
		if (kline_count == room || !klines) {
			room = room ? 2 * room : 1 << 16;
			klines = xrealloc(klines, room * sizeof(*klines));
		}
		klines[kline_count++] = line - text;
	}
}

static void read_kallsyms(void)
{
	if (!kread && !ktext)
		ksym_take(read_file("/proc/kallsyms", NULL));
	kread = true;
}

void ksym_done(void)
{
	ksym_take(NULL);
	free(klines);
	klines = NULL;
	kread = false;
}

bool ksym_known(void)
{
	read_kallsyms();
	return kline_count;
}

uint64_t ksym_addr(const char *name)
{
	uint64_t addr;
	size_t i;

	read_kallsyms();
	for (i = 0; i < kline_count; i++) {
		if (strcmp(ktext + klines[i] + NAME, name))
			continue;
		addr = strtoull(ktext + klines[i], NULL, 16);
		return addr ? addr : 1;
	}
	return 0;
}

static int by_digits(const void *a, const void *b)
{
	return memcmp(ktext + *(const uint32_t *)a, ktext + *(const uint32_t *)b, DIGITS);
}

static void sort_ksyms(void)
{
	static bool warned;

	ksorted = true;
	read_kallsyms();
	if (kline_count)
		qsort(klines, kline_count, sizeof(*klines), by_digits);
	if (warned)
		return;
	warned = true;
	if (!kline_count)
		warn("kernel functions get no names: there is no /proc/kallsyms "
		     "(CONFIG_KALLSYMS=y)");
	else if (!strncmp(ktext + klines[kline_count - 1], "0000000000000000", DIGITS))
		warn("kernel functions get no names: their addresses are hidden "
		     "(needs CAP_SYSLOG and kernel.kptr_restrict of 0 or 1)");
	else
		warned = false;
}

/* How good the name of a line is; 0: not of a function. Data has symbols too, which end the
 * functions before it. */
static int ksym_rank(const char *line)
{
	const char *name = line + NAME;
	size_t underscores = strspn(name, "_");

	if (!strchr("tTwW", line[LETTER]) || !strcmp(name, "_etext") || !strcmp(name, "_einittext"))
		return 0;
	if (!strncmp(name, "__cfi_", 6) || !strncmp(name, "__pfx_", 6) || !strncmp(name, ".L", 2))
		return 1;
	return 2 + (underscores < 3 ? 3 - underscores : 0) +
		(line[LETTER] == 'T' ? 8 : line[LETTER] != 't' ? 4 : 0);
}

struct sym ksym(uint64_t addr)
{
	struct sym s = { .offset = addr };
	size_t low = 0, high, middle;
	const char *line, *best, *module;
	char digits[DIGITS + 1];
	uint64_t begin;

	if (!ksorted)
		sort_ksyms();
	snprintf(digits, sizeof(digits), "%016llx", (unsigned long long)addr);
	for (high = kline_count; low < high; ) {
		middle = (low + high) / 2;
		if (memcmp(ktext + klines[middle], digits, DIGITS) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return s;
	best = ktext + klines[low - 1];
	begin = strtoull(best, NULL, 16);
	if (!begin || addr - begin >= KSYM_MAX)
		return s;
	for (; low && !memcmp(line = ktext + klines[low - 1], best, DIGITS); low--) {
		if (ksym_rank(line) > ksym_rank(best))
			best = line;
	}
	if (!ksym_rank(best))
		return s;
	module = best[DIGITS] == '[' ? best + NAME + strlen(best + NAME) + 2 : "kernel";
	return (struct sym){ best + NAME, module, addr - begin };
}
