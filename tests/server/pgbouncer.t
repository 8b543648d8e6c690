# Through PgBouncer in transaction mode everything works, and nothing of us is left on the server's connection.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my ($pgbouncer) = grep { -x } '/usr/sbin/pgbouncer', map { "$_/pgbouncer" } split /:/, $ENV{PATH};
plan skip_all => 'there is no pgbouncer' if !$pgbouncer;

my $server = PgtopTest::Server->start(conf => <<'END');
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
END
$server->psql(<<'END');
CREATE ROLE app LOGIN;
CREATE ROLE mon LOGIN;
CREATE EXTENSION pg_stat_statements;
GRANT pg_monitor TO mon;
CREATE TABLE orders (id int PRIMARY KEY, status text);
CREATE INDEX orders_status_idx ON orders (status);
INSERT INTO orders VALUES (1, 'new');
GRANT ALL ON orders TO app;
END

# A pooler with one server connection for each user and database, so that we can look at the very one that was used. Gives an
# object that knows how to connect, as a server does.
sub pooler
{
	my (%option) = @_;
	my $dir = temp_dir();
	chown((getpwnam 'postgres')[2, 3], $dir) if $> == 0;
	my $port = 6432;
	write_file("$dir/users", qq{"postgres" ""\n"app" ""\n"mon" ""\n});
	write_file("$dir/ini", <<"END");
[databases]
postgres = host=$server->{host} port=$server->{port} dbname=postgres
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $dir
auth_type = trust
auth_file = $dir/users
pool_mode = @{[$option{mode} || 'transaction']}
default_pool_size = 1
max_client_conn = 50
logfile = $dir/log
pidfile = $dir/pid
@{[$option{lines} || '']}
END
	my $started = run_command([as_user(), $pgbouncer, '-d', "$dir/ini"]);
	die "pgbouncer: $started->{err}" if $started->{status};
	my $pid = wait_for { -s "$dir/pid" && read_file("$dir/pid") } 20, 'pgbouncer to start';
	chomp $pid;
	PgtopTest::Reaper::promise(process => $pid);
	my $pooler = bless { %$server, host => $dir, port => $port, pid => $pid }, ref $server;
	wait_for { eval { $pooler->psql('SELECT 1') } } 20, 'pgbouncer to answer';
	return $pooler;
}

# All that a session could have left: prepared statements, settings, listening, locks, temporary tables. (An open transaction would
# keep the connection from being given out at all; a client that leaves in the middle of a statement costs the pooler that connection.)
my $STATE = <<'END';
SELECT 'prepared ' || name || ' ' || statement FROM pg_prepared_statements ORDER BY 1;
SELECT name || '=' || setting FROM pg_settings WHERE name <> 'application_name' ORDER BY 1;
SELECT 'channel ' || pg_listening_channels();
SELECT 'cursor ' || name FROM pg_cursors ORDER BY 1;
SELECT 'lock ' || mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory';
SELECT 'temporary ' || relname FROM pg_class WHERE relnamespace = pg_my_temp_schema();
END

# A test: what is on the pooler's connection is what was there before.
sub nothing_left
{
	my ($pooler, $before, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my %known = map { ($_ => 1) } split /\n/, $before;
	return is(join("\n", grep { !$known{$_} } split /\n/, $pooler->psql($STATE)), '', $what);
}

for my $case (
	['transaction mode', {}, 1],
	['transaction mode that ignores our options', { lines => "ignore_startup_parameters = options,extra_float_digits\n" }, 1],
	['session mode', { mode => 'session' }, 0],
) {
	my ($what, $option, $pooled) = @$case;
	my $pooler = pooler(%$option);
	my $before = $pooler->psql($STATE);

	my $holder = $server->session(user => 'app', application => 'orders-api');
	$holder->query(q{BEGIN; UPDATE orders SET status = 'shipped' WHERE id = 1});
	my $waiter = $server->session(user => 'app');
	$waiter->send(q{UPDATE orders SET status = 'late' WHERE id = 1})->until_waiting;
	my $report = once($pooler);
	for my $name (qw(stats activity locks slow_queries)) {
		is(pane($report, $name)->{state}, 'ok', "$what: $name is ok") or diag(pane($report, $name)->{reason});
		my $lacking = $name eq 'slow_queries' && $PG_VERSION < 14 ? { since => 'needs PostgreSQL 14' } : {};
		is_deeply(pane($report, $name)->{unavailable}, $lacking, "$what: $name lacks nothing that this version has");
	}
	is(row_by($report, 'locks', pid => $waiter->pid)->{blocked_by}[0], $holder->pid, "$what: the tree is there");
	like(row_by($report, 'locks', pid => $holder->pid)->{object}, qr/orders/, "$what: with names");
	is($report->{checks}{'lock-queue'}, 'finding', "$what: and judged");
	is(scalar(grep { $_->{own} } rows($report, 'activity')), 1, "$what: our own session is told apart");
	ok((grep { ($_->{query} // '') =~ /orders/ } rows($report, 'slow_queries')), "$what: statements are there with their texts");
	ok(defined row_by($report, 'stats', name => 'transactions')->{value}, "$what: rates are there");
	my $direct = once($server);
	is_deeply([map { $_->{name} } rows($report, 'stats')], [map { $_->{name} } rows($direct, 'stats')], "$what: the same figures as directly");
	nothing_left($pooler, $before, "$what: nothing is left on the server's connection") if $pooled;

	# The screen lives on it, and leaves the only server connection to others between its questions.
	my $screen = PgtopTest::Screen->new(width => 120, height => 40,
		command => [@PGTOP, $pooler->connection_options, '--interval=0.3', '--pane=locks']);
	$screen->shows(qr/live \d\d:\d\d:\d\d/, "$what: the screen comes alive");
	$screen->shows(qr/@{[$holder->pid]} app +holds/, "$what: and shows the tree");
	$holder->query('ROLLBACK');
	$waiter->wait;
	$screen->shows(qr/No session waits/, "$what: and follows what happens");
	if ($pooled) {
		my $only = q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'postgres' AND application_name = 'pgtop-prod'};
		is($pooler->psql("$only AND pid <> pg_backend_pid()"), 0, "$what: another client gets the only server connection meanwhile");
		is($pooler->psql('SHOW transaction_read_only'), 'off', "$what: it is not read-only");
		is($pooler->psql('SHOW statement_timeout'), '0', "$what: and has no timeout of ours");
	}
	$screen->keys('q');
	$screen->wait_ended;
	$screen->close;
	nothing_left($pooler, $before, "$what: nothing is left after the screen") if $pooled;

	if ($pooled) {
		# What is asked for one row only, refused and answered.
		$screen = PgtopTest::Screen->new(width => 120, height => 40,
			command => [@PGTOP, $pooler->connection_options, '--interval=0.3', '--pane=unused_indexes']);
		$screen->wait_until(qr/live \d\d:\d\d:\d\d/);
		$screen->keys('a');
		$screen->wait_until(qr/orders_status_idx/);
		my $locker = $server->session;
		$locker->query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
		$screen->keys('/');
		$screen->type('orders_status_idx');
		$screen->keys('Enter', 'Enter');
		$screen->shows(qr/waited 0\.1 s for a lock: public\.orders (?:or public\.orders_status_idx )?is locked/, "$what: details say what is locked");
		$locker->query('ROLLBACK');
		$screen->keys('r');
		$screen->shows(qr/CREATE INDEX orders_status_idx ON public\.orders USING btree \(status\)/, "$what: and what the definition is");
		$locker->close;
		nothing_left($pooler, $before, "$what: nothing is left after it");
		$screen->keys('Escape', 'q');
		$screen->wait_ended;
		$screen->close;

		once($pooler, { user => 'mon' });
		my $ours = q{FROM pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid WHERE rolname = 'mon'};
		cmp_ok($server->psql("SELECT count(*) $ours"), '>', 5, "$what: the server counts our statements");
		is($server->psql("SELECT query $ours AND query !~ '^[[:space:](]*[A-Z]+ /[*] pgtop-prod [*]/[[:space:];]?'"
			. q{ AND query !~ '^SET application_name='}), '', "$what: each has our mark, but what the pooler sends by itself");
	}
	kill 'TERM', $pooler->{pid};
}

done_testing;
