#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "terminal_crash.h"
#include "terminal_keys.h"
#include "terminal_style.h"

struct curses_terminal {
	struct terminal base;      /* first: the table of functions points here */
	SCREEN *screen;
	WINDOW *keys;              /* a pad to read from: reading from stdscr would draw it */
	struct partial_char partial;
	struct termios saved;      /* as it was before us */
	struct terminal_style style;
	struct canvas *shown;      /* what curses was told last */
	bool repaint;              /* all of it anew */
	int cursor_y, cursor_x;    /* as shown; -1: hidden */
	bool can_hide;             /* the terminal can hide its cursor */
	cchar_t *line;             /* of the canvas' width */
};

/* Signals for which curses puts in handlers of its own; they are the program's. */
static const int curses_signals[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
enum { CURSES_SIGNALS = sizeof curses_signals / sizeof *curses_signals };

static struct curses_terminal *self(struct terminal *t)
{
	return (struct curses_terminal *)(void *)t;
}

static void curses_size(struct terminal *t, int *height, int *width)
{
	(void)t;
	*height = LINES;
	*width = COLS;
}

/* The terminal is gone: hung up, or readable without a byte to read. */
static bool is_closed(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int waiting = 0;

	if (poll(&p, 1, 0) < 0)
		return false;
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return (p.revents & POLLIN) && ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0;
}

static int32_t curses_read_key(struct terminal *t)
{
	struct curses_terminal *ct = self(t);
	int32_t key = terminal_key(ct->keys, &ct->partial);

	return key == KEY_NONE && is_closed(t->fd) ? KEY_CLOSED : key;
}

static bool same_glyph(const struct glyph *a, const struct glyph *b)
{
	return a->c == b->c && a->role == b->role && a->underline == b->underline
		&& memcmp(a->marks, b->marks, sizeof a->marks) == 0;
}

static void glyph_to_cchar(const struct curses_terminal *ct, const struct glyph *g, cchar_t *out)
{
	wchar_t text[CELL_MARKS + 2] = { (wchar_t)g->c };
	attr_t attributes = ct->style.attributes[g->role];

	for (int i = 0; i < CELL_MARKS; i++)
		text[i + 1] = (wchar_t)g->marks[i];
	if (g->underline)
		attributes |= A_UNDERLINE;
	if (setcchar(out, text, attributes, ct->style.pair[g->role], NULL) == ERR)
		setcchar(out, L"?", attributes, ct->style.pair[g->role], NULL);
}

/*
 * Hands curses the changed part of a line; it finds the cheapest way to send it. Gives whether
 * there was one.
 */
static bool show_line(struct curses_terminal *ct, const struct canvas *c, int y)
{
	const struct glyph *new = canvas_at(c, y, 0);
	struct glyph *old = canvas_at(ct->shown, y, 0);
	int first = 0, last = c->width - 1, n = 0;

	if (!ct->repaint) {
		while (first <= last && same_glyph(&new[first], &old[first]))
			first++;
		if (first > last)
			return false;
		while (same_glyph(&new[last], &old[last]))
			last--;
	}
	while (first > 0 && (new[first].c == 0 || old[first].c == 0))
		first--;
	while (last + 1 < c->width && (new[last + 1].c == 0 || old[last + 1].c == 0))
		last++;
	for (int x = first; x <= last; x++) {
		old[x] = new[x];
		if (new[x].c != 0)
			glyph_to_cchar(ct, &new[x], &ct->line[n++]);
	}
	mvadd_wchnstr(y, first, ct->line, n);
	return true;
}

static bool show_cursor(struct curses_terminal *ct, const struct canvas *c)
{
	bool visible = c->cursor_y >= 0 && c->cursor_y < LINES && c->cursor_x >= 0 && c->cursor_x < COLS;
	int y = visible ? c->cursor_y : -1, x = visible ? c->cursor_x : -1;
	bool moved = y != ct->cursor_y || x != ct->cursor_x;

	if (!moved && !ct->repaint)
		return false;
	if (visible != (ct->cursor_y >= 0) || ct->repaint)
		curs_set(visible);
	ct->cursor_y = y;
	ct->cursor_x = x;
	/* A hidden cursor may stay wherever drawing ended; one that cannot be hidden is parked. */
	leaveok(stdscr, !visible && ct->can_hide);
	if (visible)
		move(y, x);
	else
		move(LINES - 1, 0);
	return true;
}

static void curses_show(struct terminal *t, const struct canvas *c)
{
	struct curses_terminal *ct = self(t);
	bool changed = false;

	if (c->height != ct->shown->height || c->width != ct->shown->width) {
		canvas_resize(ct->shown, c->height, c->width);
		ct->line = mem_resize(ct->line, (size_t)c->width + 1, sizeof *ct->line);
		ct->repaint = true;
	}
	if (ct->repaint)
		erase();
	for (int y = 0; y < c->height && c->width > 0; y++)
		changed |= show_line(ct, c, y);
	changed |= show_cursor(ct, c);
	ct->repaint = false;
	if (changed) {
		wnoutrefresh(stdscr);
		doupdate();
	}
}

static void curses_redraw(struct terminal *t)
{
	self(t)->repaint = true;
	clearok(curscr, TRUE);
}

static void curses_set_theme(struct terminal *t, const struct theme *theme)
{
	terminal_style_set(&self(t)->style, theme);
	curses_redraw(t);
}

static void curses_resized(struct terminal *t)
{
	struct winsize size;

	/* A serial line knows no size and says 0x0: what was known stays. */
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
		return;
	if (size.ws_row == LINES && size.ws_col == COLS)
		return;
	resizeterm(size.ws_row, size.ws_col);
	curses_redraw(t);
}

static void add_capability(struct strbuf *out, const char *name)
{
	const char *s = tigetstr(name);

	if (!s || s == (const char *)-1)
		return;
	while (*s) {
		const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;

		if (end)
			s = end + 1;   /* padding, for terminals of old */
		else
			strbuf_addc(out, *s++);
	}
}

static void arm(const struct curses_terminal *ct)
{
	static const char *const capabilities[] = { "sgr0", "op", "rmkx", "cnorm" };
	struct strbuf bytes = STRBUF_INIT;
	size_t len;

	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
		add_capability(&bytes, capabilities[i]);
	len = bytes.len;
	add_capability(&bytes, "rmcup");
	if (bytes.len == len)
		strbuf_adds(&bytes, "\r\n");
	terminal_crash_arm(STDOUT_FILENO, &ct->saved, bytes.text, bytes.len);
	strbuf_free(&bytes);
}

/*
 * Keys one by one. ^C is a key, because it means `leave what I am in`; ^S and ^V are, because they
 * would freeze the screen and swallow the next one. ^Z and ^\ stay signals.
 */
static void set_line_discipline(void)
{
	struct termios mode;

	cbreak();
	noecho();
	nonl();
	if (tcgetattr(STDIN_FILENO, &mode) != 0)
		return;
	mode.c_cc[VINTR] = _POSIX_VDISABLE;
	mode.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
	mode.c_lflag &= ~(tcflag_t)IEXTEN;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
	def_prog_mode();
}

static void save_signals(struct sigaction saved[CURSES_SIGNALS])
{
	for (int i = 0; i < CURSES_SIGNALS; i++)
		sigaction(curses_signals[i], NULL, &saved[i]);
}

static void restore_signals(const struct sigaction saved[CURSES_SIGNALS])
{
	for (int i = 0; i < CURSES_SIGNALS; i++)
		sigaction(curses_signals[i], &saved[i], NULL);
}

static void curses_suspend(struct terminal *t)
{
	struct curses_terminal *ct = self(t);
	struct sigaction before, stop = { .sa_handler = SIG_DFL };
	sigset_t mask, old;

	endwin();
	terminal_crash_disarm();
	tcsetattr(STDIN_FILENO, TCSADRAIN, &ct->saved);
	sigemptyset(&stop.sa_mask);
	sigaction(SIGTSTP, &stop, &before);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &mask, &old);
	raise(SIGTSTP);
	/* Stopped here until SIGCONT. */
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGTSTP, &before, NULL);
	tcgetattr(STDIN_FILENO, &ct->saved);
	def_shell_mode();
	arm(ct);
	reset_prog_mode();
	curses_resized(t);
	curses_redraw(t);
}

static void curses_close(struct terminal *t)
{
	struct curses_terminal *ct = self(t);

	delwin(ct->keys);
	/* Ended while stopped: the terminal has been given back, and leaving the alternate screen twice would move the cursor. */
	if (!isendwin())
		endwin();
	tcsetattr(STDIN_FILENO, TCSADRAIN, &ct->saved);
	terminal_crash_disarm();
	terminal_crash_release();
	delscreen(ct->screen);
	canvas_free(ct->shown);
	free(ct->line);
	free(ct);
}

static void start_screen(struct curses_terminal *ct, const struct terminal_options *options)
{
	/*
	 * Until it was once ended, curses writes after every movement of the cursor; afterwards it
	 * writes a picture in one piece. Before colours are started: coming back with them, it would
	 * reset the terminal's palette, which somebody may have chosen.
	 */
	endwin();
	doupdate();
	if (!getenv("ESCDELAY"))
		set_escdelay(25);
	terminal_style_start(&ct->style, options->colors != COLORS_NONE);
	ct->base.colored = ct->style.colors > 0;
	if (options->theme)
		terminal_style_set(&ct->style, options->theme);
	typeahead(-1);          /* a picture is never left half drawn because a key came */
	ct->keys = newpad(1, 1);
	keypad(ct->keys, TRUE);
	nodelay(ct->keys, TRUE);
	ct->can_hide = curs_set(0) != ERR;
	ct->shown = canvas_new(0, 0, false);
	ct->line = mem_alloc(sizeof *ct->line);
	ct->cursor_y = ct->cursor_x = -1;
	ct->repaint = true;
	set_line_discipline();
	curses_resized(&ct->base);
	arm(ct);
	terminal_crash_catch();
}

struct terminal *terminal_open(const struct terminal_options *options, struct strbuf *error)
{
	struct sigaction signals[CURSES_SIGNALS];
	struct curses_terminal *ct;
	struct termios saved;
	SCREEN *screen;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &saved) != 0) {
		strbuf_addf(error, "standard %s is no terminal; use --once",
			    isatty(STDOUT_FILENO) ? "input" : "output");
		return NULL;
	}
	if (!terminal_usable(getenv("TERM"), error))
		return NULL;
	fflush(stdout);
	save_signals(signals);
	screen = newterm(NULL, stdout, stdin);
	restore_signals(signals);
	if (!screen) {
		strbuf_addf(error, "TERM=%s cannot be used for a full screen; use --once", getenv("TERM"));
		return NULL;
	}
	ct = mem_zero(1, sizeof *ct);
	ct->base = (struct terminal){
		.fd = STDIN_FILENO,
		.ascii = options->ascii || !text_unicode_usable(getenv("TERM")),
		.size = curses_size,
		.read_key = curses_read_key,
		.show = curses_show,
		.set_theme = curses_set_theme,
		.redraw = curses_redraw,
		.resized = curses_resized,
		.suspend = curses_suspend,
		.copy = terminal_copy,
		.close = curses_close,
	};
	ct->screen = screen;
	ct->saved = saved;
	start_screen(ct, options);
	return &ct->base;
}
