#include "question.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "sheet.h"
#include "sql_text.h"

/* Labels stand at the first column, what they say at the second. */
enum { LABEL_X = 2, TEXT_X = 9, GAP = 2 };

struct fact {
	enum question_label label;
	char *text;
};

struct question {
	char *act, *object, *name, *verb, *aside;
	struct fact *facts;
	size_t nfacts;
	bool refused, wrong;
	void (*answered)(void *data, bool agreed);
	void *data;
};

static const struct {
	const char *word;
	enum role role;
	bool sql, one_line;
} labels[QUESTION_LABELS] = {
	[QUESTION_RUNS] = { .word = "runs", .role = ROLE_DIM, .sql = true },
	[QUESTION_WHY] = { .word = "why", .role = ROLE_DIM },
	[QUESTION_IS] = { .word = "is", .role = ROLE_DIM },
	[QUESTION_LAST] = { .word = "last", .role = ROLE_DIM, .sql = true, .one_line = true },
	[QUESTION_LOSES] = { .word = "loses", .role = ROLE_DIM },
	[QUESTION_GAINS] = { .word = "gains", .role = ROLE_DIM },
	[QUESTION_FREES] = { .word = "frees", .role = ROLE_DIM },
	[QUESTION_OK] = { .word = "ok", .role = ROLE_OK },
	[QUESTION_WARNING] = { .word = "▲", .role = ROLE_WARNING },
	[QUESTION_THEN] = { .word = "then", .role = ROLE_DIM },
	[QUESTION_RATHER] = { .word = "rather", .role = ROLE_DIM },
	[QUESTION_IF_CUT] = { .word = "if cut", .role = ROLE_DIM },
	[QUESTION_UNDO] = { .word = "undo", .role = ROLE_DIM },
	[QUESTION_AS] = { .word = "as", .role = ROLE_DIM },
};

struct question *question_new(const char *act, const char *object, const char *name, const char *verb)
{
	struct question *q = mem_zero(1, sizeof(*q));

	q->act = mem_string(act);
	q->object = mem_string(object);
	q->name = mem_string(name);
	q->verb = mem_string(verb);
	return q;
}

static void tell(struct question *q, bool agreed)
{
	void (*answered)(void *, bool) = q->answered;

	q->answered = NULL;
	if (answered)
		answered(q->data, agreed);
}

void question_free(struct question *q)
{
	if (!q)
		return;
	tell(q, false);
	for (size_t i = 0; i < q->nfacts; i++)
		free(q->facts[i].text);
	free(q->facts);
	free(q->act);
	free(q->object);
	free(q->name);
	free(q->verb);
	free(q->aside);
	free(q);
}

static __attribute__((format(printf, 1, 0))) char *format_text(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		text = mem_string("");
	return text;
}

void question_aside(struct question *q, const char *format, ...)
{
	va_list args;

	free(q->aside);
	va_start(args, format);
	q->aside = format_text(format, args);
	va_end(args);
}

static void add_text(struct question *q, enum question_label label, char *take_text)
{
	q->facts = mem_resize(q->facts, q->nfacts + 1, sizeof(*q->facts));
	q->facts[q->nfacts++] = (struct fact){ label, take_text };
}

void question_add(struct question *q, enum question_label label, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_text(q, label, format_text(format, args));
	va_end(args);
}

void question_refuse(struct question *q, const char *reason, const char *way_out)
{
	for (size_t i = 0; i < q->nfacts; i++)
		free(q->facts[i].text);
	q->nfacts = 0;
	q->refused = true;
	question_aside(q, "refused");
	add_text(q, QUESTION_WHY, mem_string(reason));
	if (way_out)
		add_text(q, QUESTION_RATHER, mem_string(way_out));
}

bool question_is_refused(const struct question *q)
{
	return q->refused;
}

void question_on_answer(struct question *q, void (*answered)(void *data, bool agreed), void *data)
{
	q->answered = answered;
	q->data = data;
}

void question_agree(struct question *q)
{
	tell(q, true);
}

bool question_is_name(struct question *q, const char *typed)
{
	q->wrong = q->refused || strcmp(typed, q->name) != 0;
	return !q->wrong;
}

void question_forget_wrong(struct question *q)
{
	q->wrong = false;
}

const char *question_act(const struct question *q)
{
	return q->act;
}

static char *whole_ask(const struct question *q)
{
	return mem_format("Type %s to %s it: ", q->name, q->verb);
}

char *question_ask(const struct question *q, int width)
{
	char *ask = whole_ask(q);

	/* the whole name has to stand behind it, and the cursor behind that */
	if (text_cells(ask) + text_cells(q->name) + 1 > width)
		*ask = '\0';
	return ask;
}

/* Gives false where it was too long to be laid out whole. */
static bool put_sql(struct sheet *s, const char *sql)
{
	int room = s->area.width - TEXT_X;
	struct sql_layout layout;
	bool whole;

	sql_layout(&layout, sql, room, true);
	for (size_t i = 0; i < layout.nspans && s->canvas; i++) {
		const struct sql_span *span = &layout.spans[i];
		int y = s->line + span->line - s->scroll;

		if (y >= 0 && y < s->area.height)
			canvas_put(s->canvas, s->area.y + y, s->area.x + TEXT_X + span->x, span->cells, span->role, span->text);
	}
	whole = layout.left_out == 0;
	s->line += layout.lines;
	sql_layout_clear(&layout);
	return whole;
}

static bool put_fact(struct sheet *s, const struct fact *f)
{
	struct strbuf line = STRBUF_INIT, fits = STRBUF_INIT;
	bool whole = true;

	sheet_put(s, s->line, LABEL_X, s->area.width, labels[f->label].role, labels[f->label].word);
	if (labels[f->label].one_line) {
		text_one_line(&line, f->text, 0);
		text_clip_end(&fits, line.text, s->area.width - TEXT_X, s->canvas && s->canvas->ascii ? ">" : "…");
	}
	if (labels[f->label].sql)
		whole = put_sql(s, labels[f->label].one_line ? fits.text : f->text);
	else
		sheet_wrap_text(s, TEXT_X, ROLE_TEXT, f->text);
	strbuf_free(&line);
	strbuf_free(&fits);
	return whole;
}

/* Act and object whole, in as many lines as they take, and what is said aside at the right end, or below. */
static void put_title(struct sheet *s, const struct question *q)
{
	enum role role = q->refused ? ROLE_HEADING : ROLE_DANGER;
	char *title = mem_format("%s  %s", q->act, q->object);
	int first = s->line, used = sheet_wrap_text(s, 0, role, title);
	const char *aside = q->aside ? q->aside : "";

	if (used + GAP + text_cells(aside) <= s->area.width)
		sheet_put(s, s->line - 1, s->area.width - text_cells(aside), s->area.width, role, aside);
	else
		sheet_wrap_text(s, LABEL_X, role, aside);
	for (int y = first - s->scroll; s->canvas && y < s->line - s->scroll; y++)
		if (y >= 0 && y < s->area.height)
			canvas_role(s->canvas, s->area.y + y, s->area.x, s->area.width, role);
	free(title);
}

/* Gives false where not all of it is laid out, however large the area. */
static bool put_question(struct sheet *s, const struct question *q)
{
	bool whole = true;

	put_title(s, q);
	for (size_t label = 0; label < QUESTION_LABELS; label++)
		for (size_t i = 0; i < q->nfacts; i++)
			if (q->facts[i].label == label)
				whole &= put_fact(s, &q->facts[i]);
	return whole;
}

/* What was typed was something else. A long name stands in the title. */
static char *wrong_text(const struct question *q, int width)
{
	static const char says[] = "That is not %s; nothing was done.";
	char *text = mem_format(says, q->name);

	if (text_cells(text) <= width)
		return text;
	free(text);
	return mem_format(says, "its name");
}

/* The lines above the prompt: one for what was wrong, and what is asked where the prompt's line has no room for it. */
static void put_foot(struct sheet *s, const struct question *q)
{
	char *wrong = wrong_text(q, s->area.width), *ask = question_ask(q, s->area.width);

	if (q->wrong)
		sheet_put(s, s->line, 0, s->area.width, ROLE_CRITICAL, wrong);
	s->line++;
	if (!*ask) {
		free(ask);
		ask = whole_ask(q);
		sheet_wrap_text(s, 0, ROLE_ACCENT, ask);
	}
	free(wrong);
	free(ask);
}

bool question_fits(const struct question *q, int height, int width)
{
	struct sheet s = { .area = { .height = height, .width = width } };
	bool whole = put_question(&s, q);


	if (!q->refused)
		put_foot(&s, q);
	return whole && s.line <= height;
}

int question_draw(const struct question *q, struct canvas *canvas, struct area area, int scroll)
{
	struct sheet s = { .canvas = canvas, .area = area, .scroll = scroll }, foot = { .area = area };
	int lines;

	put_question(&s, q);
	lines = s.line;
	if (q->refused)
		return lines;
	/* the foot stands right above the prompt */
	put_foot(&foot, q);
	s.line = area.height - foot.line;
	s.scroll = 0;
	put_foot(&s, q);
	return lines + foot.line;
}
