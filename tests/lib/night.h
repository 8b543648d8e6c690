/*
 * One bad night of an orders application, as SCREENS draws it: a server without a link, filled
 * with rows as its statements would have brought them. An idle transaction (4127) blocks a
 * migration (5210), behind which twenty-two sessions wait; a prepared transaction blocks two
 * more.
 */
#ifndef PGTOP_TESTS_NIGHT_H
#define PGTOP_TESTS_NIGHT_H

#include "collectors/server/server.h"

/* 2026-11-22 03:12:08 in TZ=CET-1, which it sets. */
struct now night_clock(void);

/* A server full of it, as of `now` and ten minutes before. */
struct server *night_server(const struct limits *limits, struct now now);

/* The answers of another tick. */
void night_tick(struct server *s, struct now now);

/* The figures of the whole server; part of night_server() and, where nothing is wrong, of night_healthy(). */
void night_stats(struct server *s, bool sick, struct now now);

/*
 * Statements, indexes and materialized views of that night, as looked at around each refresh and over the last minute; part of
 * night_server().
 */
void night_advice(struct server *s, struct now now);

/* Gives an index or a materialized view another name, as of the newest look. */
void night_rename(struct server *s, const char *name, const char *other, struct now now);

/* Nothing of these is to be mended: a few statements that share the time, no index or view to name. Part of night_healthy(). */
void night_no_advice(struct server *s, struct now now);

/*
 * The extension for statements is not there, auto_explain is loaded alone, and our role is no member of anything; looked at eight
 * seconds before.
 */
void night_no_statements(struct server *s, struct now now);

/* Nothing is wrong: a few sessions, and no locks. */
struct server *night_healthy(const struct limits *limits, struct now now);

/* The sessions of another role are hidden. */
void night_hide(struct server *s, struct now now);

/* It is a standby, db2, so far behind; of its figures only that is known. */
void night_standby(struct server *s, double bytes, double seconds, struct now now);

/* So many sessions, all active. */
void night_many(struct server *s, size_t sessions, struct now now);

/* The session ends. */
void night_without(struct server *s, int64_t pid, struct now now);

#endif
