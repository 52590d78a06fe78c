# make check-unit       the library's unit tests
# make check-asan       the same with the address and the undefined behaviour sanitizer
# make check-fuzz       the parsers with broken input, under the sanitizers too; FUZZ="-s 7 -n 1000"
#
# Each test program writes TAP; a "not ok" is added here for one that fails in any other way.

B    ?= build
WARN ?= -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
FUZZ ?=

UNIT_TESTS := $(patsubst test/unit/%.c,%,$(sort $(wildcard test/unit/test_*.c)))
# main() has its stand-in in test/unit/unit.c; unused.c is for the static program's linker.
UNIT_LIB   := $(filter-out lib/main.c lib/unused.c,$(wildcard lib/*.c))
UNIT_HELP  := unit fake objects examples pages
UNIT_FLAGS  = $(WARN) -g -O1 -D_GNU_SOURCE -Ilib -Ibpf -Itest/unit $(CPPFLAGS) -MMD -MP
UNIT_LIBS  := -lcmocka -lbpf -lelf -lz
UNIT_ASAN  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Functions that a test replaces by its own.
UNIT_WRAP_test_clock := clock_gettime
UNIT_WRAP_test_out   := clock_gettime
UNIT_WRAP_test_sym   := clock_gettime
UNIT_WRAP_test_histogram := bpf_map__fd bpf_map__key_size bpf_map__max_entries \
	bpf_map_get_next_key bpf_map_lookup_elem clock_gettime
UNIT_WRAP_test_containers := bpf_map__set_autocreate bpf_map__reuse_fd bpf_obj_get_info_by_fd \
	bpf_map__name bpf_preset

UNIT_TABLES   := objects examples pages

# Two tables for the tests of packing, and the pages as they are. In the first one a whole block of
# 8 holds only empty files.
UNIT_EMPTY    := 0 1 2 3 4 5 6 7
UNIT_PAGES    := $(wildcard lib/page/*)
UNIT_EXAMPLES := $(wildcard test/unit/*.[ch]) $(wildcard lib/*.h)

# pack frees nothing before it exits.
# $(call unit_rules,DIRECTORY,FLAGS)
define unit_rules
$1/%.o: %.c test/unit.mk
	@mkdir -p $$(@D)
	$$(CC) $$(UNIT_FLAGS) $2 -c $$< -o $$@

$1/all.a: $(UNIT_LIB:%.c=$1/%.o)
	@rm -f $$@
	ar rcs $$@ $$^

$1/pack: $1/lib/build/pack.o
	$$(CC) $2 $$(LDFLAGS) -o $$@ $$< -lz

$1/test/unit/objects.c: $1/pack lib/build/pack.c test/unit.mk
	@mkdir -p $$(@D)
	ASAN_OPTIONS=detect_leaks=0 $1/pack packed_objects \
		$(UNIT_EMPTY:%=empty%=/dev/null) last=lib/build/pack.c > $$@

$1/test/unit/examples.c: $1/pack test/unit.mk $(UNIT_EXAMPLES)
	@mkdir -p $$(@D)
	ASAN_OPTIONS=detect_leaks=0 $1/pack packed_examples \
		first=/dev/null $(foreach f,$(UNIT_EXAMPLES),$f=$f) /dev/null=/dev/null \
		$1/pack=$1/pack fake=test/unit.mk last=/dev/null > $$@

$1/test/unit/pages.c: $1/pack test/unit.mk $(UNIT_PAGES)
	@mkdir -p $$(@D)
	ASAN_OPTIONS=detect_leaks=0 $1/pack packed_pages $(foreach f,$(UNIT_PAGES),$(notdir $f)=$f) > $$@

$(UNIT_TABLES:%=$1/test/unit/%.o): $1/%.o: $1/%.c test/unit.mk
	$$(CC) $$(UNIT_FLAGS) $2 -c $$< -o $$@

$(foreach t,$(UNIT_TESTS),$1/$t): $1/%: $1/test/unit/%.o $(UNIT_HELP:%=$1/test/unit/%.o) $1/all.a
	$$(CC) $2 $$(LDFLAGS) -o $$@ $$^ $$(UNIT_WRAP_$$*:%=-Wl,--wrap=%) $(UNIT_LIBS)

$1/fuzz: $1/test/fuzz/fuzz.o $(UNIT_HELP:%=$1/test/unit/%.o) $1/all.a
	$$(CC) $2 $$(LDFLAGS) -o $$@ $$^ $(UNIT_LIBS) -lm

-include $$(wildcard $1/lib/*.d $1/test/*/*.d)
endef

$(eval $(call unit_rules,$B/unit,))
$(eval $(call unit_rules,$B/unit-asan,$(UNIT_ASAN)))

# cmocka 1.1.5 writes "not ok 3 # SKIP", which TAP calls a failure.
define unit_run
	@failed=0; for t in $(1); do \
		echo "# $$t"; \
		$$t > $$t.tap 2> $$t.err; status=$$?; \
		sed 's/^not ok \([0-9]* # SKIP\)/ok \1/' $$t.tap; \
		if [ $$status != 0 ]; then \
			failed=1; sed 's/^/# /' $$t.err; \
			grep -q '^not ok [0-9]* - ' $$t.tap || \
				echo "not ok - $$t ended with status $$status"; \
		fi; \
	done; exit $$failed
endef

check-unit: $(UNIT_TESTS:%=$B/unit/%)
	$(call unit_run,$^)

check-asan: $(UNIT_TESTS:%=$B/unit-asan/%)
	$(call unit_run,$^)

check-fuzz: $B/unit-asan/fuzz
	$B/unit-asan/fuzz $(FUZZ)

.PHONY: check-unit check-asan check-fuzz
.SECONDARY: $(foreach d,unit unit-asan,$(UNIT_HELP:%=$B/$d/test/unit/%.o))
