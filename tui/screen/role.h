/*
 * Colour roles: what a colour is for. A theme says how each looks; nothing else on the screen knows
 * a colour.
 */
#ifndef PGTOP_ROLE_H
#define PGTOP_ROLE_H

/*    id          name in a theme file   what it is used for */
#define ROLES(X) \
	X(TEXT,       "text",      "figures, names, queries: nearly everything") \
	X(DIM,        "dim",       "labels, units, evidence lines, hint words, exact zeros, SQL comments") \
	X(HEADING,    "heading",   "pane title, column titles, section words") \
	X(ACCENT,     "accent",    "hint keys, sorted column, prompt mark, link to another row") \
	X(TAB,        "tab",       "the current pane in the pane bar") \
	X(SELECTION,  "selection", "the row in hand, from column 2 on") \
	X(CRITICAL,   "critical",  "critical sign, its figure, its finding title") \
	X(WARNING,    "warning",   "warning sign and figure") \
	X(OK,         "ok",        "done, and a check that passed before an act") \
	X(ROOT,       "root",      "a root blocker: sign and session") \
	X(BLOCKED,    "blocked",   "a waiting row: sign and what it waits for") \
	X(STALE,      "stale",     "a body whose figures are old") \
	X(HIDDEN,     "hidden",    "? and what rights or versions keep from us") \
	X(FRESH,      "fresh",     "a finding or row state that is new, for 10 s") \
	X(ALARM,      "alarm",     "NO ANSWER, DOWN in the header") \
	X(BADGE,      "badge",     "READ ONLY, STANDBY, SUPERUSER, PAUSED, REPLAY") \
	X(DANGER,     "danger",    "title line of an act that changes the server") \
	X(MATCH,      "match",     "search match") \
	X(KEYWORD,    "keyword",   "SQL keyword; plan node name") \
	X(LITERAL,    "literal",   "SQL literal and number") \
	X(SPARK,      "spark",     "sparkline and bar") \
	X(RULE,       "rule",      "thin line above a preview")

enum role {
#define X(id, name, use) ROLE_##id,
	ROLES(X)
#undef X
	ROLE_COUNT
};

/* By name, or ROLE_COUNT. */
enum role role_find(const char *name);
const char *role_name(enum role role);
const char *role_use(enum role role);

#endif
