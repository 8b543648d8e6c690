/*
 * What the frame and the overview read of a server: figures of the `stats` table by name, the time
 * on the server's clock, findings that stand for
 * themselves, and how their signs look.
 */
#ifndef PGTOP_FIGURES_H
#define PGTOP_FIGURES_H

#include "pane.h"

/* One figure of `stats`. `kind` tells why there is no value, as a cell does. */
struct figure {
	enum cell_kind kind;
	enum unit unit;
	double value;
};

struct figure figure_named(const struct scene *scene, const char *name);

/*
 * As it stands in the vitals, with its unit: buf has UNITS_SIZE bytes; `-`, `?` or `…` where there
 * is none.
 */
const char *figure_text(const struct figure *f, const struct scene *scene, char *buf);

/* The role of a figure's text when no finding concerns it. */
enum role figure_role(const struct figure *f);

/*
 * What the server's clock showed when the newest figures were taken, epoch: it may differ from ours by hours, and what
 * is read from it stands still with the figures.
 */
int64_t scene_server_now(const struct scene *scene);

/* `14s`, counted by the second: a badge that runs through tenths only distracts. buf has UNITS_SIZE bytes. */
const char *badge_age(char *buf, int64_t us);

/*
 * How long there is no answer, since the newest one (NO ANSWER), or how long the link is in its state (DOWN), in whole
 * seconds: one age for the header and for the finding `connection-lost`. buf has UNITS_SIZE bytes.
 */
const char *scene_link_age(const struct scene *scene, char *buf);

/*
 * How long a finding has been so, appended: `14m07s`, `≥9d04h`; as of the moment its table was taken, so that it agrees with
 * the rows and stands still with them. Where nobody knows since when: at least since it was first seen here. The
 * link's own runs on, as the header's does. Never empty.
 */
void finding_age(const struct scene *scene, const struct finding *f, struct strbuf *out);

/* Whether the figures on the screen are of the present: connected, and answering. */
bool scene_is_live(const struct scene *scene);

/* The sign (enum sign) and role of a severity. */
int severity_sign(enum severity severity);
enum role severity_role(enum severity severity);

/* How many findings that stand for themselves there are of a severity. pane NULL: of all. */
size_t findings_count(const struct scene *scene, const char *pane, enum severity severity);

#endif
