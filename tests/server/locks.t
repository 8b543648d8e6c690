# The tree of locks: situations made on purpose, every row held against what the server says when asked by hand.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start;
$server->psql(<<'END');
CREATE ROLE app LOGIN;
CREATE ROLE migrator LOGIN SUPERUSER;
CREATE ROLE billing LOGIN;
CREATE TABLE orders (id int PRIMARY KEY, status text);
CREATE TABLE payments (id int PRIMARY KEY, state text);
CREATE TABLE invoices (id int PRIMARY KEY, state text);
INSERT INTO orders VALUES (1, 'new'), (2, 'new');
INSERT INTO payments VALUES (1, 'new');
INSERT INTO invoices VALUES (1, 'new');
GRANT ALL ON orders, payments, invoices TO app, billing;
CREATE DATABASE other;
END
$server->psql('CREATE TABLE elsewhere (i int)', dbname => 'other');

my $quiet = once($server, '--pane=locks');
is(pane($quiet, 'locks')->{state}, 'ok', 'nobody waits: the pane is ok');
is(scalar rows($quiet, 'locks'), 0, 'and has no rows');
like(once_text($server, '--pane=locks'), qr/No session waits for a lock/, 'and says so in a sentence');

# The queue behind a migration that waits for an idle transaction.
my $idle = $server->session(user => 'app', application => 'orders-api');
$idle->query(q{BEGIN; UPDATE orders SET status = 'shipped' WHERE id = 1});
my $migration = $server->session(user => 'migrator', application => 'migrate');
$migration->send('ALTER TABLE orders ADD COLUMN shipped_at timestamptz')->until_waiting;
my @readers;
for my $i (1 .. 3) {
	push @readers, $server->session(user => 'app', application => 'reader');
	$readers[-1]->send("SELECT count(*) FROM orders WHERE id > $i")->until_waiting;
}

# A chain of waits for one row: the second waits for the first's transaction, the third for the second's place.
my @chain = map { $server->session(user => 'billing', application => "chain-$_") } 1 .. 4;
$chain[0]->query(q{BEGIN; UPDATE payments SET state = 'a' WHERE id = 1});
for my $i (1 .. 3) {
	$chain[$i]->query('BEGIN');
	$chain[$i]->send("UPDATE payments SET state = 'b$i' WHERE id = 1")->until_waiting;
}

# A prepared transaction as the root of two.
my $preparing = $server->session(user => 'billing');
$preparing->query(q{BEGIN; UPDATE invoices SET state = 'x' WHERE id = 1; PREPARE TRANSACTION 'xa-8812'});
my @behind_prepared = map { $server->session(user => 'billing', application => 'xa') } 1 .. 2;
$_->send(q{UPDATE invoices SET state = 'y' WHERE id = 1})->until_waiting for @behind_prepared;

# Advisory locks, and a wait in another database.
my $advisory = $server->session(user => 'app', application => 'cron');
$advisory->query('SELECT pg_advisory_lock(4711)');
my $advisory_waiter = $server->session(user => 'app', application => 'cron');
$advisory_waiter->send('SELECT pg_advisory_lock(4711)')->until_waiting;
my $far = $server->session(dbname => 'other');
$far->query('BEGIN; LOCK TABLE elsewhere IN SHARE MODE');
my $far_waiter = $server->session(dbname => 'other');
$far_waiter->send('INSERT INTO elsewhere VALUES (1)')->until_waiting;

my $before = $server->psql('SELECT extract(epoch FROM clock_timestamp())');
my $report = once($server);
my $after = $server->psql('SELECT extract(epoch FROM clock_timestamp())');
my @rows = rows($report, 'locks');

sub named
{
	my ($session) = @_;
	return row_by($report, 'locks', pid => $session->pid) || fail($session->pid . ' has no row') && {};
}

# Held against pg_locks and pg_blocking_pids: the same waiters, modes, kinds and blockers.
my %waits;
for (split /\n/, $server->psql(<<'END')) {
SELECT l.pid, replace(l.mode, 'Lock', ''), l.locktype, array_to_string(pg_blocking_pids(l.pid), ','), a.datname, a.usename,
       a.application_name, a.state, extract(epoch FROM a.xact_start)
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE NOT l.granted
END
	my %wait;
	(@wait{qw(pid mode type blockers database user application state xact)}) = split /\|/;
	$waits{ $wait{pid} } = \%wait;
}
cmp_ok(scalar keys %waits, '==', 11, 'the situation: eleven sessions wait');
my %row = map { ($_->{pid} => $_) } grep { $_->{pid} } @rows;
is_deeply([sort grep { @{ $row{$_}{blocked_by} } } keys %row], [sort keys %waits], 'every waiter is in the tree, once, and nobody else waits');
for my $wait (values %waits) {
	my $row = $row{ $wait->{pid} } or next;
	my $who = "$wait->{pid} ($wait->{application})";
	is($row->{lock_mode}, $wait->{mode}, "$who: the mode it waits for");
	is($row->{lock_type}, $wait->{type}, "$who: the kind of lock");
	is(join(',', sort @{ $row->{blocked_by} }), join(',', sort split /,/, $wait->{blockers}), "$who: its blockers");
	is($row->{$_}, $wait->{$_}, "$who: its $_") for qw(database user application state);
	is_bounded($row->{transaction_s}, $before - $wait->{xact} - 0.001, $after - $wait->{xact} + 0.001, "$who: transaction_s");
	cmp_ok($row->{depth}, '>', 0, "$who: is below somebody");
}
if ($server->version_at_least(14)) {
	for (split /\n/, $server->psql('SELECT pid, extract(epoch FROM waitstart) FROM pg_locks WHERE NOT granted')) {
		my ($pid, $start) = split /\|/;
		is_bounded($row{$pid}{wait_s}, $before - $start - 0.001, $after - $start + 0.001, "$pid: wait_s is since it began to wait");
	}
}

# The form of the tree: depth first, each waiter below one of its blockers, roots that wait for nobody, counts of all behind.
my (@path, @wrong, %behind, %below);
for my $i (0 .. $#rows) {
	my $row = $rows[$i];
	my $depth = $row->{depth};
	push @wrong, "row $i: depth $depth below depth " . ($i ? $rows[$i - 1]{depth} : 'none') if $depth > ($i ? $rows[$i - 1]{depth} + 1 : 0);
	@path = (@path[0 .. $depth - 1], $row);
	if ($depth == 0) {
		push @wrong, "root $row->{pid} waits" if @{ $row->{blocked_by} };
	} else {
		push @wrong, "$row->{pid} is not below its blocker" if !grep { $_ == $path[$depth - 1]{pid} } @{ $row->{blocked_by} };
	}
	push @wrong, "$row->{pid}: root_pid " . ($row->{root_pid} // 'null') if ($row->{root_pid} // -1) != $path[0]{pid};
	$behind{$_}++ for map { "$_->{pid} " . ($_->{gid} // '') } @path[0 .. $depth - 1];
}
is("@wrong", '', 'the tree has its form');
is($_->{waiters}, $behind{"$_->{pid} " . ($_->{gid} // '')} // 0, "$_->{pid}: counts everybody behind it") for @rows;
my @roots = grep { $_->{depth} == 0 } @rows;
is(scalar @roots, 5, 'five roots');
my %longest;
$longest{ $_->{root_pid} } = $_->{wait_s} > ($longest{ $_->{root_pid} } // 0) ? $_->{wait_s} : $longest{ $_->{root_pid} }
	for grep { defined $_->{wait_s} && $_->{depth} } @rows;
if ($server->version_at_least(14)) {
	is(join(' ', map { $_->{pid} } @roots), join(' ', sort { $longest{$b} <=> $longest{$a} } map { $_->{pid} } @roots),
		'roots by the longest wait behind them');
	my @among = map { $_->{wait_s} } grep { $_->{depth} == 2 && $_->{root_pid} == $idle->pid } @rows;
	is("@among", join(' ', sort { $b <=> $a } @among), 'waiters by their wait');
}

# The queue behind the migration.
my $root = named($idle);
is($root->{depth}, 0, 'the idle transaction is a root');
is($root->{waiters}, 4, 'with four behind it');
is($root->{state}, 'idle in transaction', 'its state');
is($root->{lock_mode}, 'RowExclusive', 'the mode it holds');
like($root->{object}, qr/^(?:public\.)?orders$/, 'the object others wait for');
like($root->{query}, qr/^BEGIN; UPDATE orders|^UPDATE orders/, 'its last statement');
is($root->{user}, 'app', 'its user');
my $alter = named($migration);
is($alter->{depth}, 1, 'the migration waits below it');
is($alter->{waiters}, 3, 'with the queue behind');
is($alter->{lock_mode}, 'AccessExclusive', 'for AccessExclusive');
like($alter->{object}, qr/^(?:public\.)?orders$/, 'on orders');
for my $reader (@readers) {
	my $row = named($reader);
	is($row->{depth}, 2, 'a reader is behind the migration');
	is_deeply($row->{blocked_by}, [$migration->pid], 'blocked by it, which does not hold the lock yet');
	is($row->{root_pid}, $idle->pid, 'its root is the idle transaction');
	is($row->{lock_mode}, 'AccessShare', 'it only wants to read');
}

# A row's chain.
like(named($chain[1])->{object}, qr/^a row of (?:public\.)?payments$/, 'a wait for a transaction names the row\'s table');
is(named($chain[1])->{lock_type}, 'transactionid', 'it is a wait for a transaction');
like(named($chain[$_])->{object}, qr/^a row of (?:public\.)?payments$/, "so does the wait for a row's place ($_)") for 2, 3;
is(named($chain[2])->{lock_type}, 'tuple', 'that one is a wait for a tuple');
is(named($chain[0])->{waiters}, 3, 'all three are behind the first');
is(named($chain[$_])->{root_pid}, $chain[0]->pid, "the root of chain $_") for 1 .. 3;

# The prepared transaction.
my ($prepared) = grep { $_->{pid} == 0 } @rows;
is($prepared->{gid}, 'xa-8812', 'a prepared transaction is a root, by its name');
is($prepared->{depth}, 0, 'it waits for nobody');
is($prepared->{waiters}, 2, 'two are behind it');
is($prepared->{user}, 'billing', 'whose it is');
is($prepared->{database}, 'postgres', 'where');
my $age = $server->psql(q{SELECT extract(epoch FROM prepared) FROM pg_prepared_xacts});
is_bounded($prepared->{transaction_s}, $before - $age - 0.001, $after - $age + 0.001, 'and since when');
like($prepared->{object}, qr/invoices/, 'what it locks');
ok((grep { $_ == 0 } @{ named($behind_prepared[0])->{blocked_by} }), 'its first waiter is blocked by 0');

like(named($advisory_waiter)->{lock_type}, qr/advisory/, 'a wait for an advisory lock');
like(named($advisory_waiter)->{object}, qr/4711/, 'names its number');
is(named($advisory)->{waiters}, 1, 'its holder is a root');
is(named($far_waiter)->{database}, 'other', 'a wait in another database is seen');
ok(length(named($far_waiter)->{object} // ''), 'and its object has a name or a number');
is(named($far)->{lock_mode}, 'Share', 'its blocker holds Share');

# Activity tells the same.
for my $session ($migration, @readers, @chain[1 .. 3]) {
	my $activity = row_by($report, 'activity', pid => $session->pid);
	is(join(',', sort @{ $activity->{blocked_by} }), join(',', sort @{ $row{ $session->pid }{blocked_by} }),
		$session->pid . ': activity names the same blockers');
	is($activity->{wait_event_type}, 'Lock', 'and the wait');
}
is((row_by($report, 'stats', name => 'sessions_waiting_for_lock'))->{value}, 11, 'stats counts those who wait');

# The text has the tree.
my $text = once_text($server, '--pane=locks');
like($text, qr/^LOCKS  .*11 waiting/m, 'text: how many wait');
my ($i, $m) = ($idle->pid, $migration->pid);
like($text, qr/^(?:root +)?$i app +holds +RowExclusive .*\borders\b/m, 'text: the root');
like($text, qr/^(?:waits)? +$m migrator +waits +AccessExclusive .*\borders\b/m, 'text: the migration below');
like($text, qr/^(?:root +)?xa-8812 billing +holds/m, 'text: the prepared transaction');

# What is told of one row: who it is and what ending it would do, below the rows and in its details.
my $screen = PgtopTest::Screen->new(width => 120, height => 40,
	command => [@PGTOP, $server->connection_options, '--interval=0.3', '--pane=locks']);

sub take_in_hand
{
	my ($pid) = @_;
	$screen->keys('/');
	$screen->type($pid);
	$screen->keys('Enter');
	$screen->wait_until(qr/^\W+ $pid \W+$/m, "the preview of $pid");
}

$screen->wait_until(qr/^\W+ $i app/m);
take_in_hand($i);
my $xid = $server->psql("SELECT backend_xid FROM pg_stat_activity WHERE pid = $i");
$screen->shows(qr/^  app, orders-api, local, since .* \(connection .*\); last statement ended .* ago; xid $xid$/m, 'preview: who holds the lock');
$screen->shows(qr/^  Ending it frees 4 sessions\. Cancel does nothing to an idle transaction; terminate does\. Gentler first: cancel $m\.$/m,
	'preview: what ends the queue');
take_in_hand($m);
$screen->shows(qr/^  Cancelling it frees 3 sessions\.$/m, 'preview: what cancelling the migration would do');
$screen->keys('Enter');
$screen->shows(qr/^session $m  waiting, 3 behind it/m, 'details: its place');
$screen->shows(qr/^  doing    active, waits for Lock:relation /m, 'details: the event it waits for');
$screen->shows(qr/^  blocked  by $i app /m, 'details: who blocks it');
my $held = $server->psql("SELECT count(*) FROM pg_locks WHERE pid = $m AND granted AND locktype NOT IN ('virtualxid', 'transactionid')");
my $holds = $held ? "$held uncontested" : 'nothing';
$screen->shows(qr/^  wants    AccessExclusive on public\.orders +holds +$holds$/m, 'details: what it wants, and what it holds');
$screen->keys('Escape', 'o');
$screen->wait_until(qr/^\W+ $i \W+$/m, 'the root');
$screen->keys('/');
$screen->type('xa-8812');
$screen->keys('Enter');
$screen->shows(qr/^  COMMIT PREPARED or ROLLBACK PREPARED in postgres ends it and frees 2 sessions\. /m, 'preview: a prepared transaction');
$screen->close;

# The migration cancelled, those behind it go on while the transaction is still idle, as was said.
$server->psql("SELECT pg_cancel_backend($m)");
$_->wait for @readers;
is($server->psql("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass"), 0, 'cancelling it freed them');
$migration->wait;

# Everything ends, and the tree is empty again.
$server->psql(q{ROLLBACK PREPARED 'xa-8812'});
$idle->query('ROLLBACK');
$chain[0]->query('ROLLBACK');
for (1 .. 3) {
	$chain[$_]->wait;
	$chain[$_]->query('ROLLBACK');
}
$advisory->query('SELECT pg_advisory_unlock(4711)');
$far->query('ROLLBACK');
$_->wait for @behind_prepared, $advisory_waiter, $far_waiter;
is(scalar rows(once($server, '--pane=locks'), 'locks'), 0, 'when nobody waits any more the tree is empty');

done_testing;
