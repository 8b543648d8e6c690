# The figures of stats: held against the server's own counters and views; resets; whoever holds the oldest transaction and xmin.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my ($primary, $standby) = PgtopTest::Server->start_pair;
$primary->psql(<<'END');
CREATE TABLE work (i int);
CREATE TABLE xids (i int);
END

sub figures
{
	my ($server, @arguments) = @_;
	return { map { ($_->{name} => $_) } rows(once($server, @arguments, '--pane=stats'), 'stats') };
}

sub burn_xids
{
	$primary->psql(join ';', ('SELECT txid_current()') x 20);
}

# Asked by hand. psql's own session must not be counted, ours is.
my $counts = q{SELECT count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'idle'),
	count(*) FILTER (WHERE state LIKE 'idle in transaction%') FROM pg_stat_activity WHERE backend_type = 'client backend'
	AND pid <> pg_backend_pid()};

my @idle = map { $primary->session } 1 .. 3;
my $busy = $primary->session;
$busy->send('SELECT pg_sleep(600)');
my $open = $primary->session(application => 'holder');
$open->query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM work');
$primary->wait_sql($counts, 'five sessions', gives => '1|3|1');

{
	my $clock = 'SELECT extract(epoch FROM clock_timestamp())';
	my $before = $primary->psql($clock);
	my $figure = figures($primary);
	my $after = $primary->psql($clock);
	is($figure->{sessions_idle}{value}, 3, 'idle sessions');
	is_bounded($figure->{sessions_active}{value}, 1, 2, 'active sessions, with or without our own');
	is($figure->{sessions_idle_in_transaction}{value}, 1, 'sessions idle in transaction');
	is($figure->{sessions_waiting_for_lock}{value}, 0, 'nobody waits for a lock');
	is($figure->{connections_used}{value}, 6, 'connections: theirs and ours');
	is($figure->{connections_limit}{value}, $primary->psql('SHOW max_connections'), 'max_connections');
	my $reserved = $primary->psql(q{SELECT sum(setting::int) FROM pg_settings
		WHERE name IN ('superuser_reserved_connections', 'reserved_connections')});
	is($figure->{connections_reserved}{value}, $reserved, 'reserved slots');
	my $since = $primary->psql("SELECT extract(epoch FROM xact_start) FROM pg_stat_activity WHERE pid = @{[$busy->pid]}");
	is_bounded($figure->{oldest_transaction}{value}, $before - $since - 0.01, $after - $since + 0.01, 'the oldest transaction');
	like($figure->{oldest_transaction}{holder}, qr/\b@{[$busy->pid]}\b/, 'names its session');
	my $started = $primary->psql('SELECT extract(epoch FROM pg_postmaster_start_time())');
	is_bounded($figure->{uptime}{value}, $before - $started - 0.01, $after - $started + 0.01, 'uptime');
	is($figure->{uptime}{unit}, 's', 'in seconds');
	my ($age) = $primary->psql('SELECT max(age(datfrozenxid)) FROM pg_database');
	is_bounded($figure->{xid_age}{value}, $age - 1000, $age, 'age of the oldest transaction id');
	is($figure->{xid_age_limit}{value}, $primary->psql('SHOW autovacuum_freeze_max_age'), 'autovacuum_freeze_max_age')
		if $figure->{xid_age_limit}{value} < 2**31 - 1;
	is($figure->{deadlocks}{scope}, 'database', 'deadlocks are of the database') if $figure->{deadlocks}{scope} ne 'server';
	is_bounded($figure->{cache_hit_ratio}{value}, 0, 1, 'cache hit is a share') if defined $figure->{cache_hit_ratio}{value};
}
$busy->close;
$_->close for @idle;

# Rates against known work. Every connection of pgbench ends after its transaction, which makes the server count it at once.
{
	write_file("$primary->{dir}/work.sql", "INSERT INTO work VALUES (1);\n");
	my ($pgbench) = grep { -x } glob '/usr/lib/postgresql/*/bin/pgbench /usr/pgsql-*/bin/pgbench';
	my $load = background(sub {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		exec $pgbench || 'pgbench', '-n', '-C', '-c', 2, '-R', 60, '-T', 300, '-f', "$primary->{dir}/work.sql",
			'-h', $primary->{host}, '-p', $primary->{port}, '-U', 'postgres', 'postgres';
	});
	my $taken = q{SELECT xact_commit, extract(epoch FROM clock_timestamp()) FROM pg_stat_database WHERE datname = 'postgres'};
	$primary->wait_sql('SELECT count(*) > 200 FROM work', 'the load to run');
	my ($commits0, $at0) = split /\|/, $primary->psql($taken);
	my $figure = figures($primary);
	$primary->wait_sql("SELECT clock_timestamp() > to_timestamp($at0 + 3)", 'three seconds of load');
	my ($commits1, $at1) = split /\|/, $primary->psql($taken);
	my $rate = ($commits1 - $commits0) / ($at1 - $at0);
	is_bounded($figure->{transactions}{value}, $rate / 4, $rate * 4, sprintf 'transactions a second, %.0f on the average', $rate);
	is_bounded($figure->{commits}{value}, $rate / 4, $rate * 4, 'commits a second');
	is($figure->{transactions}{unit}, 'per_s', 'the unit of a rate');
	cmp_ok($figure->{commits}{value}, '<=', $figure->{transactions}{value} + 1e-6, 'commits are transactions');
	cmp_ok($figure->{wal_bytes}{value}, '>', 0, 'WAL is written');
	is($figure->{wal_bytes}{unit}, 'bytes_per_s', 'in bytes a second');
	is($figure->{rollback_ratio}{value}, 0, 'nothing was rolled back');
	cmp_ok($figure->{rows_written}{value}, '>', 0, 'rows are written');

	# A statistics reset between the two samples: a counter that fell gives no rate, and never a negative one.
	my $resets = $primary->session(application => 'reset');
	$resets->send('DO $$ BEGIN LOOP PERFORM pg_stat_reset(), pg_sleep(0.1); END LOOP; END $$');
	my $reset = figures($primary);
	my @negative = grep { ($reset->{$_}{value} // 0) < 0 } keys %$reset;
	is("@negative", '', 'after a reset no rate is negative');
	ok(exists $reset->{$_} && !defined $reset->{$_}{value}, "after a reset $_ is not known") for qw(transactions rollbacks cache_hit_ratio);
	cmp_ok($reset->{connections_used}{value}, '>', 0, 'what is no rate is known all the same');
	$resets->close;
	kill 'TERM', $load;
	waitpid $load, 0;
	# Before 15 a reset is a message that may be late.
	wait_for { defined figures($primary)->{transactions}{value} } 20, 'a rate';
	pass('with two samples after the reset there is a rate again');
}

# Whoever holds the oldest xmin, of each kind.
sub holder_is
{
	my ($name, $pattern) = @_;
	burn_xids();
	my $figure = figures($primary);
	like($figure->{oldest_xmin}{holder}, $pattern, "the oldest xmin is held by $name");
	cmp_ok($figure->{oldest_xmin}{value}, '>=', 20, "and is as old as what came since ($name)");
	is($figure->{oldest_xmin}{unit}, 'transactions', 'in transactions') if defined $figure->{oldest_xmin}{unit};
	return $figure;
}

holder_is('a session', qr/\b@{[$open->pid]}\b/);
$open->close;

$primary->psql(q{BEGIN; INSERT INTO xids VALUES (1); PREPARE TRANSACTION 'xa-1'});
my $figure = holder_is('a prepared transaction', qr/xa-1/);
like($figure->{oldest_transaction}{holder}, qr/xa-1/, 'the oldest transaction is the prepared one too');
$primary->psql(q{ROLLBACK PREPARED 'xa-1'});

$primary->wait_replayed($standby);
my $snapshot = $standby->session;
$snapshot->query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM work');
burn_xids();
$primary->wait_sql(q{SELECT coalesce(max(age(backend_xmin)), 0) >= 20 FROM pg_stat_replication}, 'feedback from the standby');
holder_is('a standby with feedback', qr/standby1/);

$primary->psql(q{SELECT pg_create_physical_replication_slot('slot1')});
$standby->configure("primary_slot_name = 'slot1'\n")->reload;
burn_xids();
$primary->wait_sql(q{SELECT coalesce(max(age(xmin)), 0) >= 20 FROM pg_replication_slots}, 'feedback through the slot');
holder_is('a slot', qr/slot1/);
$snapshot->close;

# Replication lag, seen from both ends.
$standby->psql('SELECT pg_wal_replay_pause()');
$primary->psql(q{INSERT INTO work SELECT generate_series(1, 20000); SELECT pg_switch_wal()});
my $written = $primary->psql('SELECT pg_current_wal_lsn()');
$standby->wait_sql("SELECT pg_last_wal_receive_lsn() >= '$written'::pg_lsn", 'the standby to receive');
$primary->wait_sql('SELECT flush_lsn - replay_lsn > 1000000 FROM pg_stat_replication', 'the primary to know');
my $behind = $primary->psql('SELECT sent_lsn - replay_lsn FROM pg_stat_replication');
is_bounded(figures($primary)->{replication_lag_bytes}{value}, $behind, $behind + 1e7, 'the primary says how far the standby is behind');
my $lag = $standby->psql('SELECT pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn()');
my $on_standby = figures($standby);
is_bounded($on_standby->{replication_lag_bytes}{value}, $lag, $lag + 1e7, 'so does the standby itself');
cmp_ok($on_standby->{replication_lag}{value} // -1, '>=', 0, 'and for how long');
$standby->psql('SELECT pg_wal_replay_resume()');
$primary->wait_replayed($standby);
wait_for { (figures($standby)->{replication_lag_bytes}{value} // -1) == 0 } 20, 'the lag to end';
pass('a standby that has caught up is not behind in bytes');

# A slot that nobody uses holds on.
$standby->stop;
burn_xids();
holder_is('a slot whose standby is gone', qr/slot1/) if $primary->psql(q{SELECT xmin IS NOT NULL FROM pg_replication_slots}) eq 't';

done_testing;
