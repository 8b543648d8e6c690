#include "connection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/secret.h"
#include "frame.h"
#include "sheet.h"

static void title_text(const struct scene *scene, const struct link_view *link, struct strbuf *out)
{
	char buf[UNITS_SIZE];

	units_clock(buf, link->since_us, scene->now.wall_us);
	switch (link->state) {
	case LINK_CONNECTING:
		if (buf[2] == ':')
			buf[5] = '\0';
		strbuf_addf(out, "never connected, since %s", buf);
		break;
	case LINK_LIVE:
		strbuf_addf(out, "live since %s", buf);
		break;
	case LINK_NO_ANSWER:
		strbuf_addf(out, "stands, but the server has not answered since %s",
			    units_clock(buf, link->newest_answer_us, scene->now.wall_us));
		break;
	case LINK_DOWN:
		strbuf_addf(out, "lost %s", buf);
		break;
	}
	if (link->lost && link->state != LINK_LIVE && link->state != LINK_NO_ANSWER) {
		strbuf_adds(out, ": ");
		secret_hide(out, link->lost);
	}
}

static void next_try_text(const struct scene *scene, const struct link_view *link, struct strbuf *out)
{
	double seconds = ceil((double)(link->next_try_us - scene->now.wall_us) / 1e6);

	if (link->refusal == REFUSED_OPTIONS) {
		strbuf_adds(out, "these connection options cannot be used");
		return;
	}
	if (link->refusal == REFUSED_NEEDS_PASSWORD)
		strbuf_adds(out, "the server asks for a password; ");
	else if (link->refusal == REFUSED_CREDENTIALS)
		strbuf_adds(out, "the server refuses this user or password; ");
	if (link->next_try_us == 0)
		strbuf_adds(out, "trying now");
	else if (seconds >= 1)
		strbuf_addf(out, "next try in %.0f s", seconds);
	else
		strbuf_adds(out, "next try now");
	if (link->refusal == REFUSED_NOT || link->refusal == REFUSED_DATABASE)
		strbuf_adds(out, ", and so on for as long as it takes");
}

static int widest_where(const struct link_view *link)
{
	int widest = 0;

	for (size_t i = 0; i < link->nattempts; i++) {
		int cells = text_cells(link->attempts[i].where);

		widest = cells > widest ? cells : widest;
	}
	return widest;
}

/* A text from x on, in as many lines as it takes; what goes on hangs two cells in. Gives the line below. */
static int draw_wrapped(struct canvas *canvas, int y, int end, int x, int right, enum role role, const char *text)
{
	struct sheet s = { .canvas = canvas, .area = { .y = y, .height = end - y, .width = right } };

	sheet_wrap(&s, x, x + 2, role, text, strlen(text));
	return s.line < end - y ? y + s.line : end;
}

/*
 * What became of each address, the reasons whole. An address that leaves no room for the reason goes on a line of its
 * own.
 */
static int draw_attempts(const struct scene *scene, const struct link_view *link, struct canvas *canvas,
			 struct area area)
{
	int widest = widest_where(link), y = area.y, end = area.y + area.height;
	int right = area.x + area.width;
	char buf[UNITS_SIZE];

	for (size_t i = 0; i < link->nattempts && y < end; i++) {
		const struct attempt *a = &link->attempts[i];
		int x = canvas_put(canvas, y, area.x + 2, -1, ROLE_DIM, units_clock(buf, a->at_us, scene->now.wall_us));
		int what = x + 2 + widest + 2;

		canvas_clip_end(canvas, y, x + 2, right - x - 2, ROLE_TEXT, a->where);
		if (right - what < 24 && text_cells(a->what) > right - what) {
			what = x + 2;
			y++;
		}
		y = draw_wrapped(canvas, y, end, what, right, ROLE_TEXT, a->what);
	}
	return y;
}

static void draw_next(const struct scene *scene, const struct link_view *link, struct canvas *canvas, int y,
		      struct area area)
{
	static const char does[] = " tries now";
	struct strbuf out = STRBUF_INIT;
	int right = area.x + area.width - (int)sizeof does;

	next_try_text(scene, link, &out);
	canvas_clip_end(canvas, y, area.x + 2, right - area.x - 4, ROLE_TEXT, out.text);
	canvas_put(canvas, y, canvas_put(canvas, y, right, 1, ROLE_ACCENT, "r"), -1, ROLE_DIM, does);
	strbuf_free(&out);
}

/* What the title has no room for, whole. */
static int draw_lost(const struct link_view *link, struct canvas *canvas, int y, struct area area)
{
	char *lost = secret_hidden(link->lost);

	if (lost)
		y = draw_wrapped(canvas, y, area.y + area.height, area.x + 2, area.x + area.width, ROLE_TEXT, lost);
	free(lost);
	return y;
}

void connection_draw(const struct scene *scene, struct canvas *canvas, struct area area)
{
	static const char title[] = "connection";
	struct link_view link = server_link(scene->server);
	struct strbuf says = STRBUF_INIT;
	int y, end = area.y + area.height;
	char buf[UNITS_SIZE];
	bool cut;

	title_text(scene, &link, &says);
	frame_title(scene, canvas, area.y, area.x, area.width, title, says.text, NULL);
	cut = text_cells(title) + 2 + text_cells(says.text) > area.width;
	strbuf_free(&says);
	y = cut ? draw_lost(&link, canvas, area.y + 1, area) : area.y + 1;
	y = draw_attempts(scene, &link, canvas, (struct area){ y, area.x, end - y, area.width });
	if (link.state == LINK_LIVE)
		return;
	if (y < end && link.state != LINK_NO_ANSWER)
		draw_next(scene, &link, canvas, y++, area);
	if (y < end && link.ever_connected && link.newest_answer_us)
		canvas_putf(canvas, y, area.x + 2, area.width - 2, ROLE_DIM,
			    "All panes keep what they knew at %s. Acts are off meanwhile.",
			    units_clock(buf, link.newest_answer_us, scene->now.wall_us));
}
