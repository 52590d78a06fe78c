/* What a tool is: one declaration from which the help, the man page's sections, the completion, the
 * text and the JSON all come. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "address.h"

struct opt {
	int key;                        /* short letter; 0 when there is only a name */
	const char *name;               /* long name; further spellings behind it, after blanks */
	const char *arg;                /* what the value is called; NULL for a switch */
	const char *help;               /* NULL: understood, but shown nowhere */
	/* Stores the value; false for "not a valid ARG". */
	bool (*parse)(const char *arg, void *to);
	void *to;
	const char *only;               /* names of the tool that have it; NULL: all of them */
};

enum type {
	T_BOOL, T_U8, T_U16, T_U32, T_U64, T_S8, T_S16, T_S32, T_S64, T_DOUBLE,
	T_ADDRESS,                      /* bpf/address.h */
	T_CHARS, T_STRING,
};

/* How a column's value looks in text; JSON has the plain value. */
enum how {
	PLAIN,
	OCT,                            /* zero-padded */
	HEX,
	SCALED,                         /* divided by .scale, rounded to .digits decimals */
	WHOLE,                          /* divided by .scale, the integer part */
	CLOCK,                          /* ns of CLOCK_MONOTONIC as the time of day */
	SINCE,                          /* the same as seconds since since_ns */
	PATH,                           /* as in bpf/path.h */
};

struct col {
	const char *head, *help;
	int16_t width;                  /* as in printf: negative aligns left; 0: the last column */
	uint16_t off, size;             /* \ filled in by COL(), */
	uint8_t type;                   /* / from the field: enum type */
	uint8_t how;                    /* enum how */
	uint8_t digits;                 /* CLOCK, SINCE, SCALED, double: decimals */
	bool cut;                       /* text is no longer than the column */
	bool tight;                     /* text has no blank behind the column */
	uint32_t scale;
	/* JSON: by default the head in lower snake case, no unit. An empty key: JSON has it not. */
	const char *key, *unit;
	const bool *show;               /* printed when NULL or true; JSON has it always */
	/* A negative number, a NULL string or no address do not apply: null in JSON, in text this,
	 * if it is given. */
	const char *none;
	const char *suffix;             /* text of a double has it behind the value, like "%" */
};

extern const bool never;                /* .show of columns that only JSON has */

/* An array of char has an address of a type of its own, a pointer has that of char **. */
#define TYPE_OF(field) _Generic(&(field),				\
	_Bool *: T_BOOL, unsigned char *: T_U8, signed char *: T_S8,	\
	unsigned short *: T_U16, short *: T_S16, unsigned *: T_U32, int *: T_S32, \
	unsigned long *: T_U64, unsigned long long *: T_U64,		\
	long *: T_S64, long long *: T_S64, double *: T_DOUBLE,		\
	struct address *: T_ADDRESS,					\
	char **: T_STRING, const char **: T_STRING, default: T_CHARS)

#define COL_OF(struct_, field, head, width, help)			\
	(head), (help), (width), offsetof(struct_, field), sizeof(((struct_ *)NULL)->field), \
	TYPE_OF(((struct_ *)NULL)->field)
#define COL(field, head, width, help) COL_OF(struct event, field, head, width, help)

/* The groups of the list; a tool belongs to one. */
enum group { PROCESSES, MEMORY, BLOCK_IO, FILES, NETWORK, APPLICATIONS, BY_HAND, GROUPS };
extern const char *const group_names[GROUPS];

struct tool {
	const char *name;
	enum group group;
	const char *summary;            /* one line */
	const struct opt *args;         /* positional arguments: .arg, and .help as "a valid ..." */
	const char *(*examples)[2];     /* command, what for; one at least, 76 columns */
	const struct opt *opts;
	const struct col *cols;         /* NULL: no rows, but histograms */
	/* What a histogram's keys are called, between blanks, "#" before those that are numbers. */
	const char *hist_keys;
	const char *stacks;             /* what the value of a stack is called: "count", "ns" */
	const char *frames;             /* a list of stack frames that rows have more */
	int (*run)(void);
	const char *aliases;            /* further names, between blanks */
};

extern const struct opt interval_count[];       /* [INTERVAL [COUNT]] of run */
#define FOREVER 99999999                /* seconds or times; what bcc's tools take for it */

/* This invocation; set before run() is called. */
extern struct run {
	const struct tool *tool;
	const char *name;               /* that of the tool, or the alias that it was called by */
	double interval, duration;      /* seconds; duration 0: no end */
	long count;                     /* of intervals */
	bool json, stats, kprobe, debug;
	bool csv;                       /* rows are values between commas */
	const char *btf;                /* kernel types from this file instead of the kernel */
} run;

#define OPT_DURATION(letter) \
	{ letter, "duration", "SECONDS", "Stop after this time", as_secs, &run.duration }

/* Reads the command line into the tool's destinations; ends the program when it is wrong. */
void parse_args(const struct tool *, int argc, char **argv);

/* Calls fn for each option that the tool shows by this name of it, its own first, then the common
 * ones. */
void each_opt(const struct tool *, const char *name, void (*fn)(const struct opt *, void *),
	      void *);

/* "[INTERVAL [COUNT]]" of a tool by this name of it, "" if it takes none; valid until the next
 * call. */
const char *args_usage(const struct tool *, const char *name);

/* The first of the names in an option's row, in a buffer that the next call overwrites. */
const char *opt_name(const struct opt *);
bool opt_has_name(const struct opt *, const char *name);

/* Whether WORD is among WORDS between blanks. */
bool is_word_of(const char *words, const char *word);

/* All tools, sorted by name, up to a NULL. */
extern const struct tool *const tools[];
const struct tool *find_tool(const char *name);

struct pids {
	uint32_t *list;
	int count;
};

/* Parsers of values. */
bool as_flag(const char *, void *to);           /* bool */
bool as_pid(const char *, void *to);            /* uint32_t > 0; nothing but a number */
bool as_pids(const char *, void *to);           /* struct pids; numbers between commas */
bool as_uid(const char *, void *to);            /* uint32_t; number or name, from /etc/passwd */
bool as_secs(const char *, void *to);           /* double > 0 */
bool as_ms(const char *, void *to);             /* uint64_t in ns; milliseconds, 0 and more */
bool as_count(const char *, void *to);          /* long > 0 */
bool as_str(const char *, void *to);            /* const char * */
bool as_rest(const char *, void *to);           /* char **: this and all the words after it */
bool as_pattern(const char *, void *to);        /* struct pattern *, see pattern.h */
