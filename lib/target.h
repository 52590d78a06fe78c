/* Where uprobes go: functions in the files that processes have mapped, which need not be those that
 * one finds by their paths. They may be in a container, deleted since, or loaded by other programs
 * than this one, which is static and maps none.
 *
 *   static struct probe probes[] = { { "SSL_read" }, { "SSL_write" }, {} };
 *   static bool wanted(const char *name) { return !strncmp(name, "libssl.so", 9); }
 *   static void found(int fd, const char *path) { target_probe(fd, probes, 0); }
 *   ...
 *   probes[0].enter = s->progs.read_enter; ...
 *   target_prepare(probes);
 *   bpf_load(s);
 *   target_watch(wanted, found);
 *   target_scan(0, wanted, found);
 *   bpf_start(s);
 */
#pragma once
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether a file is worth a look, by the last part of its path; " (deleted)" may stand behind
 * it. */
typedef bool target_wanted(const char *name);

/* Gets each file once, open for reading. PATH is what its process calls it. */
typedef void target_found(int fd, const char *path);

/* The files that PID has mapped as programs or libraries; 0: all processes but this one. False if
 * there is no such process. */
bool target_scan(uint32_t pid, target_wanted *, target_found *);

/* A file by its path as seen from here; nothing if it is not there. */
void target_path(const char *path, target_found *);

/* The same for what any process maps from now on. It is looked for between the batches of
 * bpf_events(); a tool without it calls target_look() now and then. Says so when that cannot be. */
void target_watch(target_wanted *, target_found *);
void target_look(void);

/* A function and the programs (SEC("uprobe")) that run when it is called and when it returns; each
 * of them may be NULL, and has to do with less than 64 bytes of stack (why, says
 * bpf/gethostlatency.bpf.c). An array of them ends with {}. */
struct probe {
	const char *func;
	struct bpf_program *enter, *leave;
};

/* Between bpf_open() and bpf_load(): these programs will be attached here. Ends the program if the
 * kernel has no uprobes. */
void target_prepare(const struct probe *);

/* Where a function is in a file: at OFFSET, of the FUNC-th probe. */
struct place {
	int func;
	uint64_t offset;
};

/* The places of the probes' functions, MAX at most; one for each address of several versions of a
 * symbol. -1 if the file is no ELF file for this machine. */
int target_places(int fd, const struct probe *, struct place *, int max);

/* Attaches their programs. The number of places; 0 if the file has none of the functions, -1 as
 * above. PID: only in this process with all its threads, which costs the others nothing; 0: in all.
 * Ends the program if the kernel refuses, unless something is attached already. */
int target_probe(int fd, const struct probe *, uint32_t pid);

/* How many attachments there are. */
extern int target_count;

/* What a test puts in the place of "/proc". */
extern const char *target_proc;
