/* Passwords in what names a server are hidden before it is quoted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/base/memory.h"
#include "collectors/base/secret.h"

static void test_secret(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "" },
		{ "shop", "shop" },
		{ "postgresql://pw:s3cret@/x", "postgresql://pw:***@/x" },
		{ "postgres://pw:s3@cret@h:5432/x?a=b", "postgres://pw:***@h:5432/x?a=b" },
		{ "postgresql://pw:s3 cret@h", "postgresql://pw:***@h" },
		{ "postgresql://pw:s3/cret@h", "postgresql://pw:***@h" },
		{ "postgresql://:s3cret@h", "postgresql://:***@h" },
		{ "postgresql://monitor@h:5432/x", "postgresql://monitor@h:5432/x" },
		{ "postgresql://h:5432/x", "postgresql://h:5432/x" },
		{ "postgresql://h/x?password=s3cret", "postgresql://h/x?password=***" },
		{ "host=a password=s3cret user=b", "host=a password=*** user=b" },
		{ "password = 's3 cr\\' et' user=b", "password = *** user=b" },
		{ "password=s3\\ cret user=b", "password=*** user=b" },
		{ "password='s3 cret", "password=***" },
		{ "sslpassword=s3cret", "sslpassword=***" },
		{ "password= user=b", "password= ***" },
		{ "no password supplied", "no password supplied" },
		{ "two: postgresql://a:b@c\npostgresql://d:e@f", "two: postgresql://a:***@c\npostgresql://d:***@f" },
		{ "could not translate host name \"postgresql://pw:s3cret@h\" to address: Name or service not known",
		  "could not translate host name \"postgresql://pw:***@h\" to address: Name or service not known" },
		{ "invalid percent-encoded token: \"s3%zz\"", "invalid percent-encoded token: \"***\"" },
		{ "missing \"=\" after \"s3\"cret\" in connection info string", "missing \"=\" after \"***\" in connection info string" },
		{ "end of string reached when looking for matching \"]\" in IPv6 host address in URI: \"postgresql://pw:s3cret@[::1\"",
		  "end of string reached when looking for matching \"]\" in IPv6 host address in URI: \"postgresql://pw:***@[::1\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *hidden = secret_hidden(cases[i].text);

		assert_string_equal(hidden, cases[i].expected);
		free(hidden);
	}
	assert_null(secret_hidden(NULL));
}

static void test_statements(void **state)
{
	static const struct {
		const char *sql, *expected;   /* NULL: it has none */
	} cases[] = {
		{ "", NULL },
		{ "SELECT 'pass', 1", NULL },
		{ "ALTER ROLE a PASSWORD 's3cret'", "ALTER ROLE a PASSWORD '***'" },
		{ "alter user a with encrypted password 's3cret' valid until '2030-01-01'",
		  "alter user a with encrypted password '***' valid until '2030-01-01'" },
		{ "ALTER ROLE a PASSWORD\n\t--it's\n /* it's */ 's3cret'", "ALTER ROLE a PASSWORD\n\t--it's\n /* it's */ '***'" },
		{ "ALTER ROLE a PASSWORD'it''s s3cret' LOGIN", "ALTER ROLE a PASSWORD'***' LOGIN" },
		{ "ALTER ROLE a PASSWORD E'it\\'s s3cret' LOGIN", "ALTER ROLE a PASSWORD '***' LOGIN" },
		{ "ALTER ROLE a PASSWORD U&'s3cr\\0065t' LOGIN", "ALTER ROLE a PASSWORD '***' LOGIN" },
		{ "ALTER ROLE a PASSWORD $$s3'cret$$ LOGIN", "ALTER ROLE a PASSWORD '***' LOGIN" },
		{ "ALTER ROLE a PASSWORD $q1$s3$$cret$q1$ LOGIN", "ALTER ROLE a PASSWORD '***' LOGIN" },
		{ "ALTER ROLE a PASSWORD 's3'\n 'cret' LOGIN", "ALTER ROLE a PASSWORD '***'\n '***' LOGIN" },
		{ "ALTER ROLE a PASSWORD 's3cret", "ALTER ROLE a PASSWORD '***'" },
		{ "ALTER ROLE a PASSWORD $$s3cret", "ALTER ROLE a PASSWORD '***'" },
		{ "ALTER ROLE a PASSWORD E's3cret\\", "ALTER ROLE a PASSWORD '***'" },
		{ "ALTER ROLE a PASSWORD '", "ALTER ROLE a PASSWORD '***'" },
		/* Where \' ends nothing, and where it does. */
		{ "ALTER ROLE a PASSWORD 'x\\' s3cret' LOGIN", "ALTER ROLE a PASSWORD '***'***" },
		{ "SELECT 'x\\', 'ALTER ROLE a PASSWORD ''s3cret'''", "SELECT 'x\\', 'ALTER ROLE a PASSWORD ***'" },
		{ "SELECT 'x\\'y', 'ALTER ROLE a PASSWORD ''s3cret'''", "SELECT 'x\\'y', 'ALTER ROLE a PASSWORD***" },
		{ "ALTER ROLE a PASSWORD NULL; SELECT 'x'", "ALTER ROLE a PASSWORD NULL; SELECT 'x'" },
		{ "ALTER ROLE a PASSWORD $1", "ALTER ROLE a PASSWORD $1" },
		{ "CREATE ROLE password LOGIN PASSWORD 's3cret'; SELECT 'x'", "CREATE ROLE password LOGIN PASSWORD '***'; SELECT 'x'" },
		{ "CREATE USER MAPPING FOR a SERVER b OPTIONS (user 'a', password 's3cret', ADD \"sslpassword\" 's3cret', sslmode 'require')",
		  "CREATE USER MAPPING FOR a SERVER b OPTIONS (user 'a', password '***', ADD \"sslpassword\" '***', sslmode 'require')" },
		{ "CREATE SUBSCRIPTION s CONNECTION 'host=h password=s3cret user=u' PUBLICATION p",
		  "CREATE SUBSCRIPTION s CONNECTION 'host=h password=*** user=u' PUBLICATION p" },
		{ "SELECT dblink_connect('password = ''s3 cret'' user=u', 'x')", "SELECT dblink_connect('password = *** user=u', 'x')" },
		{ "SELECT dblink_connect(E'password=\\'s3 cret\\' user=u', 'x')", "SELECT dblink_connect(E'password=*** user=u', 'x')" },
		{ "SELECT dblink_connect('password=''s3\\'' cret'' user=u', 'x')", "SELECT dblink_connect('password=***', 'x')" },
		{ "SELECT dblink_connect($$host=h password=s3cret user=u$$, 'x')", "SELECT dblink_connect($$host=h password=*** user=u$$, 'x')" },
		{ "SELECT dblink_connect('postgresql://u:s3@c/ret@h/d', 'x')", "SELECT dblink_connect('postgresql://u:***@h/d', 'x')" },
		{ "SELECT 'postgres://h:5432/d', 'x'", "SELECT 'postgres://h:5432/d', 'x'" },
		{ "SELECT 'https://h:80/?mail=a@b', 'ftp://u:s3cret@h/'", "SELECT 'https://h:80/?mail=a@b', 'ftp://u:***@h/'" },
		{ "ALTER SYSTEM SET primary_conninfo = 'host=h password=s3cret'", "ALTER SYSTEM SET primary_conninfo = 'host=h password=***'" },
		{ "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ''s3cret'''; END$$", "DO $$BEGIN EXECUTE 'ALTER ROLE a PASSWORD ***'; END$$" },
		{ "DO $$BEGIN ALTER ROLE a PASSWORD 's3cret'; END$$; SELECT 'x'", "DO $$BEGIN ALTER ROLE a PASSWORD '***'; END$$; SELECT 'x'" },
		{ "DO $$BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', 'a', 's3cret'); END$$",
		  "DO $$BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', '***', '***'); END$$" },
		{ "SELECT 'ALTER ROLE a PASSWORD ' || quote_literal('s3cret'); SELECT 'x'",
		  "SELECT 'ALTER ROLE a PASSWORD ' || quote_literal('***'); SELECT 'x'" },
		{ "UPDATE users SET password = crypt('s3cret', gen_salt('bf')), name = 'x'",
		  "UPDATE users SET password = crypt('***', gen_salt('***')), name = 'x'" },
		{ "UPDATE users SET password = 's3cret' WHERE name = 'x'", "UPDATE users SET password = '***' WHERE name = 'x'" },
		{ "SELECT f(password => 's3cret', name => 'x')", "SELECT f(password => '***', name => 'x')" },
		{ "SELECT * FROM users WHERE name = 'x' AND passwd IN ('s3', 'cret') AND b = 'x'",
		  "SELECT * FROM users WHERE name = 'x' AND passwd IN ('***', '***') AND b = 'x'" },
		{ "SET app.password = 53837", "SET app.password = ***" },
		{ "SET app.password TO 's3cret'", "SET app.password TO '***'" },
		{ "SET password_encryption = 'md5'", "SET password_encryption = 'md5'" },
		{ "SELECT '{\"password\": \"s3 cret\", \"a\": 1}'", "SELECT '{\"password\": ***, \"a\": 1}'" },
		{ "SELECT password FROM users WHERE name = 'x'", "SELECT password FROM users WHERE name = 'x'" },
		{ "SELECT u.password = $1, 'x' FROM users", "SELECT u.password = $1, 'x' FROM users" },
		{ "COPY t FROM PROGRAM 'PGPASSWORD=s3cret psql'", "COPY t FROM PROGRAM 'PGPASSWORD=*** psql'" },
		{ "SELECT 1 /* password=s3cret */", "SELECT 1 /* password=*** */" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf b = STRBUF_INIT;
		bool any = secret_hide_sql(&b, cases[i].sql, strlen(cases[i].sql));

		assert_int_equal(any, cases[i].expected != NULL);
		if (any)
			assert_string_equal(b.text, cases[i].expected);
		strbuf_free(&b);
	}
}

static void has_no_piece(const char *sql, size_t n)
{
	struct strbuf b = STRBUF_INIT;

	if (secret_hide_sql(&b, sql, n))
		assert_null(strchr(b.text, 'Q'));
	strbuf_free(&b);
}

/* However long it is, wherever it is cut, however deep it is in others: no piece of it is left. */
static void test_pieces(void **state)
{
	static const char *const sqls[] = {
		"ALTER ROLE a PASSWORD 'QQQQ''QQQQ'", "ALTER ROLE a PASSWORD E'QQ\\'QQ'", "ALTER ROLE a PASSWORD $x$QQQQ$QQ$x$",
		"SELECT dblink('password=''QQ QQ'' user=u')", "SELECT dblink('postgres://u:QQ@QQ@h')", "CREATE SUBSCRIPTION s CONNECTION 'password=QQ\\ QQ'",
		"DO $a$BEGIN EXECUTE $b$ALTER ROLE a PASSWORD 'QQQQ'$b$; END$a$",
	};
	enum { LEVELS = 5000, LONG = 200000 };
	char *deep = mem_zero(LONG + 64, 1), *at = deep;

	(void)state;
	for (size_t i = 0; i < sizeof(sqls) / sizeof(*sqls); i++)
		for (size_t n = 0; n <= strlen(sqls[i]); n++) {
			char *cut = mem_string_n(sqls[i], n);

			has_no_piece(cut, n);
			free(cut);
		}
	for (int i = 0; i < LEVELS; i++)
		at += snprintf(at, 16, "$a%d$ ", i);
	snprintf(at, 64, "ALTER ROLE a PASSWORD 'QQQQ'");
	has_no_piece(deep, strlen(deep));
	memset(deep, 'Q', LONG);
	memcpy(deep, "ALTER ROLE a PASSWORD\n'", 23);
	has_no_piece(deep, LONG);
	free(deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_secret), cmocka_unit_test(test_statements), cmocka_unit_test(test_pieces) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
