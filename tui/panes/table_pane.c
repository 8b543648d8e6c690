#include "table_pane.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "frame.h"
#include "mark.h"
#include "tree.h"

/* Under this width the text that takes the rest is not worth reading: another column goes. */
enum { REST_LEAST = 20, COLUMNS_MAX = 64, TEXT_BYTES = 2048, BODY_LEFT = 2 };

/* Of fewer lines each is for a row. */
enum { FOOTER_FROM = 8 };

/* Under this one nothing of it is read at all: where no other column may go, it goes itself. */
enum { REST_USEFUL = 8 };

/*
 * From these widths of the body on, columns of priority 2, and of 3 and more, are shown where
 * they fit.
 */
enum { WIDTH_OF_2 = 100, WIDTH_OF_3 = 150 };

struct place {
	int column, x, width;
};

struct sheet {
	const struct scene *scene;
	struct view *view;
	const struct collector *collector;
	const struct collection *collection;
	const struct table *table;
	const struct row_list *list;
	struct canvas *canvas;
	struct area area;      /* of the rows */
	struct place places[COLUMNS_MAX];
	size_t nplaces;
	int sign, name, rest;  /* columns; -1: none. name: the first name of a tree */
	bool stale;
};

static int column_width(const struct column *c)
{
	if (c->width)
		return c->width;
	if (unit_width(c->unit))
		return unit_width(c->unit);
	return text_cells(c->title ? c->title : c->name);
}

static bool is_number(const struct column *c)
{
	return (c->flags & COLUMN_RIGHT) || c->type == TYPE_INT || c->type == TYPE_FLOAT || c->type == TYPE_TIME;
}

static bool has_place(const struct column *c, int width)
{
	if (c->flags & (COLUMN_INTERNAL | COLUMN_DATA) || !c->priority)
		return false;
	return c->priority == 1 || width >= (c->priority == 2 ? WIDTH_OF_2 : WIDTH_OF_3);
}

/*
 * Gives every column its place. Gives false while the text column has too little and another
 * column could go, or where those that always stand there are too wide by themselves.
 */
static bool try_places(struct sheet *s, const bool *dropped)
{
	const struct collector *c = s->collector;
	int x = s->area.x + BODY_LEFT, end = s->area.x + s->area.width, fixed = 0, rest = -1;
	bool droppable = false, fits;

	s->nplaces = 0;
	for (size_t i = 0; i < c->ncolumns && i < COLUMNS_MAX; i++) {
		const struct column *col = &c->columns[i];

		if (!has_place(col, s->area.width) || dropped[i])
			continue;
		droppable |= col->priority > 1;
		if (col->flags & COLUMN_REST)
			rest = (int)s->nplaces;
		else
			fixed += column_width(col) + 1;
		s->places[s->nplaces++] = (struct place){ .column = (int)i, .width = column_width(col) };
	}
	if (rest >= 0)
		s->places[rest].width = end - x - fixed > 0 ? end - x - fixed : 0;
	if (droppable)
		fits = rest >= 0 ? end - x - fixed >= REST_LEAST : fixed - 1 <= end - x;
	else
		fits = rest >= 0 ? end - x - fixed >= REST_USEFUL : s->nplaces == 1 || fixed - 1 <= end - x;
	if (!fits)
		return false;
	for (size_t i = 0; i < s->nplaces; i++) {
		s->places[i].x = x;
		x += s->places[i].width + 1;
	}
	return true;
}

/* How wide the columns beside the text are. */
static int fixed_cells(const struct sheet *s)
{
	int cells = 0;

	for (size_t i = 0; i < s->nplaces; i++)
		if (s->places[i].column != s->rest)
			cells += s->places[i].width + (cells > 0);
	return cells;
}

/*
 * Whether this one goes rather than that one: the highest priority number first, of equal ones the
 * rightmost. Among those that always stand there the text goes when it has nothing left, and not before the others fit.
 */
static bool goes_before(const struct sheet *s, int column, int other)
{
	const struct column *a = &s->collector->columns[column], *b = &s->collector->columns[other];
	bool too_wide = fixed_cells(s) > s->area.width - BODY_LEFT;

	if (a->priority != b->priority)
		return a->priority > b->priority;
	if (a->priority == 1 && (column == s->rest || other == s->rest))
		return (column == s->rest) != too_wide;
	return column > other;
}

/* Drops columns, one whole after the other, until the rest fit: never is a figure or a title cut. */
static void find_places(struct sheet *s)
{
	bool dropped[COLUMNS_MAX] = { false };

	while (!try_places(s, dropped)) {
		int worst = -1;

		for (size_t i = 0; i < s->nplaces; i++) {
			if (worst < 0 || goes_before(s, s->places[i].column, worst))
				worst = s->places[i].column;
		}
		if (worst < 0)
			return;
		dropped[worst] = true;
	}
}

static void draw_title(const struct sheet *s, int y, const struct place *p)
{
	const struct column *c = &s->collector->columns[p->column];
	const char *title = c->title ? c->title : c->name;
	bool down = true, sorted = table_sort_column(s->collector, s->view, &down) == p->column;
	struct strbuf b = STRBUF_INIT;

	if (sorted) {
		const char *mark = s->canvas->ascii ? (down ? "v" : "^") : (down ? "▼" : "▲");

		strbuf_addf(&b, "%s%s", mark, text_cells(title) + 2 <= p->width || !is_number(c) ? " " : "");
	}
	strbuf_adds(&b, title);
	if (is_number(c) && text_cells(b.text) <= p->width)
		canvas_put_right(s->canvas, y, p->x + p->width, p->width, sorted ? ROLE_ACCENT : ROLE_HEADING, b.text);
	else
		canvas_put(s->canvas, y, p->x, p->width, sorted ? ROLE_ACCENT : ROLE_HEADING, b.text);
	strbuf_free(&b);
}

static void draw_titles(const struct sheet *s, int y)
{
	canvas_role(s->canvas, y, s->area.x, s->area.width, ROLE_HEADING);
	s->view->shown_columns = 0;
	for (size_t i = 0; i < s->nplaces; i++) {
		s->view->shown_columns |= UINT64_C(1) << s->places[i].column;
		draw_title(s, y, &s->places[i]);
	}
	canvas_underline(s->canvas, y, s->area.x, s->area.width);
}

static enum role sign_role(enum sign sign)
{
	switch (sign) {
	case SIGN_CRITICAL:
		return ROLE_CRITICAL;
	case SIGN_WARNING:
		return ROLE_WARNING;
	case SIGN_ROOT:
		return ROLE_ROOT;
	case SIGN_WAITS:
		return ROLE_BLOCKED;
	case SIGN_HIDDEN:
		return ROLE_HIDDEN;
	default:
		return ROLE_DIM;
	}
}

static enum sign row_sign(const struct sheet *s, size_t row)
{
	return s->sign < 0 ? SIGN_NONE : (enum sign)table_int(s->table, row, (size_t)s->sign);
}

static enum role cell_role(const struct sheet *s, size_t row, size_t place)
{
	int column = s->places[place].column;
	const struct cell *cell = table_cell(s->table, row, (size_t)column);
	enum sign sign = row_sign(s, row);

	if (s->stale)
		return ROLE_STALE;
	/* the name of the row: what its sign says of it is new */
	if (!place && mark_is_fresh(s->scene, signs_since(s->collection->signs, s->table, row)))
		return ROLE_FRESH;
	switch (cell->kind) {
	case CELL_UNKNOWN:
		return ROLE_HIDDEN;
	case CELL_NULL:
	case CELL_PENDING:
		return ROLE_DIM;
	case CELL_INT:
		if (!cell->i && s->collector->columns[column].type != TYPE_TIME)
			return ROLE_DIM;
		break;
	case CELL_FLOAT:
		if (cell->f == 0)
			return ROLE_DIM;
		break;
	default:
		break;
	}
	if (sign == SIGN_ROOT && !place)
		return ROLE_ROOT;
	if (sign == SIGN_WAITS && (s->collector->columns[column].flags & COLUMN_WAIT))
		return ROLE_BLOCKED;
	return ROLE_TEXT;
}

/*
 * Skips cells at the left of a text, for the shifted rest column: whole characters, with the marks on them. *over: how many cells
 * more than that the last of them has.
 */
static const char *skip_cells(const char *text, int cells, int *over)
{
	const char *next = text;

	while (*text) {
		int more = text_char_cells(text_next(&next));

		if (cells <= 0 && more > 0)
			break;
		cells -= more;
		text = next;
	}
	*over = cells < 0 ? -cells : 0;
	return text;
}

static void cell_text(const struct sheet *s, const struct row_ref *ref, size_t row, int column, struct strbuf *out)
{
	const struct column *c = &s->collector->columns[column];

	if (ref->fold && column == s->name)
		strbuf_addf(out, "%d more", ref->fold);
	else if (ref->fold && column == s->rest)
		strbuf_adds(out, "→ unfolds them");
	else if (table_cell(s->table, row, (size_t)column)->kind == CELL_TEXT && (c->flags & COLUMN_LINES))
		text_one_line(out, table_text(s->table, row, (size_t)column), TEXT_BYTES + (size_t)s->view->shift * 4);
	else
		table_format(s->table, row, (size_t)column, false, canvas_ellipsis(s->canvas), s->scene->now.wall_us, out);
	/* many of them wait, not one that waits */
	if (ref->fold && !strcmp(out->text, "waits"))
		strbuf_cut(out, out->len - 1);
}

static void draw_shifted(const struct sheet *s, int y, const struct place *p, enum role role, const char *text, int shift)
{
	int over = 0;

	if (shift > 0)
		text = skip_cells(text, shift, &over);
	canvas_clip_end(s->canvas, y, p->x + over, p->width - over, role, text);
}

static void draw_cell(const struct sheet *s, int y, const struct row_ref *ref, size_t row, size_t place, int left)
{
	const struct place *p = &s->places[place];
	const struct column *c = &s->collector->columns[p->column];
	enum role role = cell_role(s, row, place);
	struct strbuf b = STRBUF_INIT;

	cell_text(s, ref, row, p->column, &b);
	if (ref->fold && p->column == s->rest && !s->stale)
		role = ROLE_ACCENT;
	if (is_number(c))
		canvas_put_right(s->canvas, y, p->x + p->width, -1, role, b.text);
	else if (p->column == s->rest)
		draw_shifted(s, y, p, role, b.text, ref->fold ? 0 : s->view->shift);
	else if (c->flags & COLUMN_NAME)
		canvas_clip_middle(s->canvas, y, p->x + left, p->width - left, role, b.text);
	else if (c->flags & COLUMN_PID_LIST)
		canvas_clip_list(s->canvas, y, p->x, p->width, role, b.text);
	else
		canvas_clip_end(s->canvas, y, p->x, p->width, role, b.text);
	strbuf_free(&b);
}

/*
 * The sign in the first cell; in a tree it stands behind the branch, before the name. Gives how
 * far the name moves right.
 */
static int draw_sign(const struct sheet *s, int y, size_t line, size_t row)
{
	struct strbuf branch = STRBUF_INIT;
	enum sign sign = row_sign(s, row);
	int x = s->area.x;

	if (s->name >= 0) {
		tree_branch(s->table, s->list, line, s->canvas->ascii, &branch);
		/* a deep tree keeps room for the name */
		x = canvas_put(s->canvas, y, x, s->places[0].width / 2, s->stale ? ROLE_STALE : ROLE_DIM, branch.text);
		strbuf_free(&branch);
	}
	canvas_put(s->canvas, y, x, 1, s->stale && sign != SIGN_NONE ? ROLE_STALE : sign_role(sign), canvas_sign(s->canvas, (int)sign));
	return x - s->area.x;
}

static void draw_gone(const struct sheet *s, int y)
{
	const struct place *last = &s->places[s->nplaces - 1];
	int x = s->area.x + s->area.width - (int)sizeof("gone 00:00:00");
	char when[UNITS_SIZE];

	if (last->column == s->rest && last->x < x)
		x = last->x;
	/* it takes the place of whole columns: half a figure would be another one */
	for (size_t i = 0; i < s->nplaces; i++)
		if (s->places[i].x < x && s->places[i].x + s->places[i].width >= x)
			x = s->places[i].x;
	canvas_put(s->canvas, y, s->area.x, s->area.width, ROLE_STALE, s->view->gone ? s->view->gone : "");
	canvas_put(s->canvas, y, s->area.x, 1, ROLE_DIM, canvas_sign(s->canvas, SIGN_GONE));
	canvas_blank(s->canvas, y, x - 1, s->area.x + s->area.width - x + 1, ROLE_STALE);
	canvas_putf(s->canvas, y, x, s->area.x + s->area.width - x, ROLE_STALE, "gone %s",
		    units_clock(when, s->view->gone_us, s->scene->now.wall_us));
}

static void draw_row(const struct sheet *s, int y, size_t line, bool selected)
{
	const struct row_ref *ref = &s->list->rows[line];
	long row = ref->row < 0 ? ref->first : ref->row;

	if (row < 0 || (size_t)row >= s->table->nrows) {
		draw_gone(s, y);
	} else {
		int left = draw_sign(s, y, line, (size_t)row);

		for (size_t i = 0; i < s->nplaces; i++)
			draw_cell(s, y, ref, (size_t)row, i, s->places[i].column == s->name ? left : 0);
		if (s->view->search)
			pane_mark(s->canvas, (struct area){ y, s->area.x, 1, s->area.width }, s->view->search);
	}
	if (selected)
		canvas_role(s->canvas, y, s->area.x + 1, s->area.width - 1, ROLE_SELECTION);
}

/* The selected row keeps its line; the others scroll around it. */
static long scroll_rows(struct view *view, const struct row_list *list, int height)
{
	long row = view_selected_row(view, list), top, last = (long)list->nrows - height;

	view->height = height;
	if (!view->selected)
		view->selected_line = 0;
	if (view->selected_line >= height)
		view->selected_line = height - 1;
	top = row - view->selected_line;
	if (top > last)
		top = last;
	if (top < 0)
		top = 0;
	view->top = (size_t)top;
	view->selected_line = row < 0 ? 0 : (int)(row - top);
	view->at = row;
	return row;
}

static void draw_rows(struct sheet *s)
{
	struct view *view = s->view;
	long selected = scroll_rows(view, s->list, s->area.height);

	for (int i = 0; i < s->area.height && view->top + (size_t)i < s->list->nrows; i++) {
		size_t line = view->top + (size_t)i;

		draw_row(s, s->area.y + i, line, (long)line == selected);
		/* a line that stands for several is nobody who could be gone */
		if ((long)line == selected && s->list->rows[line].fold) {
			free(view->drawn);
			view->drawn = NULL;
		}
		if ((long)line == selected && s->list->rows[line].row >= 0) {
			struct strbuf b = STRBUF_INIT;
			char *drawn = canvas_line(s->canvas, s->area.y + i);

			text_clip_end(&b, drawn, s->area.x + s->area.width, " ");
			free(drawn);
			free(view->drawn);
			view->drawn = strbuf_take(&b);
		}
	}
}

/* What opens the rows that this role may not see. Takes a line of the body. */
static void draw_remedy(struct sheet *s)
{
	char *remedy = pane_hidden_remedy(s->scene, s->collection);

	if (!remedy)
		return;
	if (s->area.height > 4) {
		canvas_put(s->canvas, s->area.y, s->area.x + 2, s->area.width - 12, ROLE_DIM, "To see them: ");
		canvas_clip_end(s->canvas, s->area.y, s->area.x + 15, s->area.width - 15 - 10, ROLE_TEXT, remedy);
		canvas_put(s->canvas, s->area.y, s->area.x + s->area.width - 8, 1, ROLE_ACCENT, "y");
		canvas_put(s->canvas, s->area.y, s->area.x + s->area.width - 6, 6, ROLE_DIM, "copies");
		s->area.y++;
		s->area.height--;
	}
	free(remedy);
}

static int first_column(const struct collector *c, unsigned flag)
{
	for (size_t i = 0; i < c->ncolumns; i++)
		if (c->columns[i].flags & flag && !(c->columns[i].flags & (COLUMN_INTERNAL | COLUMN_DATA)))
			return (int)i;
	return -1;
}

void table_pane_draw(const struct scene *scene, struct view *view, struct canvas *canvas, struct area area)
{
	const struct collection *c = pane_collection(scene, view->pane);
	struct sheet s = { .scene = scene, .view = view, .collector = view->pane->collector, .collection = c, .canvas = canvas };
	struct strbuf says = STRBUF_INIT;
	int drawn;

	s.list = pane_rows(scene, view);
	s.table = c->table;
	s.stale = c->state == COLLECTION_STALE || c->state == COLLECTION_SKIPPED;
	s.area = (struct area){ area.y + 1, area.x, area.height - 1, area.width };
	table_pane_says(view, s.list, c, area.width, &says);
	frame_title(scene, canvas, area.y, area.x, area.width, view->pane->title, says.text, c);
	strbuf_free(&says);
	if (s.area.height < 2)
		return;
	if (frame_nothing(scene, canvas, s.area, c, s.list, view->filter)) {
		if (c->state != COLLECTION_UNAVAILABLE)
			table_pane_footer(c, canvas, (struct area){ s.area.y + 1, area.x, s.area.height - 1, area.width });
		return;
	}
	if (!c->table)
		return;
	s.sign = table_column(c->table, "sign");
	s.rest = first_column(s.collector, COLUMN_REST);
	s.name = s.collector->tree ? first_column(s.collector, COLUMN_NAME) : -1;
	if (c->hidden_rows)
		draw_remedy(&s);
	find_places(&s);
	draw_titles(&s, s.area.y);
	s.area.y++;
	s.area.height--;
	/* since when figures count is worth a line also where there are more rows than lines */
	if (c->footer && s.list->nrows > (size_t)s.area.height && s.area.height >= FOOTER_FROM)
		s.area.height--;
	draw_rows(&s);
	drawn = s.list->nrows - view->top < (size_t)s.area.height ? (int)(s.list->nrows - view->top) : s.area.height;
	table_pane_footer(c, canvas, (struct area){ s.area.y + drawn, area.x, area.y + area.height - s.area.y - drawn, area.width });
}

void table_pane_enter(const struct scene *scene, const struct pane *pane, const char *key, struct target *out)
{
	(void)scene;
	*out = (struct target){ .pane = pane, .key = mem_string(key), .details = true };
}
