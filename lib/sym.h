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

struct sym {
	const char *name;               /* NULL unknown */
	const char *module;             /* base name of the file; "kernel" or a kernel module's
					 * name; NULL if nothing is mapped there */
	uint64_t offset;                /* in the symbol, or in the file if there is none: its
					 * address there, as addr2line takes it, or if it is no
					 * ELF file, the distance from its begin; without a
					 * module, ADDR */
};

/* What is at ADDR in the kernel; valid until the end. Where the kernel hides its addresses this
 * says so once on stderr and finds nothing. What is loaded after the first use of this or of
 * ksym_addr() is not in the list. */
struct sym ksym(uint64_t addr);

/* What is at ADDR in process PID; valid until the next call. Its mappings are read anew when an
 * address is in none of those known, or when the process runs another program, and each second;
 * files are kept, up to a bound of memory. To be fast it looks at a process each 10 ms at most,
 * less often if looking takes long: so long it may miss what has just been loaded. Of a process
 * that has ended it knows what was asked for before. Code without a file is looked up in the
 * process's /tmp/perf-PID.map, which is its module then. */
struct sym usym(uint32_t pid, uint64_t addr);

/* One mapping of /proc/PID/maps. */
struct mapping {
	uint64_t begin, end, file_offset, inode;
	uint32_t dev;
	const char *path;               /* points into the line; "" if there is none */
};

/* Takes a line apart, without its newline; false if it is none or cannot be executed. */
bool parse_mapping(char *line, struct mapping *to);

/* Frees the list; the next question reads it anew, with what was loaded meanwhile, as our own
 * programs are. */
void ksym_done(void);

/* For tests: takes TEXT, from malloc(), for the content of /proc/kallsyms. */
void ksym_take(char *text);
