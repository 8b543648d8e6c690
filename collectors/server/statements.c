#include "statements.h"

#include "internal.h"

const struct statement statements[] = {
	{ .name = "probe", .when = "once, when connected: whether the limits took hold", .sql = probe_sql },
	{ .name = "read_only", .when = "once, where target_session_attrs looks at the same setting", .sql = read_only_sql },
	{ .name = "time_zone", .when = "once, when connected; refused, it is done without", .sql = time_zone_sql },
	{ .name = "date_style", .when = "once, when connected; refused, it is done without", .sql = date_style_sql },
	{ .name = "client_check", .when = "once, when connected; refused, it is done without", .min_version = 140000,
	  .sql = client_check_sql },
	{ .name = "timeout", .when = "before a statement that may run longer than the one before, or less long",
	  .values = "MILLISECONDS", .sql = TIMEOUT_FORMAT },
	{ .name = "facts", .when = "once, when connected, and every minute", .sql = facts_sql },
	{ .name = "identity", .when = "once, when connected", .needs = "EXECUTE on pg_control_system()", .sql = identity_sql },
	{ .name = "standby", .when = "every interval, on a standby: whether it was promoted", .sql = standby_sql },
	{ .name = "locker", .when = "after we waited for a lock in vain: who holds a catalog", .sql = locker_sql },
	{ .name = "raw", .when = "after an answer had a text that cannot be converted to UTF-8", .sql = RAW_SQL },
	{ .name = "abandoned", .when = "after a connection of ours was given up: ends its session",
	  .needs = "the same role, which it is", .values = "PID BACKEND_START", .sql = ABANDONED_FORMAT },
	{ .name = "pooled", .when = "through a transaction-pooling proxy: around every statement",
	  .values = "LOCK_TIMEOUT STATEMENT_TIMEOUT STATEMENT", .sql = POOLED_FORMAT },
	{ .name = "pooled_rollback", .when = "through such a proxy, after a statement that failed", .sql = POOLED_ROLLBACK },
};
const size_t nstatements = sizeof(statements) / sizeof(statements[0]);
