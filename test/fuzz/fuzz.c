// SPDX-License-Identifier: GPL-2.0-only
/* fuzz [-s SEED] [-n INPUTS] [PARSER...]: gives parsers broken input and writes TAP. The inputs
 * come from the seed alone, so a run can be repeated.
 * fuzz -x HEX PARSER: one input again, as a failure prints it. */
#include <ctype.h>
#include <math.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "clock.h"
#include "disk.h"
#include "elfsym.h"
#include "json.h"
#include "names.h"
#include "out.h"
#include "pattern.h"
#include "sym.h"
#include "symtab.h"
#include "tool.h"
#include "unit.h"
#include "util.h"

#define SIZE_MAX_INPUT 8192
#define SLOW 10                         /* seconds for one input */

struct bytes {
	const void *data;
	size_t size;
};

/* The input under way, for the report. */
static const char *parser_name;
static unsigned char input[SIZE_MAX_INPUT];
static size_t input_size;
static bool running;

static uint64_t first_seed = 181, random_state;

static uint64_t random_bits(void)
{
	/* Marsaglia's xorshift64*; never 0. */
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717ULL;
}

static size_t random_below(size_t n)
{
	return n ? (random_bits() >> 32) % n : 0;
}

static void report(void)
{
	size_t i;

	if (!running)
		return;
	running = false;
	printf("# fuzz -s %llu %s fails on this input; to repeat it:\n# fuzz -x ",
	       (unsigned long long)first_seed, parser_name);
	for (i = 0; i < input_size; i++)
		printf("%02x", input[i]);
	printf(" %s\nnot ok - fuzz %s\n", parser_name, parser_name);
	fflush(stdout);
}

static void too_slow(int sig)
{
	static const char text[] = "# this input takes too long\n";

	if (write(STDOUT_FILENO, text, sizeof(text) - 1) > 0)
		report();
	_exit(EXIT_FAILURE);
}

#define check(what) do {						\
	if (!(what)) {							\
		printf("# %s:%d: %s is not so\n", __FILE__, __LINE__, #what); \
		exit(EXIT_FAILURE);     /* report() is called on the way */ \
	}								\
} while (0)

/* The parsers. Each gets an input of exactly its size on the heap; those of text, one that ends
 * with a NUL. */

static const int64_t instants[] = {
	-100000000000, -5000000000, -2147483649, -2147483648, -1, 0, 1, 951782400, 1700000000,
		1711846800,
	2147483647, 2147483648, 4294967296, 5000000000, 100000000000,
};

static void try_zone(struct zone *z, int64_t limit)
{
	size_t i;

	for (i = 0; z && i < ARRAY_SIZE(instants); i++)
		check(zone_offset(z, instants[i]) >= -limit &&
			zone_offset(z, instants[i]) <= limit);
	zone_free(z);
}

static void fuzz_tzif(char *data, size_t size)
{
	try_zone(zone_parse((unsigned char *)data, size), 1LL << 31);
}

static void fuzz_rule(char *text, size_t size)
{
	try_zone(zone_parse_rule(text), 168 * 3600);
}

static void fuzz_kallsyms(char *text, size_t size)
{
	uint64_t addr = size > 16 ? strtoull(text, NULL, 16) : 0;
	char *copy = malloc(size + 2);
	struct sym s;

	/* What it knows is within the text, which it has taken. */
	strcpy(copy, text);
	strcat(copy, "\n");
	ksym_take(copy);
	s = ksym(addr + 1);
	check(!s.name == !s.module && s.offset <= addr + 1);
	check(!s.name || (*s.name && !strpbrk(s.name, "\t \n")));
	check(!s.name || !strpbrk(s.module, "]\n"));
	check(!s.name || ksym_addr(s.name));
	ksym_take(NULL);
}

static void fuzz_perf_map(char *text, size_t size)
{
	const struct symbol *s;
	struct symtab t;
	size_t i;

	symtab_from_perf_map(&t, memcpy(malloc(size + 1), text, size + 1));
	for (i = 0; i < t.count; i++) {
		check(t.list[i].name < t.names_size && t.names[t.list[i].name]);
		s = symtab_find(&t, t.list[i].addr);
		check(!s || t.list[i].addr - s->addr < s->size);
		check(!t.list[i].size || s);
	}
	symtab_free(&t);
}

static void fuzz_elf(char *data, size_t size)
{
	static int fd = -1;
	struct symtab t = {};
	char name[256];
	struct elf e;
	uint32_t crc;
	size_t i;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	check(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	if (!elf_open(&e, fd, 0, size))
		return;
	elf_symbols(&e, &t);
	symtab_finish(&t);
	for (i = 0; i < t.count; i++) {
		check(t.list[i].name < t.names_size);
		check(!i || t.list[i].addr > t.list[i - 1].addr);
	}
	symtab_free(&t);
	if (elf_debug_link(&e, name, &crc))
		check(*name && strlen(name) < sizeof(name) && !strchr(name, '/'));
}

static void fuzz_maps(char *text, size_t size)
{
	struct mapping m;

	if (!parse_mapping(text, &m))
		return;
	check(m.end > m.begin);
	check(m.path > text && m.path <= text + size);
	check(*m.path != ' ');
}

/* Expression, newline, text. Parentheses around an expression and an alternative that it has
 * already change nothing. */
static void fuzz_pattern(char *text, size_t size)
{
	char *line = strchr(text, '\n'), *longer;
	struct pattern *p, *q;
	bool in;

	if (!line)
		return;
	*line++ = 0;
	p = pattern_parse(text);
	if (!p)
		return;
	in = pattern_in(p, line);
	check(pattern_in(p, line) == in);
	longer = malloc(2 * size + 16);
	sprintf(longer, "(%s)", text);
	q = pattern_parse(longer);
	check(!q || pattern_in(q, line) == in);
	pattern_free(q);
	sprintf(longer, "(?:%s)|%s", text, text);
	q = pattern_parse(longer);
	check(!q || pattern_in(q, line) == in);
	pattern_free(q);
	free(longer);
	pattern_free(p);
}

/* What is taken for a number has nothing but digits and is that number. */
static void check_number(const char *text, bool taken, unsigned long long value,
	unsigned long long max)
{
	if (!taken)
		return;
	check(*text && strspn(text, "0123456789") == strlen(text));
	check(value == strtoull(text, NULL, 10));
	check(value <= max);
}

static void fuzz_args(char *text, size_t size)
{
	struct open_flags flags = {};
	unsigned long long number = 0;
	uint32_t u32 = 0;
	double secs = 0;
	long count = 0;
	bool taken;
	int n = 0;

	taken = parse_number(text, UINT64_MAX, &number);
	check_number(text, taken, number, UINT64_MAX);
	taken = as_pid(text, &u32);
	check_number(text, taken, u32, INT32_MAX);
	check(!taken || u32);
	taken = as_count(text, &count);
	check_number(text, taken, count, INT32_MAX);
	check(!taken || count);
	if (as_secs(text, &secs)) {
		check(secs >= 1e-3 && secs <= 1e9);
		check(strspn(text, "0123456789.") == strlen(text));
		check(fabs(secs - strtod(text, NULL)) <= 1e-9 * secs);
	}
	if (as_uid(text, &u32))
		check(u32 != UINT32_MAX && !strpbrk(text, ":\n"));
	if (as_errno(text, &n))
		check(n > 0 && n < 4096);
	if (as_signal(text, &n))
		check(n >= 0 && n <= 64);
	if (as_open_flag(text, &flags))
		check(!strncmp(text, "O_", 2) && flags.given);
	if (as_disk(text, &u32))
		check(!strchr(text, '\n') && u32);
}

static struct bytes to_print;

static void print_json(void *context)
{
	json_begin("fuzz", 0);
	json_key("value");
	json_chars(to_print.data, to_print.size);
	json_key("after");
	json_bool(true);
	json_end();
}

static void print_safe(void *context)
{
	out_safe(to_print.data, to_print.size);
}

/* Whatever the bytes are, the line is JSON in UTF-8, and what people get cannot move the cursor. */
static void fuzz_json(char *data, size_t size)
{
	char *text, *value;
	size_t i;

	to_print = (struct bytes){ data, size };
	text = captured(print_json, NULL);
	check(json_lines(text) == 1);
	value = json_get(text, "after");
	check(value && !strcmp(value, "true"));
	free(value);
	free(text);
	text = captured(print_safe, NULL);
	for (i = 0; text[i]; i++)
		check((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	free(text);
}

/* Seeds, and the parts that inputs are made of; each up to a NULL. */

static const char *const zone_files[] = {
	"/usr/share/zoneinfo/Europe/Berlin", "/usr/share/zoneinfo/Asia/Tokyo",
	"/usr/share/zoneinfo/Africa/Casablanca",
	"/usr/share/zoneinfo/America/Godthab", "/usr/share/zoneinfo/UTC", NULL,
};
static const char *const rules[] = {
	"CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EST5EDT",
	"AAA3BBB,J60/0,J300",
	"AAA-3:30:15BBB-4:30,59/2,299/2:30:10", "IST-2IDT,M3.4.4/26,M10.5.0", "EST5EDT,0/0,J365/25",
	NULL,
};
static const char *const rule_parts[] = {
	"<", ">", "-", "+", "/", ",", "M", "J", ".", ":", "0", "365", "366", "167", "168",
	"99999999999", "M2.5.0", "/-167",
	NULL,
};
static const char *const kallsyms[] = {
	"ffffffff81000000 T _text", "ffffffffc0000000 t nfs_open\t[nfs]", "0000000000000000 d x",
	"ffffffff81000000 t __pfx_a\nffffffff81000010 T a\nffffffff81000010 W b\n"
	"ffffffff81000020 D c", NULL,
};
static const char *const perf_maps[] = {
	"7f1000 20 a\n7f1010 20 b\n7f1000 40 LazyCompile:~main /app/x.js:1\n",
	"0x7f1000 0x10 a", "ffffffffffffffff ffffffffffffffff a", NULL,
};
static const char *const no_seeds[] = { NULL };         /* but the file made for it */
static const char *const elf_parts[] = { "ELF", "\1\0\0", ".gnu_debuglink", "GNU", NULL };
static const char *const maps[] = {
	"55d0c0a00000-55d0c0a21000 r-xp 00002000 fe:01 1234                       /usr/bin/x",
	"7f0000000000-7f0000001000 rwxs 00000000 103:05 98765432109 /a b (deleted)",
	"7ffe1000-7ffe3000 r-xp 00000000 00:00 0                          [vdso]",
	"7f00-7f01 r-xp 00000000 00:00 0", NULL,
};
static const char *const line_parts[] = {
	" ", "  ", "\t", "-", ":", "ffffffffffffffffff", "0x", "r-xp", "T", "/", "[", NULL,
};
static const char *const patterns[] = {
	"^nginx(-[a-z]+)?$\nnginx-worker", "a{2,3}(b|c)*?[^d-f]\\d\naabbx5",
	"(a*)*(b|)+\\bx\\B.\\w{3}\nab xyyyz",
	"^/(etc|usr)/.*\\.conf$|[]^-]\\s+\n/etc/a.conf", "(((a|b){2}){3}|^$)\nababab", NULL,
};
static const char *const pattern_parts[] = {
	"(", ")", "(?:", "|", "*", "+", "?", "{2}", "{,3}", "{0,255}", "{255}", "{1,}", "[", "]",
	"[^", "-", "\\", "\\d", "\\W", "\\b",
	"^", "$", ".", "\n", "a", "{4294967297}", "[a-z]", "(a*)*", NULL,
};
static const char *const values[] = {
	"0", "1", "181", "4294967295", "4294967296", "18446744073709551615", "2147483647", "0.5",
	"10ms", "root", "daemon",
	"ENOENT", "SIGTERM", "KILL", "O_CREAT", "/dev/vda", "sda1", "99999999", ".001", NULL,
};
static const char *const value_parts[] = {
	"-", "+", ".", "e", "0x", "0", "00000000000000000000", "99999999999999999999", ":x", "SIG",
	"E", "O_", "/dev/", "inf", NULL,
};
static const char *const texts[] = {
	"plain", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\\\n\t\x01\x7f",
	"\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xff", NULL,
};
static const char *const text_parts[] = {
	"\xc3", "\xa9", "\xe2\x82", "\xf0", "\x80\x80", "\xed\xa0", "\xf4\x8f\xbf\xbf", "\xf8",
	"\"", "\\", "\x1f", "\x7f", "\xc0\x80", NULL,
};

/* A zone file of version 3 with three changes and a rule, for hosts without zone files. */
static const unsigned char zone_by_hand[] =
	"TZif3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
	"\0\0\0\0\0\0" "UTC\0"
	"TZif3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\2\0\0\0\10"
	"\xff\xff\xff\xff\x80\0\0\0" "\0\0\0\0\x10\0\0\0" "\0\0\0\0\x60\0\0\0" "\1\0\1"
	"\0\0\x0e\x10\0\0" "\0\0\x1c\x20\1\4" "CET\0CES\0" "\nCET-1CEST,M3.5.0,M10.5.0/3\n";

static const struct parser {
	const char *name;
	void (*run)(char *data, size_t size);
	bool text;                      /* gets a NUL behind it, and none within */
	const char *const *seeds, *const *parts;        /* without seeds: zone files */
	int weight;                     /* inputs, in a hundredth of -n */
} parsers[] = {
	{ "tzif", fuzz_tzif, false, NULL, rules, 100 },
	{ "rule", fuzz_rule, true, rules, rule_parts, 200 },
	{ "kallsyms", fuzz_kallsyms, true, kallsyms, line_parts, 50 },
	{ "maps", fuzz_maps, true, maps, line_parts, 200 },
	{ "perf-map", fuzz_perf_map, true, perf_maps, line_parts, 100 },
	{ "elf", fuzz_elf, false, no_seeds, elf_parts, 20 },
	{ "pattern", fuzz_pattern, true, patterns, pattern_parts, 100 },
	{ "args", fuzz_args, true, values, value_parts, 50 },
	{ "json", fuzz_json, false, texts, text_parts, 50 },
	{}
};

static const struct elf_function functions[] = {
	{ "alpha", 0, 0x10 }, { "beta", 0x8, 0x10 }, { "gamma", 0x20, 0 }, { "label", 0x24, 0, 0x20 },
};

#define SEEDS 32

static struct bytes seeds[SEEDS];
static size_t seed_count, part_count;

static void add_seed(const void *data, size_t size)
{
	if (data && seed_count < SEEDS && size < SIZE_MAX_INPUT)
		seeds[seed_count++] = (struct bytes){ exact_copy(data, size), size };
}

static void load_seeds(const struct parser *p)
{
	const char *const *s;
	size_t size;
	char *data;

	while (seed_count)
		free((void *)seeds[--seed_count].data);
	for (s = p->seeds; s && *s; s++)
		add_seed(*s, strlen(*s));
	if (!p->seeds)
		add_seed(zone_by_hand, sizeof(zone_by_hand) - 1);
	for (s = zone_files; !p->seeds && *s; s++) {
		data = read_file(*s, &size);
		add_seed(data, data ? size : 0);
		free(data);
	}
	if (p->run == fuzz_elf) {
		data = elf_image(functions, ARRAY_SIZE(functions), 0x40, 0xab, &size);
		add_seed(data, size);
		free(data);
	}
	for (part_count = 0; p->parts[part_count]; part_count++)
		;
}

/* Puts SIZE bytes in the place of OLD bytes at AT. */
static void replace(size_t at, size_t old, const void *data, size_t size)
{
	unsigned char copy[SIZE_MAX_INPUT];

	if (at + old > input_size || input_size - old + size > sizeof(input))
		return;
	memcpy(copy, data, size);
	memmove(input + at + size, input + at + old, input_size - at - old);
	memcpy(input + at, copy, size);
	input_size += size - old;
}

static void mutate(const struct parser *p)
{
	static const uint32_t numbers[] = { 0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 0xff,
		44 };
	size_t at = random_below(input_size + 1), n = random_below(16) + 1;
	const struct bytes *other = &seeds[random_below(seed_count)];
	unsigned char byte = random_bits() >> 40;
	uint32_t number;

	if (n > input_size - at)
		n = input_size - at;
	switch (random_below(9)) {
	case 0:
		if (at < input_size)
			input[at] ^= 1 << random_below(8);
		break;
	case 1:
		replace(at, n ? 1 : 0, &byte, 1);
		break;
	case 2:
		replace(at, 0, &byte, 1);
		break;
	case 3:
		replace(at, n, "", 0);
		break;
	case 4:
		replace(at, 0, input + at, n);
		break;
	case 5:
		input_size = at;
		break;
	case 6:
		/* In the order of the network, as in zone files; of little use to text. */
		number = __builtin_bswap32(numbers[random_below(ARRAY_SIZE(numbers))]);
		replace(at, n < 4 || p->text ? 0 : 4, &number, p->text ? 0 : 4);
		break;
	case 7:
		n = random_below(other->size + 1);
		replace(at, input_size - at, (const char *)other->data + n, other->size - n);
		break;
	default:
		n = random_below(part_count);
		replace(at, 0, p->parts[n], strlen(p->parts[n]));
	}
}

static void next_input(const struct parser *p)
{
	const struct bytes *from = &seeds[random_below(seed_count)];
	int changes = random_below(8);

	memcpy(input, from->data, from->size);
	input_size = from->size;
	while (changes--)
		mutate(p);
}

static void run_input(const struct parser *p)
{
	char *data;
	size_t i;

	for (i = 0; p->text && i < input_size; i++)
		input[i] = input[i] ? input[i] : ' ';
	data = malloc(input_size + 1);
	memcpy(data, input, input_size);
	/* Exactly as long as it is, so that a byte beyond it is noticed. */
	data[input_size] = 0;
	if (!p->text)
		data = realloc(data, input_size ? input_size : 1);
	running = true;
	p->run(data, input_size);
	running = false;
	free(data);
}

static void fuzz(const struct parser *p, int number, long inputs)
{
	long i, n = inputs * p->weight / 100;

	parser_name = p->name;
	load_seeds(p);
	random_state = first_seed * 0x9e3779b97f4a7c15ULL + (p - parsers) + 1;
	for (i = 0; i < n; i++) {
		/* The system call is not for each of them. */
		if (i % 64 == 0)
			alarm(SLOW);
		next_input(p);
		run_input(p);
	}
	alarm(0);
	printf("ok %d - fuzz %s, %ld inputs, seed %llu\n", number, p->name, n,
		(unsigned long long)first_seed);
}

static const struct parser *parser_named(const char *name)
{
	const struct parser *p;

	for (p = parsers; p->name && strcmp(p->name, name); p++)
		;
	if (!p->name)
		die("there is no parser %s", name);
	return p;
}

static void repeat(const char *hex, const char *name)
{
	const struct parser *p = parser_named(name);
	unsigned byte;

	parser_name = name;
	for (; sscanf(hex, "%2x", &byte) == 1 && input_size < sizeof(input); hex += 2)
		input[input_size++] = byte;
	alarm(SLOW);
	run_input(p);
	printf("1..1\nok 1 - fuzz %s, one input\n", name);
}

int main(int argc, char **argv)
{
	const char *hex = NULL;
	long inputs = 150000;
	int option, i;

	progname = "fuzz";
	while ((option = getopt(argc, argv, "s:n:x:")) != -1) {
		if (option == 's')
			first_seed = strtoull(optarg, NULL, 0);
		else if (option == 'n')
			inputs = strtol(optarg, NULL, 0);
		else if (option == 'x')
			hex = optarg;
		else
			return EXIT_USAGE;
	}
	setlinebuf(stdout);
	signal(SIGALRM, too_slow);
	__sanitizer_set_death_callback(report);
	atexit(report);
	if (hex && optind < argc) {
		repeat(hex, argv[optind]);
	} else if (optind < argc) {
		printf("1..%d\n", argc - optind);
		for (i = optind; i < argc; i++)
			fuzz(parser_named(argv[i]), i - optind + 1, inputs);
	} else {
		printf("1..%d\n", (int)ARRAY_SIZE(parsers) - 1);
		for (i = 0; parsers[i].name; i++)
			fuzz(&parsers[i], i + 1, inputs);
	}
	while (seed_count)
		free((void *)seeds[--seed_count].data);
	return EXIT_SUCCESS;
}
