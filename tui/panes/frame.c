#include "frame.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/secret.h"
#include "figures.h"

enum {
	GAP = 2,            /* blanks between fields of the header and of the title line */
	NAME_LEAST = 20,    /* of a long name so much is seen before the right end of the header gives way */
};

/* A field of the header: a word that only labels it, and what it says. */
struct piece {
	struct strbuf label, text;
	enum role role;
	bool gone;
	const char *brief;   /* at the right end: what stays of it where there is no room; NULL: it stays whole */
};

enum { DATABASE, SERVER_ROLE, LAG, VERSION_WORD, UPTIME, OUR_ROLE, PIECES };

static int piece_cells(const struct piece *p)
{
	return p->gone ? 0 : text_cells(p->label.text) + text_cells(p->text.text);
}

static int header_cells(const struct piece *pieces, int n)
{
	int cells = 0;

	for (int i = 0; i < n; i++)
		if (piece_cells(&pieces[i]) > 0)
			cells += (cells ? GAP : 0) + piece_cells(&pieces[i]);
	return cells;
}

static void piece_database(struct piece *p, const struct facts *f)
{
	char *host = secret_hidden(f->host ? f->host : "local");
	bool brackets = strchr(host, ':') && host[0] != '/';

	p->role = ROLE_TEXT;
	strbuf_addf(&p->text, "%s on %s%s%s:%s", f->database ? f->database : "?", brackets ? "[" : "", host,
		    brackets ? "]" : "", f->port ? f->port : "5432");
	free(host);
}

static void piece_lag(struct piece *p, const struct scene *scene)
{
	struct figure bytes = figure_named(scene, "replication_lag_bytes");
	struct figure seconds = figure_named(scene, "replication_lag");
	bool has_bytes = bytes.kind == CELL_INT || bytes.kind == CELL_FLOAT;
	bool has_seconds = seconds.kind == CELL_INT || seconds.kind == CELL_FLOAT;
	char buf[UNITS_SIZE];

	if (has_bytes)
		strbuf_adds(&p->text, units_size(buf, bytes.value));
	/*
	 * With everything replayed the age of the last transaction says only how quiet the primary
	 * is.
	 */
	if (has_seconds && !(has_bytes && bytes.value <= 0))
		strbuf_addf(&p->text, "%s%s", has_bytes ? ", " : "", units_age(buf, seconds.value));
	if (has_bytes || has_seconds)
		strbuf_adds(&p->text, " behind");
}

static void describe_server(const struct scene *scene, const struct link_view *link, struct piece *pieces)
{
	const struct facts *f = server_facts(scene->server);
	char buf[UNITS_SIZE];

	if (f->host || f->database)
		piece_database(&pieces[DATABASE], f);
	if (f->version_num == 0)
		return;
	strbuf_adds(&pieces[SERVER_ROLE].text, f->standby ? "STANDBY" : "primary");
	pieces[SERVER_ROLE].role = f->standby ? ROLE_BADGE : ROLE_TEXT;
	if (f->standby)
		piece_lag(&pieces[LAG], scene);
	strbuf_adds(&pieces[VERSION_WORD].label, "PostgreSQL ");
	strbuf_adds(&pieces[VERSION_WORD].text, f->version ? f->version : "?");
	/* Whether a server that cannot be reached is still up, nobody knows. */
	if (f->started_at_us && link->state != LINK_DOWN) {
		strbuf_adds(&pieces[UPTIME].label, "up ");
		strbuf_adds(&pieces[UPTIME].text,
			    units_age(buf, (double)(scene_server_now(scene) - f->started_at_us) / 1e6));
	}
	if (f->user) {
		strbuf_adds(&pieces[OUR_ROLE].label, "as ");
		strbuf_adds(&pieces[OUR_ROLE].text, f->user);
	}
}

/* Our role, uptime, the word PostgreSQL, the version: in this order, until it fits. */
static void give_way(struct piece *pieces, int room)
{
	if (header_cells(pieces, PIECES) > room)
		pieces[OUR_ROLE].gone = true;
	if (header_cells(pieces, PIECES) > room)
		pieces[UPTIME].gone = true;
	if (header_cells(pieces, PIECES) > room)
		strbuf_reset(&pieces[VERSION_WORD].label);
	if (header_cells(pieces, PIECES) > room)
		pieces[VERSION_WORD].gone = true;
	if (header_cells(pieces, PIECES) > room)
		pieces[LAG].gone = true;
}

static int add_piece(struct piece *pieces, int n, enum role role, const char *label, const char *text)
{
	pieces[n].role = role;
	strbuf_adds(&pieces[n].label, label);
	strbuf_adds(&pieces[n].text, text);
	return n + 1;
}

static int add_duration(struct piece *pieces, int n, enum role role, const char *word, const char *age)
{
	n = add_piece(pieces, n, role, "", word);
	strbuf_addf(&pieces[n - 1].text, " %s", age);
	return n;
}

/* Badges, link state, and the time of what is shown: the right end of the header. */
static int describe_link(const struct scene *scene, const struct link_view *link, struct piece *pieces)
{
	const struct facts *f = server_facts(scene->server);
	int64_t now = scene->now.wall_us;
	bool refused = link->state == LINK_CONNECTING && link->nattempts > 0;
	char clock[UNITS_SIZE];
	int n = 0;

	if (scene->read_only)
		n = add_piece(pieces, n, ROLE_BADGE, "", "READ ONLY");
	if (f->superuser && link->ever_connected)
		n = add_piece(pieces, n, ROLE_BADGE, "", "SUPERUSER");
	if (scene->paused) {
		n = add_duration(pieces, n, ROLE_BADGE, "PAUSED", badge_age(clock, now - scene->paused_us));
		pieces[n - 1].brief = "PAUSED";
	}
	if (link->state == LINK_NO_ANSWER)
		n = add_duration(pieces, n, ROLE_ALARM, "NO ANSWER", scene_link_age(scene, clock));
	else if (link->state == LINK_DOWN || refused)
		n = add_duration(pieces, n, ROLE_ALARM, "DOWN", scene_link_age(scene, clock));
	else if (link->state == LINK_CONNECTING)
		n = add_piece(pieces, n, ROLE_TEXT, "", "connecting");
	if (link->newest_answer_us == 0) {
		if (link->state == LINK_LIVE)
			n = add_piece(pieces, n, ROLE_TEXT, "", "connected");
		return n;
	}
	units_clock(clock, link->newest_answer_us, now);
	n = add_piece(pieces, n, ROLE_TEXT, link->state == LINK_LIVE && !scene->paused ? "live " : "from ", clock);
	if (n > 1)
		pieces[n - 1].brief = "";   /* the badges beside it tell more */
	return n;
}

static void draw_pieces(struct canvas *canvas, int y, int x, const struct piece *pieces, int n)
{
	bool first = true;

	for (int i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];

		if (piece_cells(p) == 0)
			continue;
		x += first ? 0 : GAP;
		first = false;
		x = canvas_put(canvas, y, x, -1, ROLE_DIM, p->label.text);
		x = canvas_put(canvas, y, x, -1, p->role, p->text.text);
	}
}

static void free_pieces(struct piece *pieces, int n)
{
	for (int i = 0; i < n; i++) {
		strbuf_free(&pieces[i].label);
		strbuf_free(&pieces[i].text);
	}
}

static void init_pieces(struct piece *pieces, int n)
{
	for (int i = 0; i < n; i++)
		pieces[i] = (struct piece){ .label = STRBUF_INIT, .text = STRBUF_INIT };
}

/* With many badges on a small screen the right end gives way too, from its end: the clock, then how long it has been paused. */
static int shorten_right(struct piece *right, int n, int room)
{
	for (int i = n - 1; i >= 0 && header_cells(right, n) > room; i--) {
		if (!right[i].brief)
			continue;
		strbuf_reset(&right[i].label);
		strbuf_reset(&right[i].text);
		strbuf_adds(&right[i].text, right[i].brief);
	}
	return header_cells(right, n);
}

/* What never goes: of a long name its ends, and that it is a standby. */
static void draw_least(struct canvas *canvas, int y, const struct piece *left, int room)
{
	int rest = header_cells(&left[SERVER_ROLE], 1), cells = room - rest - (rest ? GAP : 0);

	if (cells < NAME_LEAST && left[SERVER_ROLE].role != ROLE_BADGE) {
		rest = 0;
		cells = room;
	}
	if (cells > 0)
		canvas_clip_middle(canvas, y, 0, cells, ROLE_TEXT, left[DATABASE].text.text);
	if (rest)
		draw_pieces(canvas, y, room - rest, &left[SERVER_ROLE], 1);
}

void frame_header(const struct scene *scene, struct canvas *canvas, int y)
{
	struct link_view link = server_link(scene->server);
	struct piece left[PIECES], right[8];
	int nright, right_cells, room, least;

	init_pieces(left, PIECES);
	init_pieces(right, 8);
	describe_server(scene, &link, left);
	nright = describe_link(scene, &link, right);
	least = piece_cells(&left[DATABASE]) < NAME_LEAST ? piece_cells(&left[DATABASE]) : NAME_LEAST;
	least += piece_cells(&left[SERVER_ROLE]) ? GAP + piece_cells(&left[SERVER_ROLE]) : 0;
	right_cells = shorten_right(right, nright, canvas->width - least - GAP);
	room = canvas->width - right_cells - GAP;
	give_way(left, room);
	canvas_blank(canvas, y, 0, -1, ROLE_TEXT);
	if (header_cells(left, PIECES) <= room)
		draw_pieces(canvas, y, 0, left, PIECES);
	else
		draw_least(canvas, y, left, room);
	draw_pieces(canvas, y, canvas->width - right_cells, right, nright);
	free_pieces(left, PIECES);
	free_pieces(right, 8);
}

/*
 * A pane's place in the bar: `2 activity ■1`; two cells are kept for sign and count, so that
 * nothing moves. The overview has no findings of its own.
 */
static int tab_cells(const struct pane *p)
{
	return 2 + text_cells(p->tab) + (p->collector ? 3 : 0);
}

/* How many of the panes fit, with `+1` behind them where not all do. */
static size_t tabs_that_fit(const struct panes *panes, int width)
{
	size_t fit = 0;
	int used = 0;

	for (size_t i = 0; i < panes->n; i++) {
		used += (i ? 1 : 0) + tab_cells(&panes->pane[i]);
		if (used + (i + 1 < panes->n ? 3 : 0) > width)
			break;
		fit = i + 1;
	}
	return fit;
}

static void draw_counts(const struct scene *scene, const struct pane *p, struct canvas *canvas, int y, int x)
{
	const struct collection *c = server_collection_named(scene->server, p->collector->name);
	const char *mark = NULL;
	enum role mark_role = ROLE_STALE;
	size_t n = 0;
	int severity = SEVERITY_CRITICAL;

	if (c && c->state == COLLECTION_STALE && scene_is_live(scene))
		mark = "◄";
	else if (c && c->state == COLLECTION_SKIPPED)
		mark = "–";
	else if (c && c->state == COLLECTION_UNAVAILABLE) {
		mark = "×";
		mark_role = ROLE_HIDDEN;
	}
	while ((n = findings_count(scene, p->collector->name, (enum severity)severity)) == 0
	       && severity > SEVERITY_INFO)
		severity--;
	if (mark)
		canvas_put(canvas, y, x, 1, mark_role, mark);
	else if (n > 0)
		canvas_put(canvas, y, x, 1, severity_role((enum severity)severity),
			   canvas_sign(canvas, severity_sign((enum severity)severity)));
	if (n > 0)
		canvas_putf(canvas, y, x + 1, 1, severity_role((enum severity)severity), "%d", n > 9 ? 9 : (int)n);
}

void frame_pane_bar(const struct scene *scene, const struct pane *current, struct canvas *canvas, int y)
{
	const struct panes *panes = scene->panes;
	size_t fit = tabs_that_fit(panes, canvas->width);
	bool hidden = true;
	int x = 0;

	canvas_blank(canvas, y, 0, -1, ROLE_TEXT);
	for (size_t i = 0; i < fit; i++) {
		const struct pane *p = &panes->pane[i];
		int end = canvas_putf(canvas, y, x, -1, ROLE_ACCENT, "%d", p->number);

		end = canvas_put(canvas, y, end + 1, -1, ROLE_TEXT, p->tab);
		if (p == current) {
			canvas_role(canvas, y, x, end - x, ROLE_TAB);
			hidden = false;
		}
		if (p->collector)
			draw_counts(scene, p, canvas, y, end + 1);
		x += tab_cells(p) + 1;
	}
	if (fit < panes->n)
		canvas_putf(canvas, y, x, -1, hidden && current ? ROLE_TAB : ROLE_DIM, "+%d", (int)(panes->n - fit));
}

/* What the state of a pane says in place of its rows; false: nothing, it is as it should be. */
static bool state_text(const struct scene *scene, const struct collection *c, struct strbuf *out)
{
	char buf[UNITS_SIZE];
	const char *reason = c->reason ? c->reason : "the server has not answered since";
	int64_t wait = c->next_us - scene->now.wall_us;

	switch (c->state) {
	case COLLECTION_STALE:
		strbuf_addf(out, "stale, from %s: %s", units_clock(buf, c->taken_us, scene->now.wall_us), reason);
		return true;
	case COLLECTION_SKIPPED:
		strbuf_addf(out, "skipped: %s", c->reason ? c->reason : "it was busy");
		if (wait > 0)
			strbuf_addf(out, "; again in %.0f s", ceil((double)wait / 1e6));
		return true;
	case COLLECTION_UNAVAILABLE:
		strbuf_addf(out, "unavailable: %s", c->reason ? c->reason : "the server does not offer it");
		return true;
	case COLLECTION_WAITING:
	case COLLECTION_OK:
		break;
	}
	return false;
}

static void took_text(const struct collection *c, char buf[UNITS_SIZE])
{
	double ms = (double)c->table->took_us / 1e3;

	if (ms < 1)
		snprintf(buf, UNITS_SIZE, "<1 ms");
	else if (ms < 999.5)
		snprintf(buf, UNITS_SIZE, "%.0f ms", ms);
	else
		snprintf(buf, UNITS_SIZE, "%.1f s", ms / 1e3);
}

/*
 * The right end: what the figures cost and how often they are asked for. What is skipped says by
 * itself when it is asked again. `brief` leaves away why it is asked less often than wanted.
 */
static void cost_text(const struct collection *c, bool brief, struct strbuf *out)
{
	bool costly = c->asked_interval_s > 0 && c->interval_s > c->asked_interval_s * 1.001;
	char took[UNITS_SIZE];

	if (c->state == COLLECTION_STALE && c->interval_s > 0)
		strbuf_addf(out, "every %g s", c->interval_s);
	if (c->state != COLLECTION_OK || !c->table)
		return;
	took_text(c, took);
	if (costly && !brief)
		strbuf_addf(out, "asked every %g s instead of %g s: it took %s", c->interval_s, c->asked_interval_s, took);
	else if (costly)
		strbuf_addf(out, "%s every %g s, not %g", took, c->interval_s, c->asked_interval_s);
	else
		strbuf_addf(out, "%s every %g s", took, c->interval_s);
}

int frame_title_room(const char *title, const struct collection *collection, int width)
{
	struct strbuf cost = STRBUF_INIT;
	int room = width - text_cells(title) - GAP;

	cost_text(collection, true, &cost);
	room -= cost.len ? text_cells(cost.text) + GAP : 0;
	strbuf_free(&cost);
	return room;
}

void frame_title(const struct scene *scene, struct canvas *canvas, int y, int x, int width, const char *title,
		 const char *says, const struct collection *collection)
{
	struct strbuf state = STRBUF_INIT, cost = STRBUF_INIT;
	int end = x + width, used;

	if (collection && state_text(scene, collection, &state))
		says = state.text;
	canvas_blank(canvas, y, x, width, ROLE_TEXT);
	canvas_clip_middle(canvas, y, x, width, ROLE_HEADING, title);
	used = x + (text_cells(title) < width ? text_cells(title) : width);
	if (collection)
		cost_text(collection, false, &cost);
	/* since when the figures count is worth more than a longer word for what they cost */
	if (says && cost.len > 0 && text_cells(says) + text_cells(cost.text) + 2 * GAP > end - used) {
		strbuf_reset(&cost);
		cost_text(collection, true, &cost);
	}
	if (cost.len > 0 && text_cells(cost.text) + GAP <= end - used) {
		canvas_put_right(canvas, y, end, -1, ROLE_DIM, cost.text);
		end -= text_cells(cost.text) + GAP;
	}
	if (says && *says && used + GAP < end)
		canvas_clip_end(canvas, y, used + GAP, end - used - GAP, ROLE_TEXT, says);
	strbuf_free(&state);
	strbuf_free(&cost);
}
