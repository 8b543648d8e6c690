/* The report that goes into a ticket, as it is drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/drawing.h"
#include "tests/lib/night.h"
#include "tui/once.h"

/*
 * Drawn were its own columns, `what` before the mode: those of the screen are of the same rows. Beside what is drawn each finding has
 * the statement that mends it, for it is the reader of a ticket who runs it.
 */
static void test_drawn(void **state)
{
	static const char *const names[] = { "locks", "unused_indexes", "slow_queries" };
	const struct collector *panes[3];
	struct stage *s = stage_night(24, 80, NULL);
	struct strbuf out = STRBUF_INIT;
	struct report r = { .server = s->server, .panes = panes, .npanes = 3, .findings = true, .now = s->now, .rates_s = 1, .columns = 120 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		panes[i] = collector_find(names[i]);
	night_without(s->server, 5402, s->now);
	night_no_statements(s->server, s->now);
	report_text(&r, &out);
	if (getenv("SHOW"))
		fputs(out.text, stderr);
	drawing_check_text("once-text-120", out.text);
	strbuf_free(&out);
	stage_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_drawn) };

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
