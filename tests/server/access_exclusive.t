# ACCESS EXCLUSIVE on everything a user made, and on pg_class: the panes fill, or say what keeps them; we never wait for long.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$server->psql(<<'END');
CREATE SCHEMA tools;
CREATE EXTENSION pg_stat_statements SCHEMA tools;
CREATE TABLE orders (id int PRIMARY KEY, status text, amount numeric);
CREATE INDEX orders_status_idx ON orders (status);
INSERT INTO orders SELECT i, 'new', i FROM generate_series(1, 100) i;
CREATE TABLE events (at timestamptz, what text) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'new';
CREATE SEQUENCE numbers;
CREATE MATERIALIZED VIEW sums AS SELECT status, sum(amount) FROM orders GROUP BY status;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
GRANT USAGE ON SCHEMA tools TO monitor;
END

# LOCK TABLE takes tables and views; the rest gets the same lock from a statement that needs it. All is rolled back.
my $locker = $server->session(application => 'locker');
$locker->query(<<'END');
BEGIN;
LOCK TABLE orders, events, open_orders IN ACCESS EXCLUSIVE MODE;
REINDEX TABLE orders;
ALTER SEQUENCE numbers RENAME TO numbers2;
ALTER MATERIALIZED VIEW sums RENAME TO sums2
END
is($server->psql("SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND NOT EXISTS"
	. " (SELECT FROM pg_locks WHERE relation = pg_class.oid AND mode = 'AccessExclusiveLock' AND granted)"), '',
	'the situation: everything is locked');
my $waiter = $server->session;
$waiter->send('SELECT * FROM orders')->until_waiting;

for my $user (qw(postgres monitor)) {
	my $report = once($server, { user => $user });
	for my $name (qw(stats activity locks slow_queries unused_indexes matviews)) {
		is(pane($report, $name)->{state}, 'ok', "$user: $name fills while every user relation is locked");
		my $lacking = $name eq 'slow_queries' && $PG_VERSION < 14 ? { since => 'needs PostgreSQL 14' } : {};
		is_deeply(pane($report, $name)->{unavailable}, $lacking, "$user: $name lacks nothing that this version has");
		cmp_ok(scalar rows($report, $name), '>', 0, "$user: $name has rows");
	}
	like(row_by($report, 'locks', pid => $waiter->pid)->{object}, qr/orders$/, "$user: the locked table is named");
	ok(row_by($report, 'unused_indexes', index => 'orders_status_idx'), "$user: so is an index of it");
	ok(row_by($report, 'matviews', matview => 'sums'), "$user: and a materialized view");
}
my $log = $server->log_text;
unlike($log, qr/lock timeout/, 'no statement of ours waited for a lock');
$locker->query('ROLLBACK');
$waiter->wait;

# pg_class itself, once the program is connected and its statements are prepared.
sub screen
{
	my ($key) = @_;
	my $screen = PgtopTest::Screen->new(width => 120, height => 40,
		command => [@PGTOP, $server->connection_options, '--interval=0.3']);
	$screen->wait_until(qr/live \d\d:\d\d:\d\d/, 'the first answer', 30);
	# Connected means that each pane has had its first answer: then every statement is prepared.
	$screen->keys('7');
	$screen->wait_until(qr/^ *connections_used +\d/m, 'stats');
	$screen->keys('2');
	$screen->wait_until(qr/^activity +\d/m, 'activity');
	$screen->keys('3');
	$screen->wait_until(qr/No session waits/, 'locks');
	$screen->keys($key);
	return $screen;
}

# The time of the newest answer, in the header. It goes on only while our session is being answered.
sub answered
{
	my ($screen) = @_;
	return ($screen->line(1) =~ /(?:live|from) (\d\d:\d\d:\d\d)/)[0] // '';
}

my $screen = screen('2');
my $busy = $server->session(application => 'first');
$busy->send('SELECT pg_sleep(1000) AS first');
$screen->shows(qr/AS first/, 'activity shows a session');
# A new session would wait for pg_class, and so would a statement that looks up a new name: what is needed is made ready before.
my $observer = $server->session;
$observer->query('PREPARE waits(int) AS SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)');
$observer->query('EXECUTE waits(0)');
$observer->query('SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE false');
$observer->query(my $ours = q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgtop-prod'
	AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '2 s'});
my $blocked = $server->session;
$blocked->query('SELECT count(*) FROM orders');

sub until_waits
{
	my ($session) = @_;
	wait_for { $observer->query("EXECUTE waits(@{[$session->pid]})") eq 't' } 30, 'a session to wait';
}

$locker->query('BEGIN; LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE');
my $from = answered($screen);
$screen->shows(sub { answered($screen) gt $from }, 'with pg_class locked our session is still answered', 30);
$observer->query("SELECT pg_cancel_backend(@{[$busy->pid]})");
$screen->shows(sub { $_[0] !~ /AS first/ }, 'activity follows what happens', 30);
$screen->shows(qr/^activity +\d+ of \d+/m, 'its title line is that of a living pane');
unlike($screen->line(5), qr/stale|skipped|unavailable/, 'it is not stale');
$screen->keys('7');
my $stats = $screen->shows(qr/^stats\b/m, 'stats opens');
unlike((grep { /^stats\b/ } split /\n/, $stats)[0], qr/stale|skipped|unavailable/, 'stats is not stale');
like($stats, qr/connections_used|connections used/, 'and has its figures');

# Somebody waits for pg_class: the tree shows it, with a number until names can be looked up again.
$blocked->send("SELECT 'orders2'::regclass");
until_waits($blocked);
$screen->keys('3');
my $locks = $screen->shows(qr/^. *\W*@{[$blocked->pid]}\b/m, 'locks fills while pg_class is locked', 30);
my ($line) = grep { /\b@{[$blocked->pid]}\b/ } split /\n/, $locks;
like($line, qr/\b1259\b|pg_class/, 'an object has its name or a number');
unlike((grep { /^locks\b/ } split /\n/, $locks)[0], qr/stale|unavailable/, 'locks is not stale');
is($observer->query($ours), 0, 'our session never waits long for a lock');
$locker->query('ROLLBACK');
$blocked->wait;
$screen->keys('2');
$from = answered($screen);
$screen->shows(sub { answered($screen) gt $from }, 'and all goes on after it', 30);
$screen->close;

# A look-up that could not be had is made up for: the name stands there once pg_class is free.
$screen = screen('3');
$locker->query('BEGIN; LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE; LOCK TABLE orders');
$blocked->send('SELECT count(*) FROM orders');
until_waits($blocked);
$screen->shows(qr/\b@{[$blocked->pid]}\b/, 'a waiter is shown at once');
$locker->query('ROLLBACK; BEGIN; LOCK TABLE orders');
$blocked->wait;
$blocked->send('SELECT count(*) FROM orders')->until_waiting;
$screen->shows(qr/\b@{[$blocked->pid]}\b.*\borders\b/, 'and the name is there once pg_class is free', 90);
$locker->query('ROLLBACK');

done_testing;
