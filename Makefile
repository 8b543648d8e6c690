# pgtop-prod: GNU make, C11, pkg-config. `make help` says what there is.

PACKAGE   = pgtop-prod
VERSION   = 0.1.0
PREFIX   ?= /usr/local
BINDIR    = $(PREFIX)/bin
MANDIR    = $(PREFIX)/share/man
# Where each shell looks for completions; distributions have a place of their own for zsh's.
BASHDIR  ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR   ?= $(PREFIX)/share/zsh/site-functions
FISHDIR  ?= $(PREFIX)/share/fish/vendor_completions.d
DESTDIR  ?=
O        ?= build
JOBS     ?= 2
# Server tests mostly wait: for a second between two samples, for a server to stop.
WAITING  ?= 4

CC         ?= cc
AR         ?= ar
INSTALL    ?= install
PKG_CONFIG ?= pkg-config
PACKAGES    = ncursesw libpq jansson

CFLAGS   ?= -O2 -g
LDFLAGS  ?=
WARNINGS  = -Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough
HARDENING = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LINKING   = -pie -Wl,-z,relro,-z,now -Wl,--as-needed
WERROR   ?=

LIBRARY_SOURCES = $(wildcard collectors/*.c collectors/base/*.c collectors/server/*.c \
                    tui/panes/*.c tui/screen/*.c tui/demo/*.c tui/actions/*.c) \
                  $(filter-out tui/main.c $(GENERATORS:$(O)/%=tui/%.c),$(wildcard tui/*.c))
THEMES    = $(sort $(wildcard themes/*.json))
LIBRARY_OBJECTS = $(LIBRARY_SOURCES:%.c=$(O)/%.o) $(O)/themes.o
LIBRARY   = $(O)/lib$(PACKAGE).a
PROGRAM   = $(O)/$(PACKAGE)
# What writes the manual and the completions from the tables.
GENERATORS = $(O)/manual $(O)/completions

# Programs of the tests: one a file, linked with the library and with what tests/lib has in C.
TEST_SUPPORT  = $(patsubst %.c,$(O)/%.o,$(wildcard tests/lib/*.c))
UNIT_TESTS    = $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*.c))
SCREEN_TESTS  = $(patsubst %.c,$(O)/%,$(wildcard tests/screen/*.c))
SERVER_TESTS ?= tests/server
PICTURES      = $(O)/tests/pictures/pictures
TEST_PROGRAMS = $(PICTURES) $(UNIT_TESTS) $(SCREEN_TESTS) $(patsubst %.c,$(O)/%,$(wildcard tests/bench/*.c tests/tty/*.c tests/server/*.c))

# Asked once, and only when something is compiled: `make help` and the set-up need no libraries.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS   = $(eval PACKAGE_LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES)))$(PACKAGE_LIBS)
CMOCKA_CFLAGS  = $(eval CMOCKA_CFLAGS := $(shell $(PKG_CONFIG) --cflags cmocka))$(CMOCKA_CFLAGS)
CMOCKA_LIBS    = $(eval CMOCKA_LIBS := $(shell $(PKG_CONFIG) --libs cmocka))$(CMOCKA_LIBS)

DEFINES   = -D_GNU_SOURCE -DPGTOP_VERSION='"$(VERSION)"'
COMPILE   = $(CC) -std=c11 $(DEFINES) -I. $(CPPFLAGS) $(HARDENING) $(CFLAGS) $(WARNINGS) $(WERROR)

# What the tests are told: the program under test, where things were built and fetched. UNDER: what runs the program.
TEST_ENVIRONMENT = PGTOP='$(UNDER)$(abspath $(PROGRAM))' PGTOP_BUILD='$(abspath $(O))' LC_ALL=C.UTF-8 \
                   PGTOP_CACHE="$$(sh tests/lib/cache)"
UNDER    ?=
PROVE    ?= prove
PROVE_C   = CMOCKA_MESSAGE_OUTPUT=TAP $(TEST_ENVIRONMENT) $(PROVE) -j$(JOBS) -e '$(UNDER)'
PROVE_T   = $(PROVE) -Itests/lib -j$(WAITING)

.DEFAULT_GOAL = all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE help all install uninstall demo man pictures check check-all check-unit check-screen check-man check-completions check-pictures check-layers \
        check-server check-tty check-matrix check-asan check-valgrind lint bench dist check-dist deb setup clean packages tests

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  O=DIR: build there (build). PREFIX, DESTDIR: where to install. CFLAGS, WERROR=-Werror, JOBS (2), V=1."

all: $(PROGRAM) $(GENERATORS) ## the program

# --- building -------------------------------------------------------------------------------------------------------

packages:
	@$(PKG_CONFIG) --exists --print-errors $(PACKAGES) || { \
		echo "make: something to build with is missing; \`make setup\` names it and installs it" >&2; exit 2; }

# Other flags mean other objects.
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(COMPILE)) | cmp -s - $@ || printf '%s\n' $(call quote,$(COMPILE)) > $@

# Commands are shown whole with V=1.
say   = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2);)
quote = '$(subst ','\'',$(1))'

$(O)/%.o: %.c $(O)/flags | packages
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) $(PACKAGE_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/tests/%.o: tests/%.c $(O)/flags | packages
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) $(PACKAGE_CFLAGS) $(CMOCKA_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/themes.o: $(O)/themes.c $(O)/flags | packages
	$(call say,CC,$<)$(COMPILE) -MMD -MP -c -o $@ $<

$(O)/themes.c: $(THEMES) tests/lib/themes-to-c
	@mkdir -p $(@D)
	$(call say,GEN,$@)sh tests/lib/themes-to-c $(THEMES) > $@

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(PROGRAM): $(O)/tui/main.o $(LIBRARY)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LINKING) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm

$(GENERATORS): $(O)/%: $(O)/tui/%.o $(LIBRARY)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LINKING) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm

$(TEST_PROGRAMS): $(O)/%: $(O)/%.o $(TEST_SUPPORT) $(LIBRARY)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LINKING) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS) -lm $(CMOCKA_LIBS) -lutil

$(PICTURES): $(O)/tests/pictures/svg.o

tests: all $(TEST_PROGRAMS)

-include $(LIBRARY_OBJECTS:.o=.d) $(O)/tui/main.d $(GENERATORS:$(O)/%=$(O)/tui/%.d) $(TEST_SUPPORT:.o=.d) $(TEST_PROGRAMS:=.d) $(O)/tests/pictures/svg.d

# --- installing -----------------------------------------------------------------------------------------------------

# What is installed and where, FILE=PLACE.
INSTALLED = $(PROGRAM)=$(BINDIR)/$(PACKAGE) \
            $(foreach page,$(wildcard man/*.[1-9]),$(page)=$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
            man/completions/$(PACKAGE).bash=$(BASHDIR)/$(PACKAGE) \
            man/completions/_$(PACKAGE)=$(ZSHDIR)/_$(PACKAGE) \
            man/completions/$(PACKAGE).fish=$(FISHDIR)/$(PACKAGE).fish
installed_file  = $(firstword $(subst =, ,$(1)))
installed_place = '$(DESTDIR)$(lastword $(subst =, ,$(1)))'

define newline


endef

install: all ## program, manual and completions, below $(DESTDIR)$(PREFIX)
	$(foreach i,$(INSTALLED),$(INSTALL) -D -m $(if $(filter $(PROGRAM)=%,$(i)),755,644) $(call installed_file,$(i)) $(call installed_place,$(i))$(newline)	)

uninstall: ## removes what install put there
	rm -f $(foreach i,$(INSTALLED),$(call installed_place,$(i)))

dist: ## a tarball of the tree
	@mkdir -p '$(O)'
	@O='$(O)' sh tests/lib/dist '$(PACKAGE)-$(VERSION)' '$(O)/$(PACKAGE)-$(VERSION).tar.gz'

deb: ## Debian's package, held to lintian
	@sh tests/lib/setup deb
	@O='$(O)' sh tests/lib/deb '$(VERSION)' '$(O)/deb'

setup: ## names what is missing to build and test, and installs it
	@sh tests/lib/setup check

# --- trying ---------------------------------------------------------------------------------------------------------

demo: ## a throwaway server with an application in trouble, on the screen
	@sh tests/lib/setup demo
	@mkdir -p '$(O)'
	@$(MAKE) -s --no-print-directory all > '$(O)/demo.log' 2>&1 || { cat '$(O)/demo.log' >&2; exit 1; }
	@'$(PROGRAM)' --demo

# --- testing --------------------------------------------------------------------------------------------------------

check: ## all tests, on every PostgreSQL at hand; sets itself up
	@sh tests/lib/setup check
	@$(MAKE) --no-print-directory check-all

check-all:
	@sh tests/lib/each $(MAKE) --no-print-directory -- check-layers check-man check-completions check-pictures check-unit check-screen check-server check-tty

check-unit: $(UNIT_TESTS) ## functions
	@$(if $(UNIT_TESTS),$(PROVE_C) $(UNIT_TESTS))

check-screen: $(SCREEN_TESTS) ## what the screen shows, on a made-up clock
	@$(if $(SCREEN_TESTS),$(PROVE_C) $(SCREEN_TESTS))

check-server: tests ## situations on real servers
	@$(TEST_ENVIRONMENT) sh tests/lib/on-servers $(PROVE_T) $(SERVER_TESTS)

check-tty: tests ## the program on a real pseudo-terminal
	@$(TEST_ENVIRONMENT) $(PROVE_T) tests/tty

check-man: all ## the manual is current and well-formed
	@O='$(O)' sh tests/lib/check-man

check-pictures: $(PICTURES) ## the manual's pictures show what the screens show
	@$(PICTURES) --check man/pictures

check-completions: all ## the shells' completions are current
	@O='$(O)' sh tests/lib/check-completions

check-layers: ## who may include whom; sizes; banned calls
	@sh tests/lib/check-layers

check-dist: dist ## the tarball builds, tests, installs and removes itself
	@sh tests/lib/check-dist '$(PACKAGE)-$(VERSION)' '$(O)'

check-matrix: ## server tests on PostgreSQL 13 to 18, which are fetched
	@sh tests/lib/setup matrix
	@sh tests/lib/fetch-servers
	@sh tests/lib/servers --need 13 14 15 16 17 18
	@PG_MAJORS='13 14 15 16 17 18' $(MAKE) --no-print-directory check-server

# Both are slow: the tests wait longer, and the servers are of the newest version.
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
check-asan: ## the same under AddressSanitizer and UndefinedBehaviorSanitizer
	@sh tests/lib/setup check
	@PGTOP_TEST_PATIENCE=3 PG_MAJORS="$${PG_MAJORS:-$$(sh tests/lib/servers --newest)}" UBSAN_OPTIONS=print_stacktrace=1 \
		sh tests/lib/each $(MAKE) --no-print-directory O='$(O)/asan' CFLAGS='-O1 -g $(SANITIZE)' HARDENING= \
		-- check-unit check-screen check-server

VALGRIND = valgrind --quiet --vgdb=no --leak-check=full --show-leak-kinds=definite,indirect \
           --errors-for-leak-kinds=definite,indirect --error-exitcode=99
check-valgrind: ## the same under Valgrind
	@sh tests/lib/setup valgrind
	@PGTOP_TEST_PATIENCE=10 PG_MAJORS="$${PG_MAJORS:-$$(sh tests/lib/servers --newest)}" \
		sh tests/lib/each $(MAKE) --no-print-directory UNDER='$(VALGRIND) ' -- check-unit check-screen check-server

lint: ## compiler warnings as errors, cppcheck, clang-tidy, the layers
	@sh tests/lib/setup lint
	@MAKE='$(MAKE)' JOBS='$(JOBS)' O='$(O)/lint' sh tests/lib/lint

bench: tests ## what it costs and how fast it is, against the promises
	@sh tests/lib/setup bench
	@$(TEST_ENVIRONMENT) sh tests/bench/run

# --- the rest -------------------------------------------------------------------------------------------------------

man: all ## writes the manual and the completions anew from the tables
	@O='$(O)' sh tests/lib/check-man --write
	@O='$(O)' sh tests/lib/check-completions --write

pictures: $(PICTURES) ## draws the pictures of the manual anew from what the screen tests expect
	@mkdir -p man/pictures
	@$(PICTURES) man/pictures

clean: ## removes what was built
	rm -rf '$(O)'
