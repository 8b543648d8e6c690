#include "remember_json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"
#include "memory.h"
#include "text.h"

enum { VERSION = 1, FILE_LIMIT = 16 * 1024 * 1024, SERVER_DAYS = 400, ROW_DAYS = 40 };

#define DAY_US (INT64_C(86400) * SECOND_US)

/* ---- the file ---- */

/* Gives NULL, or what is wrong with it. A pipe in its place must not be waited for, a symbolic link not be followed. */
static const char *read_file(const char *file, struct strbuf *text, bool *missing)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	const char *wrong = NULL;
	char buf[16384];
	struct stat is;
	ssize_t n;

	*missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (fd < 0)
		return errno == ELOOP ? "is a symbolic link" : strerror(errno);
	if (fstat(fd, &is) != 0)
		wrong = strerror(errno);
	else if (!S_ISREG(is.st_mode))
		wrong = "is not a regular file";
	while (!wrong && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			wrong = strerror(errno);
		else if (text->len + (size_t)n > FILE_LIMIT)
			wrong = "is larger than 16 MB";
		else
			strbuf_add(text, buf, (size_t)n);
	}
	close(fd);
	return wrong;
}

static void place(const struct json_text *j, const char *const *path, const char *what, struct strbuf *error)
{
	json_text_place(j, path, false, error);
	strbuf_adds(error, what);
}

static enum remember_read check(const struct json_text *j, struct strbuf *error)
{
	json_t *version = json_object_get(j->root, "version"), *servers = json_object_get(j->root, "servers"), *server, *rows;
	const char *key, *collector;

	if (!json_is_object(j->root) || !json_is_integer(version)) {
		place(j, (const char *[]){ "version", NULL }, "no member `version` with a number", error);
		return REMEMBER_BROKEN;
	}
	if (json_integer_value(version) != VERSION) {
		place(j, (const char *[]){ "version", NULL }, "written by a later version of this program", error);
		return REMEMBER_REFUSED;
	}
	if (!json_is_object(servers)) {
		place(j, (const char *[]){ "servers", NULL }, "`servers` must be an object", error);
		return REMEMBER_BROKEN;
	}
	json_object_foreach(servers, key, server) {
		if (!json_is_object(server)) {
			place(j, (const char *[]){ "servers", key, NULL }, "a server must be an object", error);
			return REMEMBER_BROKEN;
		}
		json_object_foreach(server, collector, rows)
			if (!json_is_array(rows)) {
				place(j, (const char *[]){ "servers", key, collector, NULL }, "rows must be an array", error);
				return REMEMBER_BROKEN;
			}
	}
	return REMEMBER_GOOD;
}

enum remember_read remember_read(const char *file, json_t **root, struct strbuf *error)
{
	struct strbuf text = STRBUF_INIT;
	struct json_text j;
	bool missing;
	const char *wrong = read_file(file, &text, &missing);
	enum remember_read result;

	*root = NULL;
	if (missing) {
		result = REMEMBER_NONE;
	} else if (wrong) {
		text_clean(error, file, strlen(file), 0);
		strbuf_addf(error, ": %s", wrong);
		result = REMEMBER_REFUSED;
	} else if (!json_text_parse(&j, file, text.text, text.len, error)) {
		result = REMEMBER_BROKEN;
	} else {
		result = check(&j, error);
		if (result == REMEMBER_GOOD)
			*root = json_incref(j.root);
		json_text_free(&j);
	}
	strbuf_free(&text);
	return result;
}

json_t *remember_empty(void)
{
	return json_pack("{s:i, s:{}}", "version", VERSION, "servers");
}

char *remember_text(const json_t *root)
{
	return json_dumps(root, JSON_INDENT(1));
}

/* ---- cells ---- */

static bool parse_time(const char *text, int64_t *us)
{
	struct tm tm = { 0 };
	int fraction = 0, digits = 0;
	const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!p)
		return false;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9' && digits < 6; p++, digits++)
			fraction = fraction * 10 + (*p - '0');
	for (; digits < 6; digits++)
		fraction *= 10;
	if (strcmp(p, "Z") != 0)
		return false;
	*us = (int64_t)timegm(&tm) * SECOND_US + fraction;
	return true;
}

static void set_cell(struct table *t, size_t row, size_t column, const json_t *v)
{
	char *clean;
	int64_t us;

	switch (t->columns[column].type) {
	case TYPE_INT:
		if (json_is_integer(v))
			table_set_int(t, row, column, json_integer_value(v));
		break;
	case TYPE_FLOAT:
		if (json_is_number(v))
			table_set_float(t, row, column, json_number_value(v));
		break;
	case TYPE_BOOL:
		if (json_is_boolean(v))
			table_set_bool(t, row, column, json_is_true(v));
		break;
	case TYPE_TIME:
		if (json_is_string(v) && parse_time(json_string_value(v), &us))
			table_set_int(t, row, column, us);
		break;
	case TYPE_TEXT:
		if (!json_is_string(v))
			break;
		clean = text_cleaned(json_string_value(v), 0);
		table_set_string(t, row, column, clean);
		free(clean);
		break;
	case TYPE_LIST:   /* no memory has one */
		break;
	}
}

static json_t *cell_value(const struct table *t, size_t row, size_t column)
{
	char buf[UNITS_SIZE];

	switch (t->columns[column].type) {
	case TYPE_INT:
		return json_integer(table_int(t, row, column));
	case TYPE_FLOAT:
		return json_real(table_number(t, row, column));
	case TYPE_BOOL:
		return json_boolean(table_bool(t, row, column));
	case TYPE_TIME:
		return json_string(units_rfc3339(buf, table_int(t, row, column)));
	case TYPE_TEXT:
	case TYPE_LIST:
		break;
	}
	return json_string(table_text(t, row, column));
}

/* ---- rows ---- */

static int64_t looked_us(const struct table *t, size_t row)
{
	int column = table_column(t, "looked");

	return column >= 0 ? table_int(t, row, (size_t)column) : 0;
}

/* Whoever wrote the file: what is reckoned with numbers from it must stay a number. */
static bool number_is_good(const struct table *t, size_t row, size_t column)
{
	const double most = (double)(INT64_C(1) << 62), seconds = 1e10;
	double number;

	if (!table_has(t, row, column) || (t->columns[column].unit != UNIT_COUNT && t->columns[column].unit != UNIT_AGE))
		return true;
	number = table_number(t, row, column);
	return number >= 0 && number <= (t->columns[column].unit == UNIT_AGE ? seconds : most);
}

static bool row_is_good(const struct table *t, size_t row, int64_t wall_us)
{
	/* A server whose clock was wrong for a day must not keep what is seen now out for as long as it was ahead. */
	if (looked_us(t, row) <= 0 || looked_us(t, row) > wall_us + DAY_US)
		return false;
	for (size_t i = 0; i < t->ncolumns; i++)
		if (((t->columns[i].flags & COLUMN_KEY) && !table_has(t, row, i)) || !number_is_good(t, row, i))
			return false;
	return true;
}

struct table *remember_rows(const json_t *root, const char *server, const char *collector, const struct column *columns, size_t ncolumns)
{
	const json_t *rows = json_object_get(json_object_get(json_object_get(root, "servers"), server), collector);
	struct table *t = table_new(columns, ncolumns);
	int64_t wall_us = clock_now().wall_us;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *object = json_array_get(rows, i);
		size_t row = table_add_row(t);

		for (size_t column = 0; column < ncolumns; column++)
			set_cell(t, row, column, json_object_get(object, columns[column].name));
		if (!row_is_good(t, row, wall_us))
			t->nrows--;
	}
	return t;
}

void remember_put(json_t *root, const char *server, const char *collector, const struct table *t)
{
	json_t *servers = json_object_get(root, "servers"), *of_server = json_object_get(servers, server), *rows = json_array();

	if (!of_server) {
		of_server = json_object();
		json_object_set_new(servers, server, of_server);
	}
	for (size_t row = 0; row < t->nrows; row++) {
		json_t *object = json_object();

		for (size_t column = 0; column < t->ncolumns; column++)
			if (table_has(t, row, column))
				json_object_set_new(object, t->columns[column].name, cell_value(t, row, column));
		json_array_append_new(rows, object);
	}
	json_object_set_new(of_server, collector, rows);
}

struct keyed { char *key; size_t row; };

static int keyed_compare(const void *a, const void *b)
{
	return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

static struct keyed *keyed_rows(const struct table *t)
{
	struct keyed *all = mem_zero(t->nrows + 1, sizeof(*all));

	for (size_t row = 0; row < t->nrows; row++)
		all[row] = (struct keyed){ table_key(t, row), row };
	qsort(all, t->nrows, sizeof(*all), keyed_compare);
	return all;
}

static void copy_row(struct table *to, size_t row, const struct table *from, size_t from_row)
{
	for (size_t i = 0; i < to->ncolumns; i++) {
		const struct cell *c = table_cell(from, from_row, i);

		/* Texts hardly ever change, and each time one is set it takes room of its own. */
		if (c->kind == CELL_TEXT && strcmp(table_text(to, row, i), table_text(from, from_row, i)) == 0 && table_has(to, row, i))
			continue;
		if (c->kind == CELL_TEXT)
			table_set_text(to, row, i, from->text + c->text.at, c->text.len);
		else
			*table_cell(to, row, i) = *c;
	}
}

bool remember_merge(struct table *ours, const struct table *theirs)
{
	size_t had = ours->nrows;
	struct keyed *all = keyed_rows(ours);
	bool any = false;

	for (size_t row = 0; row < theirs->nrows; row++) {
		struct keyed wanted = { table_key(theirs, row), 0 }, *found;

		found = had ? bsearch(&wanted, all, had, sizeof(*all), keyed_compare) : NULL;
		free(wanted.key);
		if (found && looked_us(theirs, row) <= looked_us(ours, found->row))
			continue;
		copy_row(ours, found ? found->row : table_add_row(ours), theirs, row);
		any = true;
	}
	for (size_t i = 0; i < had; i++)
		free(all[i].key);
	free(all);
	return any;
}

/* ---- forgetting ---- */

static int64_t row_looked_us(const json_t *row)
{
	const char *text = json_string_value(json_object_get(row, "looked"));
	int64_t us;

	return text && parse_time(text, &us) ? us : 0;
}

static int64_t newest_of(json_t *server)
{
	int64_t newest = 0;
	const char *collector;
	json_t *rows;

	json_object_foreach(server, collector, rows)
		for (size_t i = 0; i < json_array_size(rows); i++) {
			int64_t us = row_looked_us(json_array_get(rows, i));

			if (us > newest)
				newest = us;
		}
	return newest;
}

static void drop_rows(json_t *server, int64_t before_us)
{
	const char *collector;
	json_t *rows;

	json_object_foreach(server, collector, rows)
		for (size_t i = json_array_size(rows); i-- > 0;)
			if (row_looked_us(json_array_get(rows, i)) < before_us)
				json_array_remove(rows, i);
}

void remember_drop_old(json_t *root, int64_t wall_us)
{
	json_t *servers = json_object_get(root, "servers"), *server;
	const char *key;
	void *next;

	json_object_foreach_safe(servers, next, key, server) {
		int64_t newest = newest_of(server);

		if (newest < wall_us - SERVER_DAYS * DAY_US)
			json_object_del(servers, key);
		else
			drop_rows(server, newest - ROW_DAYS * DAY_US);
	}
}
