#include "terminal_style.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <term.h>

/*
 * xterm takes sequences of 100 000 bytes, some only 75 000: what they drop they drop without a
 * word.
 */
enum { COPY_LIMIT = 74994 };

bool terminal_usable(const char *term, struct strbuf *error)
{
	int found = 0;
	const char *move;

	if (!term || !*term) {
		strbuf_adds(error, "TERM is not set; set it, or use --once");
		return false;
	}
	if (setupterm(term, STDOUT_FILENO, &found) != OK) {
		strbuf_addf(error, found < 0 ? "no terminal database for TERM=%s; use --once"
			    : "TERM=%s is not in the terminal database; set another, or use --once", term);
		return false;
	}
	move = tigetstr("cup");
	if (!move || move == (const char *)-1 || !*move || tigetflag("hc") > 0) {
		strbuf_addf(error, "TERM=%s cannot show a full screen; use --once", term);
		del_curterm(cur_term);
		return false;
	}
	del_curterm(cur_term);
	return true;
}

void terminal_style_start(struct terminal_style *s, bool colors)
{
	const char *no_color = getenv("NO_COLOR");

	s->colors = 0;
	if (!colors || (no_color && *no_color) || !has_colors() || start_color() == ERR)
		return;
	s->own = use_default_colors() == OK;
	if (COLOR_PAIRS > ROLE_COUNT)
		s->colors = COLORS >= 256 ? 256 : COLORS >= 8 ? 8 : 0;
	s->direct = COLORS > 256 * 256;
}

static int color_of(const struct terminal_style *s, int color, int otherwise)
{
	if (color < 0)
		return s->own ? -1 : otherwise;
	/* The first eight stay the palette's where colours are RGB, so black is nearly black. */
	if (s->direct && color >= 16)
		return theme_rgb(color) < 8 ? COLOR_BLACK : theme_rgb(color);
	return color;
}

static attr_t attributes_of(unsigned style)
{
	return (style & STYLE_BOLD ? A_BOLD : A_NORMAL) | (style & STYLE_UNDERLINE ? A_UNDERLINE : A_NORMAL)
		| (style & STYLE_REVERSE ? A_REVERSE : A_NORMAL);
}

static void set_pair(struct terminal_style *s, int role, int fg, int bg)
{
	s->pair[role] = 0;
	if (fg < 0 && bg < 0)
		return;
	s->pair[role] = (short)(role + 1);
	init_extended_pair(role + 1, color_of(s, fg, COLOR_WHITE), color_of(s, bg, COLOR_BLACK));
}

void terminal_style_set(struct terminal_style *s, const struct theme *theme)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct style *style = &theme->style[i];

		if (s->colors == 256) {
			s->attributes[i] = attributes_of(style->attributes);
			set_pair(s, i, style->fg, style->bg);
		} else if (s->colors == 8) {
			s->attributes[i] = attributes_of(style->attributes8);
			set_pair(s, i, style->fg8, style->bg8);
		} else {
			s->attributes[i] = attributes_of(style->mono);
			s->pair[i] = 0;
		}
	}
}

static void add_base64(struct strbuf *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; n > 0; p += 3) {
		unsigned bits = (unsigned)p[0] << 16 | (n > 1 ? (unsigned)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);

		strbuf_addc(out, digits[bits >> 18]);
		strbuf_addc(out, digits[bits >> 12 & 63]);
		strbuf_addc(out, n > 1 ? digits[bits >> 6 & 63] : '=');
		strbuf_addc(out, n > 2 ? digits[bits & 63] : '=');
		n -= n > 2 ? 3 : n;
	}
}

/*
 * Terminals that would print the sequence or drop it: consoles, and screen, which passes on only
 * what is wrapped for it.
 */
static bool can_copy(const char *term)
{
	static const char *const cannot[] = { "linux", "vt", "cons", "sun", "wsvt", "ansi" };

	for (size_t i = 0; i < sizeof cannot / sizeof *cannot; i++)
		if (strncmp(term, cannot[i], strlen(cannot[i])) == 0)
			return false;
	return getenv("TMUX") || !(getenv("STY") || strncmp(term, "screen.", 7) == 0);
}

bool terminal_copy(struct terminal *t, const char *text)
{
	struct strbuf out = STRBUF_INIT;
	const char *term = getenv("TERM");
	size_t len = strlen(text), done = 0;

	(void)t;
	if (!term || !can_copy(term) || (len + 2) / 3 * 4 > COPY_LIMIT)
		return false;
	strbuf_adds(&out, "\033]52;c;");
	add_base64(&out, (const unsigned char *)text, len);
	strbuf_adds(&out, "\a");
	while (done < out.len) {
		ssize_t n = write(STDOUT_FILENO, out.text + done, out.len - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	len = out.len;
	strbuf_free(&out);
	return done == len;
}
