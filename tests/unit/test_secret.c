/* Passwords in what names a server are hidden before it is quoted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_secret) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
