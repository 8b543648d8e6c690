# What is asked for one row only, when its details open: on a connection of its own that is gone after the answer, never more than one beside the
# polling session, and nothing on the screen ever waits for it.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start(conf => <<'END');
max_connections = 12
superuser_reserved_connections = 1
log_connections = on
log_disconnections = on
log_line_prefix = '%m [%p] %a: '
END
$server->psql(<<'END');
CREATE TABLE orders (id int PRIMARY KEY, status text, amount numeric);
INSERT INTO orders SELECT i, 'status ' || i, i FROM generate_series(1, 20000) i;
CREATE INDEX orders_status_idx ON orders (status);
CREATE INDEX orders_amount_idx ON orders (amount) WHERE amount > 10;
CREATE TABLE users (id int PRIMARY KEY, email text);
CREATE INDEX users_email_idx ON users (lower(email)) WITH (fillfactor = 70);
CREATE INDEX users_gone_idx ON users (email DESC);
CREATE ROLE app LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE limited LOGIN CONNECTION LIMIT 1;
ANALYZE
END
my $live = qr/^\S.* live \d\d:\d\d:\d\d$/m;
my $stamp = qr/\d\d:\d\d:\d\d/;
my $observer = $server->session(application => 'observer');

sub screen
{
	my ($option, @arguments) = @_;
	my $screen = PgtopTest::Screen->new(width => 110, height => 32,
		command => [@PGTOP, $server->connection_options(%$option), '--interval=0.3', '--pane=unused_indexes', @arguments]);
	$screen->wait_until($live);
	$screen->keys('a');   # those to keep, too
	$screen->wait_until(qr/users_email_idx/);
	return $screen;
}

# Puts the row in hand and opens its details.
sub enter
{
	my ($screen, $index) = @_;
	$screen->keys('/');
	$screen->type($index);
	$screen->keys('Enter', 'Enter');
	$screen->wait_until(sub { $_[0] =~ /Esc back/ && $_[0] =~ /\b$index\b/ }, "the details of $index");
}

sub leave
{
	my ($screen) = @_;
	$screen->keys('Escape');
	$screen->wait_until(sub { $_[0] !~ /Esc back/ }, 'the pane');
	$screen->keys('Escape');   # the marks of the search
}

sub quit
{
	my ($screen) = @_;
	leave($screen) if $screen->capture =~ /Esc back/;
	$screen->keys('q');
	$screen->wait_ended;
	$screen->close;
	wait_for { ours() == 0 } 30, 'our sessions to end';
}

# Our sessions on the server by name.
sub ours
{
	return split /\n/, $observer->query(q{SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'pgtop-prod%'});
}

sub goes_on
{
	my ($screen, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($from) = $screen->line(1) =~ /live ($stamp)/;
	$screen->shows(sub { ($_[0] =~ /^\S.* live ($stamp)$/m ? $1 : '') gt ($from // '') }, "$what: polling goes on");
}

# The definition is wrapped on the screen: compared without white space.
sub definition
{
	my ($index) = @_;
	my $definition = $server->psql("SELECT pg_get_indexdef('$index'::regclass)");
	$definition =~ s/\s+//g;
	return $definition;
}

sub shows_definition
{
	my ($screen, $index, $what, $seconds) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $definition = definition($index);
	return $screen->shows(sub { (my $all = $_[0]) =~ s/\s+//g; index($all, $definition) >= 0 }, $what, $seconds);
}

# How many of our sessions there were at most at one time, as the server's log has it.
sub most_at_once
{
	my ($from) = @_;
	my ($now, $most, $rows, %open) = (0, 0, 0);
	for (split /\n/, substr $server->log_text, $from) {
		if (/\[(\d+)\] .*connection authorized:.* application_name=pgtop-prod( row)?(?: |$)/) {
			$open{$1} = 1;
			$rows++ if $2;
		} elsif (/\[(\d+)\] .*disconnection:/) {
			delete $open{$1};
		}
		$most = keys %open if keys %open > $most;
	}
	return ($most, $rows, scalar keys %open);
}

# Asked, answered, gone.
{
	my $from = length $server->log_text;
	my $screen = screen({});
	is((ours())[0], 'pgtop-prod', 'the pane alone: one session');
	is(scalar(most_at_once($from)), 1, 'the pane alone: there never was another');
	enter($screen, 'orders_status_idx');
	my $picture = shows_definition($screen, 'orders_status_idx', 'Enter shows the definition');
	my $bytes = $server->psql(q{SELECT pg_relation_size('orders_status_idx')});
	my $size = sprintf '%.0f kB', $bytes / 1024;
	like($picture, qr/\b$size\b/, "and its exact size, $bytes");
	wait_for { ours() == 1 } 20, 'the second session to end';
	pass('after the answer its session is gone');
	leave($screen);
	# In and out again: never more than one beside the first, whatever is on its way.
	for my $index (qw(users_email_idx orders_amount_idx orders_status_idx users_email_idx)) {
		$screen->keys('/');
		$screen->type($index);
		$screen->keys('Enter', 'Enter', 'Escape', 'Enter', 'Escape', 'Enter', 'r', 'r', 'Escape', 'Escape');
	}
	enter($screen, 'users_email_idx');
	shows_definition($screen, 'users_email_idx', 'the last one asked for is the one that is shown');
	$screen->keys('?');
	$screen->shows(qr/^help\b/m, 'help over the details');
	$screen->keys('Escape');
	shows_definition($screen, 'users_email_idx', 'and back');
	goes_on($screen, 'details open');
	wait_for { ours() == 1 } 20, 'the second session to end';
	my ($most, $rows) = most_at_once($from);
	is($most, 2, 'never more than two sessions of ours');
	cmp_ok($rows, '>=', 3, 'the second by its own name') or diag($server->log_text);
	quit($screen);
}

# Somebody holds the table.
{
	my $screen = screen({});
	my $locker = $server->session(user => 'postgres', application => 'migration');
	$locker->query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
	enter($screen, 'orders_status_idx');
	# Where a poll came just while our own session waited, the tree of locks has told by whom.
	my $holder = $locker->pid;
	my $picture = $screen->shows(qr/no definition: waited 0\.1 s for a lock: public\.orders (?:or public\.orders_status_idx is locked|is locked by $holder \()/,
		'a locked table: the sentence says so');
	unlike($picture, qr/CREATE INDEX/, 'a locked table: no definition');
	goes_on($screen, 'a locked table');
	wait_for { ours() == 1 } 20, 'the second session to end';
	leave($screen);
	enter($screen, 'users_email_idx');
	shows_definition($screen, 'users_email_idx', 'another table is not locked');
	leave($screen);

	# Once somebody else waits for it the tree of locks knows who holds it.
	my $waiter = $server->session(user => 'postgres');
	$waiter->send('SELECT count(*) FROM orders')->until_waiting;
	my $pid = $locker->pid;
	$screen->keys('3');
	$screen->wait_until(qr/\b$pid\b/);
	$screen->keys('5');
	enter($screen, 'orders_amount_idx');
	$screen->shows(qr/waited 0\.1 s for a lock: public\.orders is locked by $pid \(idle in transaction\)/, 'and by whom');
	$screen->keys('r');
	goes_on($screen, 'asked again');
	$locker->query('ROLLBACK');
	$waiter->wait;
	$screen->keys('r');
	shows_definition($screen, 'orders_amount_idx', 'free again: r asks anew');
	quit($screen);
	$_->close for $locker, $waiter;
}

# The object is gone before it is asked for.
{
	my $screen = screen({});
	$server->psql('DROP INDEX users_gone_idx');
	enter($screen, 'users_gone_idx');
	$screen->shows(qr/[Ii]t is no longer there/, 'dropped meanwhile: it says so');
	quit($screen);
}

# No connection is left: for the role, and on the server.
{
	$server->psql('GRANT pg_monitor TO limited');
	my $screen = screen({ user => 'limited', dbname => 'postgres' });
	enter($screen, 'orders_status_idx');
	$screen->shows(qr/no definition: no connection is left for it: .*too many connections for role/, 'a role with one connection: the sentence says so');
	goes_on($screen, 'a role with one connection');
	quit($screen);

	$screen = screen({ user => 'monitor', dbname => 'postgres' });
	my @others;
	for (1 .. 12) {
		my $free = $observer->query(q{SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
			- count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'});
		last if $free <= 0;
		push @others, $server->session(user => 'app', dbname => 'postgres');
		$others[-1]->query('SELECT 1');
	}
	enter($screen, 'orders_status_idx');
	$screen->shows(qr/no definition: no connection is left for it: .*(?:reserved|too many clients)/, 'a full server: the sentence says so');
	goes_on($screen, 'a full server');
	(pop @others)->close;
	$screen->keys('r');
	shows_definition($screen, 'orders_status_idx', 'one is free: r asks anew');
	$_->close for @others;
	quit($screen);
}

# Only the postmaster stands still: no second session comes about, the first goes on; what was asked for comes when it can.
{
	my $from = length $server->log_text;
	my $screen = screen({}, '--connect-timeout=1');
	my $postmaster = $server->postmaster_pid;
	kill 'STOP', $postmaster;
	enter($screen, 'orders_status_idx');
	$screen->shows(qr/no definition: no answer in time; when it comes, it is shown/, 'no session comes about: the sentence says so');
	goes_on($screen, 'no session comes about');
	leave($screen);
	enter($screen, 'orders_amount_idx');
	$screen->shows(qr/no answer in time/, 'another row is not waited for anew');
	leave($screen);
	enter($screen, 'users_email_idx');
	$screen->shows(qr/no answer in time/, 'nor a third');
	kill 'CONT', $postmaster;
	shows_definition($screen, 'users_email_idx', 'the postmaster goes on: what is looked at is shown', 40);
	wait_for { ours() == 1 } 30, 'the second session to end';
	my ($most, $rows) = most_at_once($from);
	is($most, 2, 'never more than two sessions of ours');
	is($rows, 1, 'three rows asked for in vain: one session waited');
	quit($screen);
}

# Everything stands still: it is not asked at all.
{
	my $screen = screen({});
	enter($screen, 'orders_status_idx');
	shows_definition($screen, 'orders_status_idx', 'before');
	leave($screen);
	my $from = length $server->log_text;
	my @all = ($server->postmaster_pid, children_of($server->postmaster_pid));
	kill 'STOP', @all;
	$screen->shows(qr/NO ANSWER/, 'a frozen server: NO ANSWER');
	enter($screen, 'users_email_idx');
	$screen->shows(qr/no definition: the server does not answer/, 'a frozen server: the sentence says so');
	leave($screen);
	$screen->keys('2');
	$screen->shows(qr/^activity\b/m, 'a frozen server: keys are answered');
	$screen->keys('5');
	enter($screen, 'users_email_idx');
	$screen->shows(qr/no definition: the server does not answer/, 'a frozen server: nor later');
	kill 'CONT', reverse @all;
	$screen->shows($live, 'it goes on: live again', 40);
	$screen->keys('r');
	shows_definition($screen, 'users_email_idx', 'it goes on: r asks anew', 40);
	is((most_at_once($from))[1], 1, 'a frozen server: nothing was asked of it');
	quit($screen);
}

# The one process that serves the second session hangs: it is left alone, and no other is begun.
{
	my $directory = temp_dir();
	mkdir "$directory/pgtop-prod";
	write_file("$directory/pgtop-prod/config.json", '{"limits": {"lock_timeout_s": 3, "statement_timeout_s": 3}}');
	my $from = length $server->log_text;
	my $screen = screen({}, "--config=$directory/pgtop-prod/config.json");
	my $locker = $server->session(application => 'migration');
	$locker->query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
	enter($screen, 'orders_status_idx');
	$screen->shows(qr/…/, 'while it is awaited there is an ellipsis');
	my $pid = wait_for { $observer->query(q{SELECT pid FROM pg_stat_activity WHERE application_name = 'pgtop-prod row'
		AND wait_event_type = 'Lock'}) } 20, 'the second session to wait';
	kill 'STOP', $pid;
	$screen->shows(qr/no definition: no answer in time; when it comes, it is shown/, 'a process that hangs: the sentence says so');
	goes_on($screen, 'a process that hangs');
	leave($screen);
	for my $index (qw(users_email_idx orders_amount_idx)) {
		enter($screen, $index);
		$screen->shows(qr/no definition: the one asked for before has not been answered yet/, "a process that hangs: $index is not asked for");
		leave($screen);
	}
	my ($most, $rows) = most_at_once($from);
	is("$most $rows", '2 1', 'a process that hangs: one session is left behind, no other begun');
	$locker->query('ROLLBACK');
	enter($screen, 'users_email_idx');
	kill 'CONT', $pid;
	wait_for { ours() == 1 } 30, 'the second session to end';
	$screen->keys('r');
	shows_definition($screen, 'users_email_idx', 'it goes on: the next is asked for', 30);
	quit($screen);
	$locker->close;
}

# Of a list of hosts the one in use is asked, not another that has come back.
{
	my $other = PgtopTest::Server->init(conf => "log_connections = on\n");
	my $screen = PgtopTest::Screen->new(width => 110, height => 32, command => [@PGTOP, '--interval=0.3', '--pane=unused_indexes',
		"host=$other->{host},$server->{host} port=$other->{port},$server->{port} user=postgres dbname=postgres"]);
	$screen->wait_until($live);
	$screen->keys('a');
	$screen->wait_until(qr/users_email_idx/);
	$other->up;
	enter($screen, 'users_email_idx');
	shows_definition($screen, 'users_email_idx', 'a list of hosts: the one in use is asked');
	unlike($other->log_text, qr/pgtop-prod/, 'a list of hosts: the other is not');
	quit($screen);
}

# A picture that stands still asks for nothing.
{
	my $from = length $server->log_text;
	my $screen = screen({});
	$screen->keys('Space');
	$screen->wait_until(qr/PAUSED/);
	enter($screen, 'orders_status_idx');
	$screen->shows(qr/no definition: not asked for while the picture stands still/, 'paused: it says that nothing is asked');
	is((most_at_once($from))[1], 0, 'paused: nothing was');
	$screen->keys('Space');
	shows_definition($screen, 'orders_status_idx', 'going on asks');
	$screen->keys('Space');
	shows_definition($screen, 'orders_status_idx', 'paused again: what was answered stays');
	quit($screen);
}

done_testing;
