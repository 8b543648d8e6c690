#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "text.h"

/* What a person wrote is far smaller; a device or a mistake is not read to its end. */
enum { FILE_LIMIT = 4 * 1024 * 1024 };

static void add_clean(struct strbuf *out, const char *s)
{
	text_clean(out, s, strlen(s), 0);
}

/* What read_file() gives for a pipe or a device: no errno. */
enum { NOT_A_FILE = -1 };

/*
 * Gives 0 or an errno; EFBIG for a file that is too large, NOT_A_FILE for what is none. To open a pipe or a terminal
 * must neither wait nor have consequences.
 */
static int read_file(const char *file, struct strbuf *text)
{
	char buf[16384];
	ssize_t n;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), error = 0;
	struct stat is;

	if (fd < 0)
		return errno;
	if (fstat(fd, &is) != 0)
		error = errno;
	else if (!S_ISREG(is.st_mode))
		error = S_ISDIR(is.st_mode) ? EISDIR : NOT_A_FILE;
	while (!error && (n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			error = errno;
		else if (text->len + (size_t)n > FILE_LIMIT)
			error = EFBIG;
		if (error)
			break;
		strbuf_add(text, buf, (size_t)n);
	}
	close(fd);
	return error;
}

bool json_text_load(struct json_text *j, const char *file, bool *missing, struct strbuf *error)
{
	struct strbuf text = STRBUF_INIT;
	int failed = read_file(file, &text);
	bool good = false;

	*j = (struct json_text){ 0 };
	*missing = failed == ENOENT || failed == ENOTDIR;
	if (failed) {
		add_clean(error, file);
		strbuf_adds(error, ": ");
		add_clean(error, failed == NOT_A_FILE ? "not a regular file" : strerror(failed));
	} else {
		good = json_text_parse(j, file, text.text, text.len, error);
	}
	strbuf_free(&text);
	return good;
}

/*
 * The column (in characters) where the fault starts. The library tells the last character it has
 * read, and quotes what it stumbled over when that is short: `... near 'TEXT'`.
 */
static int fault_column(const json_error_t *e)
{
	const char *near = strstr(e->text, " near '");
	int column = e->column + 1;

	if (near) {
		for (const char *p = near + strlen(" near '"); *p && p[1]; p++)
			column -= ((unsigned char)*p & 0xc0) != 0x80;
	}
	return column > 0 ? column : 1;
}

bool json_text_parse(struct json_text *j, const char *file, const char *text, size_t len, struct strbuf *error)
{
	json_error_t e;

	*j = (struct json_text){ .root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e) };
	if (!j->root) {
		add_clean(error, file);
		strbuf_addf(error, ":%d:%d: ", e.line > 0 ? e.line : 1, fault_column(&e));
		add_clean(error, e.text);
		return false;
	}
	j->file = text_cleaned(file, 0);
	j->text = mem_string_n(text, len);
	j->len = len;
	return true;
}

void json_text_free(struct json_text *j)
{
	free(j->file);
	free(j->text);
	json_decref(j->root);
	*j = (struct json_text){ 0 };
}

/*
 * The scanner below walks text that the library has found well-formed, so it only has to know
 * where things end. `end` guards it all the same.
 */
struct scan {
	const char *at, *end;
};

static void scan_blanks(struct scan *s)
{
	while (s->at < s->end && memchr(" \t\r\n", *s->at, 4))
		s->at++;
}

static void scan_string(struct scan *s)
{
	s->at++;
	while (s->at < s->end && *s->at != '"')
		s->at += *s->at == '\\' && s->end - s->at > 1 ? 2 : 1;
	if (s->at < s->end)
		s->at++;
}

/* Walks over one value; by a count of brackets, since it may be nested deeply. */
static void scan_value(struct scan *s)
{
	int depth = 0;

	do {
		scan_blanks(s);
		if (s->at >= s->end)
			return;
		switch (*s->at) {
		case '"':
			scan_string(s);
			break;
		case '{':
		case '[':
			depth++;
			s->at++;
			break;
		case '}':
		case ']':
			depth--;
			s->at++;
			break;
		case ',':
		case ':':
			s->at++;
			break;
		default:
			while (s->at < s->end && !memchr(" \t\r\n,:{}[]\"", *s->at, 11))
				s->at++;
		}
	} while (depth > 0);
}

/* Walks over a character between values when it is there. */
static bool scan_char(struct scan *s, char c)
{
	scan_blanks(s);
	if (s->at >= s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/*
 * Whether the string from `from` to `to`, quotes and escapes included, is this name. The library
 * decodes it.
 */
static bool name_is(const char *from, const char *to, const char *name)
{
	json_t *v = json_loadb(from, (size_t)(to - from), JSON_DECODE_ANY, NULL);
	bool same = v && json_is_string(v) && strcmp(json_string_value(v), name) == 0;

	json_decref(v);
	return same;
}

/*
 * Goes to the value of a member, or to its name. From its object's start; false when it has no
 * such member.
 */
static bool scan_member(struct scan *s, const char *name, bool at_name)
{
	if (!scan_char(s, '{'))
		return false;
	do {
		const char *start;

		scan_blanks(s);
		if (s->at >= s->end || *s->at != '"')
			return false;
		start = s->at;
		scan_string(s);
		if (name_is(start, s->at, name)) {
			if (at_name) {
				s->at = start;
			} else {
				scan_char(s, ':');
				scan_blanks(s);
			}
			return true;
		}
		if (!scan_char(s, ':'))
			return false;
		scan_value(s);
	} while (scan_char(s, ','));
	return false;
}

static bool scan_element(struct scan *s, const char *digits)
{
	unsigned long index = strtoul(digits, NULL, 10);

	if (!scan_char(s, '['))
		return false;
	scan_blanks(s);
	if (s->at < s->end && *s->at == ']')
		return false;
	while (index--) {
		scan_value(s);
		if (!scan_char(s, ','))
			return false;
	}
	scan_blanks(s);
	return true;
}

void json_text_place(const struct json_text *j, const char *const *path, bool at_name, struct strbuf *out)
{
	struct scan s = { j->text, j->text + j->len };
	unsigned long line = 1, column = 1;

	scan_blanks(&s);
	for (; *path; path++) {
		struct scan next = s;
		bool found = s.at < s.end && *s.at == '['
			? scan_element(&next, *path)
			: scan_member(&next, *path, at_name && !path[1]);

		/* What is not there is missing in the innermost thing that is. */
		if (!found)
			break;
		s = next;
	}
	for (const char *p = j->text; p < s.at; p++) {
		if (*p == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			column++;
		}
	}
	strbuf_addf(out, "%s:%lu:%lu: ", j->file, line, column);
}
