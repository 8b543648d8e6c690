/*
 * JSON that a person wrote: what is wrong is told by file, line and column, also where the JSON
 * is well-formed and only a value is not what it should be (the JSON library knows places for
 * syntax errors only).
 */
#ifndef PGTOP_JSON_H
#define PGTOP_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "strbuf.h"

struct json_text {
	char *file;      /* for messages; clean */
	char *text;
	size_t len;
	json_t *root;
};

/*
 * Reads and parses a file; duplicate members are an error. On failure gives false and a whole
 * line in error: `FILE:3:17: expected ',' or '}' ...`, or `FILE: No such file or directory`.
 * *missing tells whether the file is not there at all.
 */
bool json_text_load(struct json_text *j, const char *file, bool *missing, struct strbuf *error);
bool json_text_parse(struct json_text *j, const char *file, const char *text, size_t len, struct strbuf *error);
void json_text_free(struct json_text *j);

/*
 * Writes `FILE:LINE:COLUMN: ` of the value at a path of member names (NULL-terminated, {"limits",
 * "lock_wait_s", NULL}; an array's index is written as digits), or of the member's name when
 * `at_name`.
 */
void json_text_place(const struct json_text *j, const char *const *path, bool at_name, struct strbuf *out);

#endif
