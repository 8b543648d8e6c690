#include "once.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "connect.h"

/* Rates are taken over this long. */
#define APART_US SECOND_US

/* What is known of one collector while its two tables are waited for. */
struct waited {
	int64_t first_us;     /* our clock, when its first table came; 0: not yet */
	int64_t read_us;      /* server's clock, when that table was read */
	int64_t second_us;
	int64_t ask_us;       /* monotonic: ask for the second one then */
	bool done;
};

struct collecting {
	struct server *server;
	const struct limits *limits;
	struct waited *waited;   /* as `collectors` */
};

const char *report_state(const struct collection *c)
{
	switch (c->state) {
	case COLLECTION_OK:
		return "ok";
	case COLLECTION_STALE:
		return "stale";
	case COLLECTION_SKIPPED:
		return "skipped";
	case COLLECTION_WAITING:
	case COLLECTION_UNAVAILABLE:
		break;
	}
	return "unavailable";
}

const char *report_reason(const struct collection *c)
{
	if (c->state == COLLECTION_OK)
		return NULL;
	if (c->reason != NULL)
		return c->reason;
	return c->state == COLLECTION_WAITING ? "no answer in time" : "no reason is known";
}

bool report_has_missing(const struct collector *collector, const struct missing *missing)
{
	for (size_t i = 0; i < collector->ncolumns; i++)
		if (strcmp(collector->columns[i].name, missing->name) == 0)
			return (collector->columns[i].flags & COLUMN_INTERNAL) == 0;
	return true;   /* a figure of `stats` */
}

bool report_has_column(const struct column *column)
{
	return (column->flags & (COLUMN_SCREEN | COLUMN_INTERNAL)) == 0;
}

/* Whether the newest table is far enough from the first for rates: on a slow link the next can follow at its heels. */
static bool is_second(const struct collection *have, const struct waited *w)
{
	return have->taken_us != w->first_us && have->table->taken_us - w->read_us >= SERVER_RATE_SPAN_US;
}

/* Looks at one collector; gives whether nothing more is to be waited for. */
static bool advance(struct collecting *c, size_t i, struct now now)
{
	const struct collection *have = server_collection(c->server, i);
	struct waited *w = &c->waited[i];

	if (w->done)
		return true;
	if (have->state == COLLECTION_SKIPPED || have->state == COLLECTION_UNAVAILABLE) {
		w->done = true;
	} else if (have->taken_us == 0) {
		return false;
	} else if (w->first_us == 0) {
		w->first_us = have->taken_us;
		w->read_us = have->table->taken_us;
		w->ask_us = now.mono_us + APART_US;
	} else if (is_second(have, w)) {
		w->second_us = have->taken_us;
		w->done = true;
	} else if (w->ask_us != 0 && now.mono_us >= w->ask_us) {
		w->ask_us = 0;
		/* What is due in a moment comes by itself. */
		if (have->next_us > now.wall_us + SECOND_US / 10)
			server_ask_now(c->server, have->collector, now);
	}
	return w->done;
}

/* Until every collector has what it needs, or will not have it. */
static void collect(struct collecting *c)
{
	/* Each statement ends by its own timeout, which is five times as long for the slow ones. */
	double patience_s = 5 + 10 * limit(c->limits, LIMIT_STATEMENT_TIMEOUT);
	int64_t until_us = clock_now().mono_us + seconds_us(patience_s);
	bool all = false;

	while (!all && clock_now().mono_us < until_us) {
		int64_t wake_us = until_us;

		all = true;
		for (size_t i = 0; i < ncollectors; i++) {
			all &= advance(c, i, clock_now());
			if (!c->waited[i].done && c->waited[i].ask_us != 0 && c->waited[i].ask_us < wake_us)
				wake_us = c->waited[i].ask_us;
		}
		if (!all)
			connect_step(c->server, wake_us);
	}
}

static double rates_s(const struct collecting *c)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (collectors[i]->interval_s == 0 && c->waited[i].second_us != 0)
			return (double)(c->waited[i].second_us - c->waited[i].first_us) / 1e6;
	return 0;
}

static bool anything(const struct server *s)
{
	for (size_t i = 0; i < ncollectors; i++)
		if (server_collection(s, i)->state != COLLECTION_WAITING)
			return true;
	return false;
}

/* How wide the reader says the lines may be. */
static int columns_wanted(void)
{
	const char *word = getenv("COLUMNS");
	double columns;

	return word != NULL && number_parse(word, 20, 10000, &columns) ? (int)columns : 0;
}

static void write_report(const struct options *o, const struct report *r, struct strbuf *out)
{
	if (o->format == FORMAT_JSON)
		report_json(r, out);
	else if (o->format == FORMAT_CSV)
		report_csv(r, out);
	else
		report_text(r, out);
}

/* A pane without rows looks like one without trouble: CSV has no place to say that it is not, so it is said beside it. */
static void warn_csv(const struct report *r)
{
	const struct collection *c = server_collection_named(r->server, r->panes[0]->name);

	if (c->state != COLLECTION_OK)
		fprintf(stderr, "pgtop-prod: %s is %s: %s\n", c->collector->name, report_state(c), report_reason(c));
}

static void make_report(const struct options *o, const struct collecting *c, struct strbuf *out)
{
	const struct collector *panes[OPTIONS_PANES];
	struct report r = {
		.server = c->server, .panes = collectors, .npanes = ncollectors, .findings = o->npanes == 0, .now = clock_now(),
		.rates_s = rates_s(c), .columns = columns_wanted(), .ascii = o->ascii || !text_locale_is_utf8(),
	};

	if (o->npanes > 0) {
		r.panes = panes;
		r.npanes = 0;
	}
	for (size_t i = 0; i < o->npanes; i++) {
		const struct collector *pane = collector_find(o->panes[i]);

		/* The overview has no rows of its own: it is the findings. */
		if (pane == NULL)
			r.findings = true;
		else
			panes[r.npanes++] = pane;
	}
	write_report(o, &r, out);
	if (o->format == FORMAT_CSV)
		warn_csv(&r);
}

/* One line an attempt, each with the program's name in front. */
static void say_lines(const char *text)
{
	while (*text != '\0') {
		int n = (int)strcspn(text, "\n");

		fprintf(stderr, "pgtop-prod: %.*s\n", n, text);
		text += n + (text[n] == '\n');
	}
}

static int first_connect(const struct server_options *so, struct server *s)
{
	struct strbuf error = STRBUF_INIT;
	struct connect_wish wish;
	enum connected how;

	connect_wish_init(&wish, so);
	wish.insist = true;
	how = connect_first(s, &wish, &error);
	connect_wish_clear(&wish);
	if (how != CONNECT_LIVE)
		say_lines(error.text);
	strbuf_free(&error);
	return how == CONNECT_LIVE ? 0 : how == CONNECT_BAD ? 2 : 3;
}

static int report_all(const struct options *o, const struct limits *limits, struct server *s)
{
	struct collecting c = { .server = s, .limits = limits };
	struct strbuf out = STRBUF_INIT;
	int status = 3;

	c.waited = mem_zero(ncollectors, sizeof(*c.waited));
	collect(&c);
	if (anything(s)) {
		make_report(o, &c, &out);
		status = output_write(&out);
	} else {
		const char *lost = server_link(s).lost;

		fprintf(stderr, "pgtop-prod: connected, but the server has not answered%s%s\n", lost != NULL ? ": " : "",
			lost != NULL ? lost : "");
	}
	strbuf_free(&out);
	free(c.waited);
	return status;
}

int once_run(const struct options *options, const struct server_options *server, const struct limits *limits)
{
	struct server_options so = *server;
	struct limits here = *limits;
	struct server *s;
	char *notice;
	int status;

	so.interval_s = (double)APART_US / SECOND_US;
	so.window = WINDOW_INTERVAL;
	/* There is no later at which the texts of what came between the two samples could be asked for: our own statements, for one. */
	here.value[LIMIT_RETRY_UNKNOWN_TEXTS][0] = 0;
	s = server_open(&so, &here, clock_now());
	status = first_connect(&so, s);
	if (status == 0)
		status = report_all(options, &here, s);
	notice = server_take_notice(s);
	if (notice)
		say_lines(notice);
	free(notice);
	server_close(s);
	return status;
}

int output_write(const struct strbuf *text)
{
	/* Closing tells what a full disk has only now to say. */
	if (fwrite(text->text, 1, text->len, stdout) == text->len && fflush(stdout) == 0 && fclose(stdout) == 0)
		return 0;
	fprintf(stderr, "pgtop-prod: cannot write to stdout: %s\n", strerror(errno));
	return 1;
}
