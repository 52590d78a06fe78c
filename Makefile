# make                  build/bpftools, the one static binary
# make TOOLS="a b"      the same with only these tools;  EXAMPLES=0 leaves the examples out
# make deps             installs what the build needs and lacks
# make install          to DESTDIR and PREFIX;  make size: where the bytes are
# make check            tests that need no privileges;  make check-root: tools on this kernel
# make check-vm K=6.1   tools on that kernel in QEMU;  sudo make test: everything
# make man              renews the generated parts of man/*.8
# make demo             installs what is missing, builds, shows programs being started

B       := build
# bpftool and others are where only root looks.
export PATH := $(PATH):/usr/sbin:/sbin
CLANG   ?= clang
BPFTOOL ?= bpftool
STRIP   ?= strip
PREFIX  ?= /usr/local
EXAMPLES ?= 1
ARCH    ?= $(shell uname -m | sed 's/x86_64/x86/;s/aarch64/arm64/')
TRIPLE  := $(shell $(CC) -dumpmachine)

TOOLS   ?= $(sort $(basename $(notdir $(wildcard cmd/*.c))))
TOOLS   := $(sort $(TOOLS))
BPF     := $(patsubst bpf/%.bpf.c,%,$(wildcard $(TOOLS:%=bpf/%.bpf.c)))
SKEL    := $(BPF:%=$B/%.skel.h)
LIB     := $(patsubst lib/%.c,$B/lib/%.o,$(wildcard lib/*.c))
OBJ     := $(LIB) $(TOOLS:%=$B/cmd/%.o) $B/objects.o $B/examples.o $B/pages.o
PAGES   := $(wildcard lib/page/*)
EXAMPLE_FILES := $(if $(filter-out 0,$(EXAMPLES)),$(wildcard $(TOOLS:%=examples/%_example.txt)))

CFLAGS  ?= -Os
WARN    := -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
FLAGS    = $(WARN) $(CFLAGS) -ffunction-sections -fdata-sections \
	   -fno-asynchronous-unwind-tables -D_GNU_SOURCE -Ilib -Ibpf -I$B \
	   $(CPPFLAGS) -MMD -MP
BPFFLAGS := -g -O2 $(WARN) -target bpf -mcpu=v2 -D__TARGET_ARCH_$(ARCH) -I/usr/include/$(TRIPLE) \
	   -Ivmlinux -Ibpf -MMD -MP
# The distribution's libraries without their unwind tables (86 KB), which only C++, cancelled
# threads and debuggers read. The last three are those that the compiler links by itself.
LIBRARIES    := bpf elf z
CC_LIBRARIES := c gcc gcc_eh
STATIC  := -static -no-pie -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,--build-id=none

all: $B/bpftools

$B/bpftools: $B/bpftools.full
	$(STRIP) -s -R .comment -o $@ $<

$B/bpftools.full: $(OBJ) $(patsubst %,$B/lib%.a,$(LIBRARIES) $(CC_LIBRARIES))
	$(CC) $(STATIC) $(LDFLAGS) -Wl,-Map=$B/bpftools.map -L$B -o $@ $(OBJ) $(LIBRARIES:%=-l%)

# Without unwind tables.
$B/lib%.a:
	@mkdir -p $(@D)
	objcopy -R .eh_frame -R .rela.eh_frame $$($(CC) -print-file-name=$(@F)) $@

$B/lib/%.o: lib/%.c $B/flags | $B/tools.inc
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -c $< -o $@

$B/cmd/%.o: cmd/%.c $B/flags | $(SKEL)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -c $< -o $@

$B/objects.o $B/examples.o $B/pages.o: $B/%.o: $B/%.c $B/flags
	$(CC) $(FLAGS) -c $< -o $@

# The skeleton without its bytes, which are packed together; see lib/packed.h.
$B/%.skel.h: $B/%.bpf.o lib/build/skeleton.awk
	$(BPFTOOL) gen skeleton $< name $*_bpf | awk -f lib/build/skeleton.awk > $@

$B/%.bpf.o: $B/bpf/%.bpf.o $B/prune
	llvm-strip -g -o $@.stripped $<
	$(BPFTOOL) gen object $@ $@.stripped
	$B/prune $@
	rm $@.stripped

$B/bpf/%.bpf.o: bpf/%.bpf.c $B/flags
	@mkdir -p $(@D)
	$(CLANG) $(BPFFLAGS) -c $< -o $@

$B/objects.c: $B/pack $B/tools.inc $(BPF:%=$B/%.bpf.o)
	$B/pack packed_objects $(foreach t,$(BPF),$t_bpf=$B/$t.bpf.o) > $@

$B/examples.c: $B/pack $B/flags $(EXAMPLE_FILES)
	$B/pack packed_examples \
		$(foreach f,$(EXAMPLE_FILES),$(patsubst examples/%_example.txt,%,$f)=$f) > $@

$B/pages.c: $B/pack $(PAGES)
	$B/pack packed_pages $(foreach f,$(PAGES),$(notdir $f)=$f) > $@

$B/pack $B/prune: $B/%: lib/build/%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -O2 -o $@ $< -lbpf -lelf -lz

# The tools are the files in cmd/. This list and that of the flags are rewritten only when they
# change, and what depends on them is then made anew.
define record
	@mkdir -p $(@D)
	@printf '%s\n' $(1) | cmp -s - $@ || printf '%s\n' $(1) > $@
endef
$B/tools.inc: FORCE
	$(call record,$(patsubst %,'T(%)',$(TOOLS)))
$B/flags: FORCE
	$(call record,'$(CC) $(FLAGS) $(BPFFLAGS) $(EXAMPLE_FILES)')

# What is where.

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $B/bpftools $(DESTDIR)$(PREFIX)/bin/bpftools
	install -m 644 man/bpftools.8 $(wildcard $(TOOLS:%=man/%.8)) $(DESTDIR)$(PREFIX)/share/man/man8
	@# The other names of a tool lead to its page.
	$B/bpftools list | awk -v to=$(DESTDIR)$(PREFIX)/share/man/man8/ '$$1 != "also:" { tool = $$1; next } \
		{ for (i = 2; i <= NF; i++) print ".so man8/" tool ".8" > (to $$i ".8") }'
	$B/bpftools completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/bpftools
	$B/bpftools completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_bpftools
	$B/bpftools completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/bpftools.fish

size: all
	@awk -f lib/build/size.awk $B/bpftools.map
	@wc -c $B/bpftools $(BPF:%=$B/%.bpf.o)

man: all
	@for t in $(TOOLS); do \
		$B/bpftools man $$t | awk -f lib/build/man.awk - man/$$t.8 > $B/$$t.8 && \
		{ cmp -s $B/$$t.8 man/$$t.8 || cp $B/$$t.8 man/$$t.8; } || exit 1; \
	done

# What the build needs, by the names of four distributions. Only apt is run.
deps:
	@lib/build/deps.sh build

demo:
	@lib/build/deps.sh build
	@$(MAKE) --no-print-directory -s all
	@echo "New programs on this machine, for 20 seconds (build/bpftools execsnoop --duration 20)."
	@echo "Some come from here: date, uname and ls. Start others in another terminal."
	@(sleep 1; date; uname -a; ls) > /dev/null & $B/bpftools execsnoop --duration 20

# Tests.

# Programs that do what the tools shall see, one for each area of the system.
WORKLOADS := $(patsubst test/workload/%.c,$B/test/%,$(wildcard test/workload/*.c))
# dns also with another C library, if there is one, and with none to load.
MUSL    := $(if $(shell command -v musl-gcc),$B/test/dns-musl $B/test/dns-static)
HELPERS := $(patsubst %,$B/test/%,workload pinmap load flame) $(WORKLOADS) $(MUSL)
K       ?= 5.10 6.1 6.12 7.2
RUN     := test/all.sh

# With frame pointers, for the stacks that tests look for.
$B/test/workload $B/test/pinmap: $B/test/%: test/%.c
$(WORKLOADS): $B/test/%: test/workload/%.c
$B/test/workload $B/test/pinmap $(WORKLOADS): LINK := -static
$B/test/dns: LINK :=
$B/test/workload $B/test/pinmap $(WORKLOADS):
	@mkdir -p $(@D)
	$(CC) $(WARN) -O2 -g -fno-omit-frame-pointer $(LINK) -o $@ $<

$B/test/dns-static: LINK := -static
$(MUSL): test/workload/dns.c
	@mkdir -p $(@D)
	musl-gcc $(WARN) -O2 $(LINK) -o $@ $<

$B/test/load: test/load.c $(addprefix $B/,objects.o $(patsubst %,lib/%.o,packed util out json clock \
		args pattern loop btf unused))
	@mkdir -p $(@D)
	$(CC) $(WARN) -O2 -static -Ilib -D_GNU_SOURCE -o $@ $^ -lbpf -lelf -lz

$B/test/flame: test/flame.c $(addprefix $B/,pages.o objects.o $(patsubst %,lib/%.o,flame packed util \
		out json clock args pattern loop unused))
	@mkdir -p $(@D)
	$(CC) $(WARN) -O2 -static -Ilib -D_GNU_SOURCE -o $@ $^ -lbpf -lelf -lz

helpers: $(HELPERS)

# Each of these ends with a line "N passed, N failed, N skipped".
check: all helpers
	@$(RUN) unit asan fuzz cli build flame
check-root: all helpers
	@$(RUN) load tools
check-vm: all helpers
	@$(RUN) $(K:%=vm-%)
test:
	@lib/build/deps.sh build test
	@$(MAKE) --no-print-directory all helpers
	@$(RUN) unit asan fuzz cli build flame load tools lockdown $(K:%=vm-%)

-include test/unit.mk
-include $(wildcard $(OBJ:.o=.d) $(BPF:%=$B/bpf/%.bpf.d))
.SECONDARY: $(SKEL) $(BPF:%=$B/bpf/%.bpf.o)
.DELETE_ON_ERROR:
.PHONY: all install size man deps demo helpers check check-root check-vm test clean FORCE

clean:
	find $B -mindepth 1 -maxdepth 1 ! -name kernels ! -name apt -exec rm -rf {} +
