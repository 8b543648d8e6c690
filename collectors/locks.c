#include "locks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sessions.h"
#include "waiting.h"

#define INTERNAL(text, type, unit) text, type, unit, COLUMN_INTERNAL, 0, 0

static const struct column columns[LOCKS_COLUMNS] = {
	[LOCKS_SIGN] = { "sign", NULL, INTERNAL("root, or waits", TYPE_INT, UNIT_NONE) },
	[LOCKS_PID] = { "pid", NULL, "process on the server; 0: a prepared transaction", TYPE_INT, UNIT_ID,
			COLUMN_KEY | COLUMN_DATA, 7, 0 },
	[LOCKS_GID] = { "gid", NULL, "name of the prepared transaction", TYPE_TEXT, UNIT_NONE, COLUMN_KEY | COLUMN_DATA, 0, 0 },
	[LOCKS_SESSION] = { "session", NULL, "pid or prepared transaction, and its role", TYPE_TEXT, UNIT_NONE,
			    COLUMN_SCREEN | COLUMN_NAME, 24, 1 },
	[LOCKS_WHAT] = { "what", "", "holds the lock, or waits for it", TYPE_TEXT, UNIT_NONE, COLUMN_SCREEN, 5, 1 },
	[LOCKS_ROOT_PID] = { "root_pid", NULL, "pid of the root of its tree", TYPE_INT, UNIT_ID, COLUMN_DATA, 7, 0 },
	[LOCKS_DEPTH] = { "depth", NULL, "0: a root; else one more than the session it waits for", TYPE_INT, UNIT_NONE,
			  COLUMN_DATA, 0, 0 },
	[LOCKS_BLOCKED_BY] = { "blocked_by", "blocked by",
			       "pids it waits for, those that hold the lock before those ahead in its queue;"
			       " 0: a prepared transaction; " BLOCKED_BY_BOUNDS,
			       TYPE_LIST, UNIT_NONE, COLUMN_PID_LIST | COLUMN_DATA, 13, 0 },
	[LOCKS_WAITERS] = { "waiters", NULL, "all that wait behind it", TYPE_INT, UNIT_COUNT, COLUMN_DATA, 6, 0 },
	[LOCKS_LOCK_MODE] = { "lock_mode", NULL, "mode it waits for; of a root the strongest it holds", TYPE_TEXT, UNIT_NONE,
			      COLUMN_DATA, 0, 0 },
	[LOCKS_MODE] = { "mode", NULL, "mode it waits for or holds", TYPE_TEXT, UNIT_NONE,
			 COLUMN_SCREEN | COLUMN_NAME | COLUMN_WAIT, 16, 1 },
	[LOCKS_GRANTED_MODES] = { "granted_modes", "granted modes", "modes it holds on the object waited for", TYPE_LIST, UNIT_NONE,
				  COLUMN_NAME, 20, 3 },
	[LOCKS_LOCK_TYPE] = { "lock_type", "type", "kind of the lock waited for", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[LOCKS_OBJECT] = { "object", "on", "what is waited for, by name; a number while the name cannot be had", TYPE_TEXT,
			   UNIT_NONE, COLUMN_NAME | COLUMN_WAIT, 20, 2 },
	[LOCKS_WAIT_S] = { "wait_s", "wait", "how long it has waited; on 13 at most, by its statement's age", TYPE_FLOAT, UNIT_AGE,
			   COLUMN_DATA, 6, 0 },
	[LOCKS_FOR] = { "for", NULL, "of a waiter its wait, of a root the age of its transaction", TYPE_FLOAT, UNIT_AGE,
			COLUMN_SCREEN, 6, 1 },
	[LOCKS_BEHIND] = { "behind", NULL, "all that wait behind it", TYPE_INT, UNIT_COUNT, COLUMN_SCREEN, 6, 1 },
	[LOCKS_STATE] = { "state", NULL, "what the session does", TYPE_TEXT, UNIT_NONE, COLUMN_DATA, 0, 0 },
	[LOCKS_TRANSACTION_S] = { "transaction_s", "xact", "age of its transaction", TYPE_FLOAT, UNIT_AGE, COLUMN_DATA, 6, 0 },
	[LOCKS_USER] = { "user", NULL, "role of the session, owner of the prepared transaction", TYPE_TEXT, UNIT_NONE,
			 COLUMN_DATA | COLUMN_NAME, 0, 0 },
	[LOCKS_APPLICATION] = { "application", NULL, "application_name, as the client says", TYPE_TEXT, UNIT_NONE, COLUMN_NAME,
				12, 3 },
	[LOCKS_DATABASE] = { "database", NULL, "database it is connected to", TYPE_TEXT, UNIT_NONE, COLUMN_NAME, 10, 3 },
	[LOCKS_QUERY] = { "query", NULL, "its present or last statement; " QUERY_BOUND, TYPE_TEXT, UNIT_NONE, COLUMN_LINES | COLUMN_DATA, 0, 0 },
	[LOCKS_DOING] = { "doing", "query", "its statement, with its state where that matters", TYPE_TEXT, UNIT_NONE,
			  COLUMN_SCREEN | COLUMN_REST, 0, 1 },
	[LOCKS_BACKEND_START] = { "backend_start", NULL, INTERNAL("when the session began", TYPE_TIME, UNIT_TIME) },
	[LOCKS_QUERY_START] = { "query_start", NULL, INTERNAL("when its statement began", TYPE_TIME, UNIT_TIME) },
	[LOCKS_QUERY_S] = { "query_s", NULL, INTERNAL("age of its statement", TYPE_FLOAT, UNIT_AGE) },
	[LOCKS_LEADER_PID] = { "leader_pid", NULL, INTERNAL("leader of its parallel query", TYPE_INT, UNIT_ID) },
	[LOCKS_WANTED] = { "wanted", NULL, INTERNAL("object it waits for", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_FOCUS] = { "focus", NULL, INTERNAL("object that is named for it", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_HELD] = { "held", NULL, INTERNAL("what it holds of what others wait for", TYPE_LIST, UNIT_NONE) },
	[LOCKS_RELATION_KEY] = { "relation_key", NULL, INTERNAL("database and number of a relation", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_RELATION] = { "relation", NULL, INTERNAL("number of the relation", TYPE_INT, UNIT_ID) },
	[LOCKS_RELATION_DATABASE] = { "relation_database", NULL, INTERNAL("another database it is in", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_RELATION_NAME] = { "relation_name", NULL, "schema and name of the relation", TYPE_TEXT, UNIT_NONE,
				  COLUMN_INTERNAL | COLUMN_CACHED, 0, 0 },
	[LOCKS_RELATION_SHORT] = { "relation_short", NULL, "name of the relation", TYPE_TEXT, UNIT_NONE,
				   COLUMN_INTERNAL | COLUMN_CACHED, 0, 0 },
	[LOCKS_OTHER_OBJECT] = { "other_object", NULL, INTERNAL("what is no relation, in words", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_OBJECT_SHORT] = { "object_short", NULL, INTERNAL("the object without its schema", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_WHO] = { "who", NULL, INTERNAL("whom it waits for, in words", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_CLIENT] = { "client", NULL, INTERNAL("address and port", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_WAIT_EVENT_TYPE] = { "wait_event_type", NULL, INTERNAL("kind of the event it waits for", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_WAIT_EVENT] = { "wait_event", NULL, INTERNAL("event it waits for", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_STATE_S] = { "state_s", NULL, INTERNAL("since its state changed", TYPE_FLOAT, UNIT_AGE) },
	[LOCKS_XID] = { "xid", NULL, INTERNAL("its transaction id, where it has written", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_QUERY_ID] = { "query_id", NULL, INTERNAL("identifier of the statement", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_QUERY_BYTES] = { "query_bytes", NULL, INTERNAL("length of the whole statement", TYPE_INT, UNIT_BYTES) },
	[LOCKS_QUERY_SIZE] = { "query_size", NULL, INTERNAL("longest statement the server shows", TYPE_INT, UNIT_BYTES) },
	[LOCKS_LOCKS] = { "locks", NULL, INTERNAL("how many locks it holds", TYPE_INT, UNIT_COUNT) },
	[LOCKS_TITLE] = { "title", NULL, INTERNAL("what it is", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_PLACE] = { "place", NULL, INTERNAL("its place in the tree, in words", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_WANTS] = { "wants", NULL, INTERNAL("the lock it waits for", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_HOLDS] = { "holds", NULL, INTERNAL("what it holds, in words", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_QUERY_TEXT] = { "query_text", NULL, INTERNAL("length of the statement, and whether it is whole", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_DOES] = { "does", NULL, INTERNAL("what it does, and what it waits for", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_SINCE] = { "since", NULL, INTERNAL("when its transaction began", TYPE_TIME, UNIT_TIME) },
	[LOCKS_CONNECTION_S] = { "connection_s", NULL, INTERNAL("age of the session", TYPE_FLOAT, UNIT_AGE) },
	[LOCKS_ENDED_S] = { "ended_s", NULL, INTERNAL("how long it has been idle", TYPE_FLOAT, UNIT_AGE) },
	[LOCKS_VEILED] = { "veiled", NULL, INTERNAL("that all this is hidden, in words", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_OUTLOOK] = { "outlook", NULL, INTERNAL("what its end would do for those behind it", TYPE_TEXT, UNIT_NONE) },
	[LOCKS_TAKEN] = { "taken", NULL, INTERNAL("when the row was read", TYPE_TIME, UNIT_TIME) },
	[LOCKS_MINOR] = { "minor", NULL, INTERNAL("a prepared transaction nobody waits for", TYPE_BOOL, UNIT_NONE) },
	[LOCKS_HIDDEN] = { "hidden", NULL, INTERNAL("the role may not see it", TYPE_BOOL, UNIT_NONE) },
};

static const struct detail details[] = {
	{ "", "{title}  {place}" },
	{ "who", "{user}[, {application}][, {client}]" },
	{ "started", "{backend_start}" },
	{ "doing", "{does}" },
	{ "xact", "{transaction_s}" },
	{ "blocked", "{who}" },
	{ "query", "{query_s}" },
	{ "wants", "{wants}" },
	{ "holds", "{holds}" },
	{ "query id", "{query_id}" },
	{ "text", "{query_text}" },
};

static const char *const checks[] = { "lock-queue", "prepared-transactions", NULL };

char *locks_key(int64_t pid, const char *gid)
{
	struct table *t = table_new(columns, LOCKS_COLUMNS);
	char *key;

	table_add_row(t);
	table_set_int(t, 0, LOCKS_PID, pid);
	if (gid)
		table_set_string(t, 0, LOCKS_GID, gid);
	key = table_key(t, 0);
	table_free(t);
	return key;
}

static void set_buffer(struct table *t, size_t row, size_t column, struct strbuf *b)
{
	table_set_text(t, row, column, b->text, b->len);
	strbuf_reset(b);
}

/*
 * `public.orders`, `a row of orders`, `advisory lock 4711`; a number where a relation's name is not
 * known, and never asked for.
 */
static void name_object(struct table *t, size_t row)
{
	const char *type = table_text(t, row, LOCKS_LOCK_TYPE);
	const char *before = strcmp(type, "relation") == 0 ? "" : strcmp(type, "extend") == 0 ? "extension of " :
			     strcmp(type, "page") == 0 ? "a page of " : "a row of ";
	struct strbuf name = STRBUF_INIT, b = STRBUF_INIT;

	if (!locks_waits(t, row))
		return;
	if (!table_has(t, row, LOCKS_RELATION)) {
		table_set_string(t, row, LOCKS_OBJECT, table_text(t, row, LOCKS_OTHER_OBJECT));
		table_set_string(t, row, LOCKS_OBJECT_SHORT, table_text(t, row, LOCKS_OTHER_OBJECT));
		return;
	}
	if (table_has(t, row, LOCKS_RELATION_NAME)) {
		strbuf_adds(&name, table_text(t, row, LOCKS_RELATION_NAME));
	} else {
		strbuf_addf(&name, "relation %" PRId64, table_int(t, row, LOCKS_RELATION));
		if (table_has(t, row, LOCKS_RELATION_DATABASE))
			strbuf_addf(&name, " of %s", table_text(t, row, LOCKS_RELATION_DATABASE));
		table_set_string(t, row, LOCKS_RELATION_SHORT, name.text);
	}
	strbuf_adds(&b, before);
	strbuf_adds(&b, table_text(t, row, LOCKS_RELATION_SHORT));
	table_set_string(t, row, LOCKS_OBJECT_SHORT, b.text);
	set_buffer(t, row, LOCKS_OBJECT, *before ? &b : &name);
	strbuf_free(&b);
	strbuf_free(&name);
}

/* What a root holds is told for the object its first waiter waits for: that wait is the longest. */
static void name_held(struct table *t, size_t row)
{
	struct strbuf modes = STRBUF_INIT;
	const char *focus = table_text(t, row, LOCKS_FOCUS);
	bool root = !locks_waits(t, row);
	size_t first = row + 1;

	if (root && table_int(t, row, LOCKS_WAITERS) > 0) {
		bool relation = table_has(t, first, LOCKS_RELATION);
		bool known = table_has(t, first, LOCKS_RELATION_NAME);
		focus = table_text(t, first, LOCKS_FOCUS);
		if (locks_held_modes(t, row, focus, &modes) == 0) {
			focus = table_text(t, first, LOCKS_WANTED);
			relation = false;
			locks_held_modes(t, row, focus, &modes);
		}
		if (relation)
			table_set_string(t, row, LOCKS_LOCK_TYPE, "relation");
		else
			*table_cell(t, row, LOCKS_LOCK_TYPE) = *table_cell(t, first, LOCKS_LOCK_TYPE);
		*table_cell(t, row, LOCKS_OBJECT) = *table_cell(t, first, !relation ? LOCKS_OBJECT :
							       known ? LOCKS_RELATION_NAME : LOCKS_RELATION_SHORT);
		*table_cell(t, row, LOCKS_OBJECT_SHORT) = *table_cell(t, first, relation ? LOCKS_RELATION_SHORT : LOCKS_OBJECT_SHORT);
	} else if (*focus) {
		locks_held_modes(t, row, focus, &modes);
	}
	table_set_text(t, row, LOCKS_GRANTED_MODES, modes.text, modes.len);
	if (root && modes.len) {
		const char *strongest = strrchr(modes.text, LIST_SEPARATOR);
		table_set_string(t, row, LOCKS_LOCK_MODE, strongest ? strongest + 1 : modes.text);
	} else if (!root) {
		strbuf_reset(&modes);
		lock_mode_add(&modes, table_text(t, row, LOCKS_LOCK_MODE), strlen(table_text(t, row, LOCKS_LOCK_MODE)));
		table_set_text(t, row, LOCKS_LOCK_MODE, modes.text, modes.len);
	}
	*table_cell(t, row, LOCKS_MODE) = *table_cell(t, row, LOCKS_LOCK_MODE);
	strbuf_free(&modes);
}

/* `by 5210 migrator, root 4127 app`; parent -1: there is no row for whoever blocks it. */
static void name_blockers(struct table *t, size_t row, long parent, size_t root)
{
	struct strbuf b = STRBUF_INIT;

	if (!locks_waits(t, row))
		return;
	strbuf_adds(&b, "by ");
	if (parent < 0) {
		table_format(t, row, LOCKS_BLOCKED_BY, true, "...", 0, &b);
	} else {
		strbuf_adds(&b, table_text(t, (size_t)parent, LOCKS_SESSION));
		if (root != (size_t)parent)
			strbuf_addf(&b, ", root %s", table_text(t, root, LOCKS_SESSION));
	}
	set_buffer(t, row, LOCKS_WHO, &b);
	strbuf_free(&b);
}

static void name_session(struct table *t, size_t row, bool prepared)
{
	struct strbuf b = STRBUF_INIT;

	if (prepared)
		strbuf_adds(&b, table_text(t, row, LOCKS_GID));
	else
		strbuf_addf(&b, "%" PRId64, table_int(t, row, LOCKS_PID));
	if (table_has(t, row, LOCKS_USER))
		strbuf_addf(&b, " %s", table_text(t, row, LOCKS_USER));
	set_buffer(t, row, LOCKS_SESSION, &b);
	strbuf_free(&b);
}

/*
 * The statement, behind the state when it has ended: an idle session's statement is its last one.
 */
static void name_doing(struct table *t, size_t row, bool prepared)
{
	const char *state = table_text(t, row, LOCKS_STATE);
	struct strbuf b = STRBUF_INIT;

	if (prepared) {
		strbuf_adds(&b, "prepared transaction, no session: only COMMIT PREPARED or ROLLBACK PREPARED ends it");
	} else {
		if (*state && strcmp(state, "active") != 0)
			strbuf_addf(&b, "%s: ", state);
		/* More than any screen shows of it would only cost memory. */
		text_one_line(&b, table_text(t, row, LOCKS_QUERY), 600);
	}
	set_buffer(t, row, LOCKS_DOING, &b);
	strbuf_free(&b);
}

static void hide(struct table *t, size_t row)
{
	static const int unknown[] = { LOCKS_STATE, LOCKS_TRANSACTION_S, LOCKS_QUERY, LOCKS_DOING, LOCKS_BACKEND_START,
				       LOCKS_QUERY_S, LOCKS_CLIENT, LOCKS_QUERY_ID, LOCKS_QUERY_TEXT };

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		table_set_none(t, row, (size_t)unknown[i], CELL_UNKNOWN);
}

static void complete_row(struct table *t, size_t row)
{
	bool prepared = table_int(t, row, LOCKS_PID) == 0, waits = locks_waits(t, row);
	int64_t waiters = table_int(t, row, LOCKS_WAITERS);

	name_session(t, row, prepared);
	if (table_bool(t, row, LOCKS_HIDDEN))
		hide(t, row);
	else
		name_doing(t, row, prepared);
	if (waits || waiters)
		table_set_string(t, row, LOCKS_WHAT, waits ? "waits" : "holds");
	*table_cell(t, row, LOCKS_FOR) = *table_cell(t, row, waits ? LOCKS_WAIT_S : LOCKS_TRANSACTION_S);
	if (waits && !table_has(t, row, LOCKS_WAIT_S)) {
		table_set_none(t, row, LOCKS_WAIT_S, CELL_UNKNOWN);
		table_set_none(t, row, LOCKS_FOR, CELL_UNKNOWN);
	}
	table_set_int(t, row, LOCKS_BEHIND, waiters);
	table_set_int(t, row, LOCKS_SIGN, waits ? SIGN_WAITS : waiters ? SIGN_ROOT : SIGN_NONE);
	table_set_bool(t, row, LOCKS_MINOR, !waits && !waiters);
}

static void derive(const struct context *ctx, struct table *now)
{
	size_t *above;   /* of the row at hand: the rows it is below, by their depth, and itself */

	(void)ctx;
	locks_tree(now);
	for (size_t row = 0; row < now->nrows; row++) {
		complete_row(now, row);
		name_object(now, row);
	}
	above = mem_zero(now->nrows + 1, sizeof *above);
	for (size_t row = 0; row < now->nrows; row++) {
		size_t depth = (size_t)table_int(now, row, LOCKS_DEPTH);
		above[depth] = row;
		name_held(now, row);
		name_blockers(now, row, depth ? (long)above[depth - 1] : -1, above[0]);
	}
	free(above);
	locks_words(now);
}

const struct collector locks_collector = {
	.name = "locks",
	.title = "locks",
	.tab = "locks",
	.help = "who waits for whom: roots by the longest wait behind them, each waiter below its first blocker",
	.number = 3,
	.parts = locks_parts,
	.nparts = LOCKS_PARTS,
	.columns = columns,
	.ncolumns = LOCKS_COLUMNS,
	.details = details,
	.ndetails = sizeof details / sizeof *details,
	.brief = "{user}[, {application}][, {client}]" SESSION_BRIEF,
	.outlook = "outlook",
	.minor_text = "prepared transactions that block nobody",
	.empty_text = "No session waits for a lock.",
	.hidden_remedy = READ_ALL_STATS_REMEDY,
	.tree = true,
	.derive = derive,
	.checks = checks,
	.judge = locks_judge,
	.summary = locks_summary,
};
