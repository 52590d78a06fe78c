/* Symbols: the kernel's from /proc/kallsyms, which is read once and on first use; those of
 * processes from the files that they have mapped. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Address of a kernel symbol, 0 if there is none. Addresses are 0 too where the kernel hides them;
 * such symbols count as having address 1. */
uint64_t ksym_addr(const char *name);

/* Whether there is a list of kernel symbols at all. */
bool ksym_known(void);

struct usym {
	const char *name;               /* NULL unknown */
	const char *module;             /* base name of the file, NULL if none is mapped there */
	uint64_t offset;                /* in the symbol, or in the file if there is none */
};

/* What is at ADDR in process PID; valid until the next call. Files are kept, mappings are read anew
 * each time: the process may have called dlopen() or exec since. */
struct usym usym(uint32_t pid, uint64_t addr);

/* One mapping of /proc/PID/maps. */
struct mapping {
	uint64_t begin, end, file_offset, inode;
	uint32_t dev;
	const char *path;               /* points into the line; "" if there is none */
};

/* Takes a line apart, without its newline; false if it is none or cannot be executed. */
bool parse_mapping(char *line, struct mapping *to);

/* Takes a line of /proc/kallsyms apart; NAME points into it. */
bool parse_kallsym(char *line, uint64_t *addr, const char **name);
