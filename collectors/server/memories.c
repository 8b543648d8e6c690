/* What collectors keep from one run to the next (remember.h): which memory is whose, and when it is written. */
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "internal.h"

static void take_notice(struct server *s, struct strbuf *take)
{
	if (take->len)
		mem_replace(&s->notice, strbuf_take(take));
	strbuf_free(take);
}

void memories_begin(struct server *s, const char *directory)
{
	struct strbuf error = STRBUF_INIT;

	s->memories = memories_open(directory, &error);
	take_notice(s, &error);
}

/*
 * A name of the database that outlives restarts and other ways to reach it; where the role may not ask for the server's identifier, the way it
 * is reached. A standby has that of its primary, but counters of its own.
 */
static char *server_name(const struct server *s)
{
	const struct facts *f = &s->facts;
	const char *database = f->database ? f->database : "", *standby = f->standby ? "/standby" : "";

	if (f->system_identifier)
		return mem_format("%s/%s%s", f->system_identifier, database, standby);
	if (f->host)
		return mem_format("%s:%s/%s%s", f->host, f->port ? f->port : "", database, standby);
	return NULL;
}

struct memory *memories_for(const struct server *s, const struct collector *collector)
{
	struct memory *memory = NULL;
	char *name;

	if (!collector->memory || !s->memories)
		return NULL;
	name = server_name(s);
	if (name)
		memory = memories_of(s->memories, name, collector->name, collector->memory, collector->nmemory);
	free(name);
	return memory;
}

void memories_turn(struct server *s, struct now now)
{
	struct strbuf error = STRBUF_INIT;

	/* A run under way has the memory in hand. */
	if (!s->memories || s->run.active)
		return;
	memories_save(s->memories, now.mono_us, false, &error);
	take_notice(s, &error);
}

void memories_end(struct server *s)
{
	struct strbuf error = STRBUF_INIT;

	if (s->memories)
		memories_save(s->memories, 0, true, &error);
	strbuf_free(&error);   /* nobody is left to be told; what could be known of it was, the first time */
	memories_close(s->memories);
	s->memories = NULL;
	mem_replace(&s->notice, NULL);
}

char *server_take_notice(struct server *s)
{
	char *notice = s->notice;

	s->notice = NULL;
	return notice;
}
