/*
 * Where to connect to, as the user said it: options, connection string, service file and environment merged the way psql
 * merges them, and the list of hosts taken apart.
 *
 * The rest of the connection string (TLS, authentication, target_session_attrs...) is none of our business and is handed
 * on to libpq untouched. Only hosts, addresses and ports are ours, because libpq looks names up while everybody waits:
 * every name is resolved apart (resolve.h) and handed over as `hostaddr` beside `host`, so that TLS still checks the name.
 */
#ifndef PGTOP_CONNINFO_H
#define PGTOP_CONNINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "server.h"

/* One place to connect to. `hostaddr` is "" for a socket, and for a name that is not resolved yet. */
struct address {
	char *host;       /* as given; "" : libpq's default socket directory */
	char *hostaddr;
	char *port;       /* "": libpq's default */
	bool is_name;     /* has to be resolved */
	bool left_out;    /* did not answer in this attempt */
};

struct address_list {
	struct address *all;
	size_t n;
};

void address_list_add(struct address_list *l, const char *host, const char *hostaddr, const char *port, bool is_name);
void address_list_clear(struct address_list *l);

/*
 * Takes comma-separated lists apart as libpq does: as many entries as `hostaddr` has, else as `host` has, else one; one port
 * serves all. NULL reads as "". False where the numbers do not match: libpq then says so in its own words.
 */
bool address_list_parse(struct address_list *l, const char *host, const char *hostaddr, const char *port);

/* "db1 10.0.4.11:5432", "[::1]:5432", "socket /run/postgresql:5432"; a new string, clean. */
char *address_words(const char *host, const char *hostaddr, const char *port);

struct conninfo;

/* Never NULL; conninfo_error() tells what was wrong. Takes copies of everything in `o`. */
struct conninfo *conninfo_new(const struct server_options *o);
void conninfo_free(struct conninfo *ci);

/* What libpq would reject, in one clean line; NULL: nothing known to be wrong. */
const char *conninfo_error(const struct conninfo *ci);

/* The value as it will take effect, or NULL; borrowed. */
const char *conninfo_get(const struct conninfo *ci, const char *keyword);

/* Replaces the password; the old one is wiped. */
void conninfo_set_password(struct conninfo *ci, const char *password);

/* The deadline of one address: the option, else connect_timeout, else 5 s. */
double conninfo_timeout_s(const struct conninfo *ci);

/* The hosts as the user gave them; names not resolved. */
const struct address_list *conninfo_hosts(const struct conninfo *ci);

/* Whether target_session_attrs looks at default_transaction_read_only, which we could not set before without deceiving it. */
bool conninfo_judges_read_only(const struct conninfo *ci);

/*
 * Keywords and values for libpq, both ended by NULL, over the addresses that are not left out; `options` are settings to
 * append to the user's own, or NULL to leave `options` out altogether. Released with conninfo_params_free().
 */
struct conninfo_params {
	const char **keywords;
	char **values;
	size_t n;
};

struct conninfo_params conninfo_params(const struct conninfo *ci, const struct address_list *to, const char *options);
/* Another application_name than that of the polling session. */
void conninfo_params_name(struct conninfo_params *p, const char *name);
void conninfo_params_free(struct conninfo_params *p);

#endif
