/* --once --format=json: one object, as the manual describes it. */
#include "once.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "tui/panes/pane.h"

/* A text that may be NULL. Ours are valid UTF-8; one that is not is shown as such rather than lost. */
static json_t *text_or_null(const char *s)
{
	json_t *value;
	char *clean;

	if (s == NULL)
		return json_null();
	value = json_string(s);
	if (value != NULL)
		return value;
	clean = text_cleaned(s, TEXT_LINES);
	value = json_string(clean);
	free(clean);
	return value;
}

/* JSON knows neither NaN nor infinity. */
static json_t *number(double value)
{
	json_t *real = json_real(value);

	return real != NULL ? real : json_null();
}

static json_t *time_or_null(int64_t epoch_us)
{
	char buf[UNITS_SIZE + 8];

	return epoch_us == 0 ? json_null() : json_string(units_rfc3339(buf, epoch_us));
}

static const char *type_name(const struct column *column)
{
	static const char *const names[] = {
		[TYPE_TEXT] = "text", [TYPE_INT] = "int", [TYPE_FLOAT] = "float",
		[TYPE_BOOL] = "bool", [TYPE_TIME] = "time", [TYPE_LIST] = "list",
	};

	return names[column->type];
}

static json_t *list_value(const struct table *t, size_t row, size_t column)
{
	json_t *list = json_array();
	size_t at = 0, len;
	const char *member;

	while ((member = table_list_next(t, row, column, &at, &len)) != NULL) {
		char *word = mem_string_n(member, len);

		if (t->columns[column].flags & COLUMN_PID_LIST)
			json_array_append_new(list, json_integer(strtoll(word, NULL, 10)));
		else
			json_array_append_new(list, text_or_null(word));
		free(word);
	}
	return list;
}

static json_t *cell_value(const struct table *t, size_t row, size_t column)
{
	if (!table_has(t, row, column))
		return json_null();
	switch (t->columns[column].type) {
	case TYPE_TEXT:
		return text_or_null(table_text(t, row, column));
	case TYPE_INT:
		return json_integer(table_int(t, row, column));
	case TYPE_FLOAT:
		return number(table_number(t, row, column));
	case TYPE_BOOL:
		return json_boolean(table_bool(t, row, column));
	case TYPE_TIME:
		return time_or_null(table_int(t, row, column));
	case TYPE_LIST:
		return list_value(t, row, column);
	}
	return json_null();
}

static json_t *columns_value(const struct collector *c)
{
	json_t *columns = json_array();

	for (size_t i = 0; i < c->ncolumns; i++) {
		const struct column *column = &c->columns[i];
		json_t *one;

		if (!report_has_column(column))
			continue;
		one = json_object();
		json_object_set_new(one, "name", json_string(column->name));
		json_object_set_new(one, "type", json_string(type_name(column)));
		json_object_set_new(one, "unit", text_or_null(unit_name(column->unit)));
		json_object_set_new(one, "key", json_boolean(column->flags & COLUMN_KEY));
		json_object_set_new(one, "estimate", json_boolean(column->flags & COLUMN_ESTIMATE));
		json_array_append_new(columns, one);
	}
	return columns;
}

static json_t *row_value(const struct table *t, size_t row)
{
	json_t *value = json_object();

	for (size_t i = 0; i < t->ncolumns; i++)
		if (report_has_column(&t->columns[i]))
			json_object_set_new(value, t->columns[i].name, cell_value(t, row, i));
	return value;
}

static json_t *pane_value(const struct report *r, const struct collection *c)
{
	const struct scene scene = { .server = r->server, .now = r->now };
	char *hidden = c->remedy == NULL ? pane_hidden_remedy(&scene, c) : NULL;
	json_t *pane = json_object(), *unavailable = json_object(), *rows = json_array();
	const struct table *t = c->table;

	for (size_t i = 0; i < c->nmissing; i++)
		if (report_has_missing(c->collector, &c->missing[i]))
			json_object_set_new(unavailable, c->missing[i].name, text_or_null(c->missing[i].reason));
	for (size_t row = 0; t != NULL && row < t->nrows; row++)
		json_array_append_new(rows, row_value(t, row));
	json_object_set_new(pane, "state", json_string(report_state(c)));
	json_object_set_new(pane, "reason", text_or_null(report_reason(c)));
	json_object_set_new(pane, "remedy", text_or_null(hidden != NULL ? hidden : c->remedy));
	free(hidden);
	json_object_set_new(pane, "taken_at", time_or_null(t == NULL ? 0 : t->taken_us != 0 ? t->taken_us : c->taken_us));
	json_object_set_new(pane, "took_s", t == NULL ? json_null() : number((double)t->took_us / 1e6));
	json_object_set_new(pane, "hidden_rows", json_integer((json_int_t)c->hidden_rows));
	json_object_set_new(pane, "columns", columns_value(c->collector));
	json_object_set_new(pane, "unavailable", unavailable);
	json_object_set_new(pane, "rows", rows);
	return pane;
}

static json_t *server_value(const struct facts *f)
{
	json_t *server = json_object();
	bool known = f->version_num != 0;

	json_object_set_new(server, "host", text_or_null(f->host));
	json_object_set_new(server, "port", text_or_null(f->port));
	json_object_set_new(server, "database", text_or_null(f->database));
	json_object_set_new(server, "user", text_or_null(f->user));
	json_object_set_new(server, "version", text_or_null(f->version));
	json_object_set_new(server, "version_num", known ? json_integer(f->version_num) : json_null());
	json_object_set_new(server, "role", known ? json_string(f->standby ? "standby" : "primary") : json_null());
	json_object_set_new(server, "started_at", time_or_null(f->started_at_us));
	json_object_set_new(server, "superuser", json_boolean(f->superuser));
	json_object_set_new(server, "pg_monitor", json_boolean(f->pg_monitor));
	json_object_set_new(server, "system_identifier", text_or_null(f->system_identifier));
	json_object_set_new(server, "pooled", json_boolean(f->pooled));
	return server;
}

/* One member of a key, from its text. */
static json_t *key_member(const struct column *column, const char *word)
{
	if (column->type == TYPE_INT)
		return json_integer(strtoll(word, NULL, 10));
	if (column->type == TYPE_TIME)
		return time_or_null(strtoll(word, NULL, 10));
	return text_or_null(word);
}

/* The key columns of the row a finding is about; when the row is gone, from the text of its key. */
static json_t *key_value(const struct report *r, const struct finding *f)
{
	const struct collection *c = f->key == NULL ? NULL : server_collection_named(r->server, f->pane);
	const char *at = f->key;
	json_t *key;
	long row;

	if (c == NULL)
		return json_null();
	key = json_object();
	row = c->table == NULL ? -1 : table_find_key(c->table, f->key);
	for (size_t i = 0; i < c->collector->ncolumns; i++) {
		const struct column *column = &c->collector->columns[i];
		size_t len = strcspn(at, (const char[]){ LIST_SEPARATOR, '\0' });

		if (!(column->flags & COLUMN_KEY))
			continue;
		/* One that is not in the rows either tells nobody anything. */
		if (column->flags & COLUMN_INTERNAL) {
			;
		} else if (row >= 0) {
			json_object_set_new(key, column->name, cell_value(c->table, (size_t)row, i));
		} else {
			char *word = mem_string_n(at, len);

			json_object_set_new(key, column->name, key_member(column, word));
			free(word);
		}
		at += len;
		if (*at != '\0')
			at++;
	}
	return key;
}

static json_t *finding_value(const struct report *r, const struct outcomes *all, const struct finding *f)
{
	json_t *value = json_object();

	json_object_set_new(value, "id", json_string(f->id));
	json_object_set_new(value, "severity", json_string(severity_name(f->severity)));
	json_object_set_new(value, "title", text_or_null(f->title));
	json_object_set_new(value, "evidence", text_or_null(f->evidence));
	json_object_set_new(value, "since", time_or_null(f->since_us));
	json_object_set_new(value, "since_at_least", json_boolean(f->since_at_least));
	json_object_set_new(value, "pane", text_or_null(f->pane));
	json_object_set_new(value, "key", key_value(r, f));
	json_object_set_new(value, "fix_sql", text_or_null(f->fix_sql));
	json_object_set_new(value, "folded_into", f->folded_into < 0 ? json_null() :
			    json_string(all->findings[f->folded_into].id));
	return value;
}

/* A member may not be lost for want of memory, nor may the program go on without it. */
static void *json_allocate(size_t size)
{
	return mem_alloc(size);
}

static json_t *report_value(const struct report *r)
{
	const struct outcomes *o = server_outcomes(r->server);
	json_t *root = json_object(), *by_name = json_object(), *findings = json_array(), *checks = json_object();

	for (size_t i = 0; i < r->npanes; i++)
		json_object_set_new(by_name, r->panes[i]->name,
				    pane_value(r, server_collection_named(r->server, r->panes[i]->name)));
	for (size_t i = 0; i < o->nfindings; i++)
		json_array_append_new(findings, finding_value(r, o, &o->findings[i]));
	for (size_t i = 0; i < o->nchecks; i++)
		json_object_set_new(checks, o->checks[i].id, json_string(check_result_name(o->checks[i].result)));
	json_object_set_new(root, "pgtop_prod", json_string(PGTOP_VERSION));
	json_object_set_new(root, "taken_at", time_or_null(r->now.wall_us));
	json_object_set_new(root, "rates_over_s", r->rates_s > 0 ? number(r->rates_s) : json_null());
	json_object_set_new(root, "server", server_value(server_facts(r->server)));
	json_object_set_new(root, "panes", by_name);
	json_object_set_new(root, "findings", findings);
	json_object_set_new(root, "checks", checks);
	return root;
}

void report_json(const struct report *r, struct strbuf *out)
{
	json_t *root;
	char *text;

	json_set_alloc_funcs(json_allocate, free);
	root = report_value(r);
	text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	strbuf_adds(out, text);
	strbuf_addc(out, '\n');
	free(text);
	json_decref(root);
}
