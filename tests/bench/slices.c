/*
 * The longest pieces of work of the client: the program's loop with the real server and clock and a terminal in memory, every call
 * that it makes timed by the CPU time of its thread, so that another process on the processor does not count. The time of an interrupt or of a
 * hypervisor does: so all work is done three times at least, and of each kind the third longest is taken. What is long by itself is long each time.
 * Usage: slices CONNINFO PANE ROWS. Keys are pressed until the pane has been collected three times, with ROWS rows at least. Prints `name ms` lines.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "collectors/base/clock.h"
#include "tests/lib/stage.h"

enum { TIMES = 3, PATIENCE_S = 120 };

enum work { WORK_TURN, WORK_DISPATCH, WORK_DRAW, WORK_KEY, WORK_COUNT };

static const char *const work_names[WORK_COUNT] = { "turn", "dispatch", "draw", "key" };

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* The three longest of each kind, longest first. */
struct longest {
	int64_t us[WORK_COUNT][TIMES];
};

static void note(struct longest *longest, enum work work, int64_t began)
{
	int64_t took = cpu_us() - began;

	for (size_t i = 0; i < TIMES; i++) {
		int64_t shorter = longest->us[work][i];

		if (shorter >= took)
			continue;
		longest->us[work][i] = took;
		took = shorter;
	}
}

static void draw(struct app *app, struct longest *longest)
{
	int64_t began = cpu_us();

	app_draw(app, clock_now());
	note(longest, WORK_DRAW, began);
}

/* Another line, the other end, sorted by another column, the other way round and back, all rows: each drawn. */
static void press(struct app *app, size_t n, struct longest *longest)
{
	static const char keys[] = "jG>iiiikg>iiiia";
	int64_t began = cpu_us();

	app_key(app, keys[n % (sizeof keys - 1)], clock_now());
	note(longest, WORK_KEY, began);
	draw(app, longest);
}

static void turn(struct stage *s, struct longest *longest)
{
	struct pollfd fds[SERVER_FDS];
	struct now now = clock_now();
	int64_t wake = now.mono_us + 20000, began = cpu_us();

	app_tick(s->app, now);
	note(longest, WORK_TURN, began);
	if (app_due(s->app, now))
		draw(s->app, longest);
	size_t n = server_poll(s->server, fds, SERVER_FDS, &wake);
	int64_t left = (wake - clock_now().mono_us + 999) / 1000;
	if (poll(fds, (nfds_t)n, left > 0 ? (int)left : 0) > 0) {
		now = clock_now();
		began = cpu_us();
		server_dispatch(s->server, fds, n, now);
		note(longest, WORK_DISPATCH, began);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: slices CONNINFO PANE ROWS\n");
		return 2;
	}
	struct limits limits;
	limits_defaults(&limits);
	/* As often as it is asked here it may cost more than its share. */
	limits.value[LIMIT_BUDGET_SHARE][0] = 1;
	struct server_options options = { .conninfo = argv[1], .interval_s = 1, .window = WINDOW_MINUTE };
	struct now start = clock_now();
	struct stage *s = stage_open(&(struct stage_options){ .height = 60, .width = 200, .pane = argv[2] },
		server_open(&options, &limits, start), start);
	const struct collection *collection = server_collection_named(s->server, argv[2]);
	struct longest longest = { 0 };
	int64_t taken = 0, pressed = start.mono_us, end = start.mono_us + PATIENCE_S * INT64_C(1000000);
	size_t collected = 0, keys = 0;

	while (collected < TIMES && clock_now().mono_us < end) {
		turn(s, &longest);
		collection = server_collection_named(s->server, argv[2]);
		if (collection->taken_us != taken && collection->table != NULL && collection->table->nrows >= (size_t)atol(argv[3])) {
			taken = collection->taken_us;
			collected++;
		}
		if (clock_now().mono_us - pressed < 100000)
			continue;
		pressed = clock_now().mono_us;
		press(s->app, keys++, &longest);
		if (keys % 20 == 0)
			server_ask_now(s->server, NULL, clock_now());
	}
	printf("rows %zu\n", collection->table != NULL ? collection->table->nrows : 0);
	for (int i = 0; i < WORK_COUNT; i++)
		printf("%s %.2f\n", work_names[i], (double)longest.us[i][TIMES - 1] / 1000);
	stage_close(s);
	return collected < TIMES;
}
