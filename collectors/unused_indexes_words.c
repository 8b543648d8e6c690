/* What is said of an index: why it must stay, how one that is not whole is mended. */
#include "unused_indexes.h"

#include <string.h>

struct guard_words {
	int64_t guard;
	const char *brief;   /* for a narrow column */
	const char *words;
};

/* The strongest first. */
static const struct guard_words guards_said[] = {
	{ GUARD_PRIMARY, "primary key", "it is the primary key" },
	{ GUARD_EXCLUSION, "exclusion constraint", "it enforces an exclusion constraint" },
	{ GUARD_CONSTRAINT, "backs a constraint", "it backs a constraint" },
	{ GUARD_REFERENCED, "a foreign key needs it", "a foreign key of another table refers to it" },
	{ GUARD_REPLICA_IDENTITY, "replica identity", "it is the replica identity of its table" },
	{ GUARD_UNIQUE, "enforces uniqueness", "it enforces uniqueness" },
	{ GUARD_FOREIGN_KEY, "supports a foreign key", "no other index supports a foreign key of its table" },
	{ GUARD_CLUSTERED, "clustered by it", "its table is clustered by it" },
	{ GUARD_PARTITIONED, "partitioned index", "it is the parent of a partitioned index" },
	{ GUARD_PARTITION, "part of another index", "it is part of a partitioned index" },
	{ GUARD_EXPRESSION, "expression statistics", "the planner has statistics of its expression by it" },
	{ GUARD_EXTENSION, "belongs to an extension", "it belongs to an extension" },
	{ GUARD_DEPENDED, "something depends on it", "something depends on it" },
	{ STATE_UNCOUNTED, "scans are not counted", "track_counts is off: nobody knows whether it is scanned" },
	{ STATE_STANDBY, "scans of the primary are not known here", "scans of the primary are not known here" },
};

const char *index_problem_name(enum index_problem p)
{
	static const char *const names[] = {
		[PROBLEM_UNUSED] = "unused",
		[PROBLEM_DUPLICATE] = "duplicate",
		[PROBLEM_REDUNDANT] = "redundant",
		[PROBLEM_INVALID] = "invalid",
	};

	return names[p];
}

const char *index_guard_brief(int64_t guards)
{
	for (size_t i = 0; i < sizeof guards_said / sizeof *guards_said; i++)
		if (guards & guards_said[i].guard)
			return guards_said[i].brief;
	return NULL;
}

void index_guards_add(struct strbuf *out, int64_t guards)
{
	bool first = true;

	for (size_t i = 0; i < sizeof guards_said / sizeof *guards_said; i++) {
		if (!(guards & guards_said[i].guard))
			continue;
		strbuf_addf(out, "%s%s", first ? "" : "; ", guards_said[i].words);
		first = false;
	}
}

/* What REINDEX CONCURRENTLY leaves behind when it is cut: `_ccnew` or `_ccold`, with a number where that name was taken. */
static bool is_leftover(const char *name)
{
	size_t len = strlen(name);

	while (len && strchr("0123456789", name[len - 1]))
		len--;
	return len > 6 && (memcmp(name + len - 6, "_ccnew", 6) == 0 || memcmp(name + len - 6, "_ccold", 6) == 0);
}

/* What a constraint, a partitioned index or somebody else rests on is never dropped by itself. */
bool index_can_be_dropped(int64_t guards)
{
	return (guards & (GUARD_PRIMARY | GUARD_EXCLUSION | GUARD_CONSTRAINT | GUARD_REFERENCED | GUARD_REPLICA_IDENTITY |
			  GUARD_PARTITIONED | GUARD_PARTITION | GUARD_EXTENSION | GUARD_DEPENDED)) == 0;
}

/* The server builds none that enforces an exclusion constraint beside the old one. */
bool index_can_be_rebuilt(const char *name, int64_t guards)
{
	return (guards & (STATE_NOT_LIVE | GUARD_PARTITIONED | GUARD_EXCLUSION)) == 0 && (!is_leftover(name) || !index_can_be_dropped(guards));
}

void index_repair_add(struct strbuf *out, const char *name, int64_t guards)
{
	bool drop = index_can_be_dropped(guards), rebuild = index_can_be_rebuilt(name, guards);

	if (guards & GUARD_PARTITIONED) {
		strbuf_adds(out, "a partition lacks it: create it there and ATTACH it");
		return;
	}
	if (guards & STATE_NOT_LIVE)
		strbuf_adds(out, "drop cut short, not written");
	else if (is_leftover(name))
		strbuf_addf(out, "leftover of REINDEX, %s", guards & STATE_NOT_READY ? "not written" : "still written");
	else
		strbuf_addf(out, "invalid, %s", guards & STATE_NOT_READY ? "not written" : "still written");
	if (guards & GUARD_EXCLUSION)
		strbuf_adds(out, ": REINDEX INDEX rebuilds it, and its table is locked meanwhile");
	if (rebuild)
		strbuf_addf(out, ": REINDEX INDEX CONCURRENTLY rebuilds it%s", guards & GUARD_UNIQUE ? " after any duplicates are removed" : "");
	if (drop)
		strbuf_addf(out, "%s DROP INDEX CONCURRENTLY %s", rebuild ? "," : ":",
			    guards & STATE_NOT_LIVE ? "finishes the drop" : "removes it");
}
