# The findings: each provoked, with limits lowered by --config; one cause is one finding; a bad config is told by its place.
use strict;
use warnings;
use lib 'tests/lib';

use JSON::PP ();
use PgtopTest;
use Test::More;

my ($primary, $standby) = PgtopTest::Server->start_pair(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$primary->psql(<<'END');
CREATE ROLE app LOGIN;
CREATE EXTENSION pg_stat_statements;
CREATE TABLE orders (id int PRIMARY KEY, status text);
INSERT INTO orders VALUES (1, 'new'), (2, 'new');
GRANT ALL ON orders TO app;
END
my $dir = temp_dir();
my $configs = 0;

sub config
{
	my (%limits) = @_;
	return '--config=' . write_file("$dir/config" . ++$configs . '.json', JSON::PP->new->canonical->encode({ limits => \%limits }));
}

sub findings
{
	my ($report, $id) = @_;
	return grep { $_->{id} eq $id } @{ $report->{findings} };
}

# The findings a person sees: those that are not part of another. What this test's own statements take is not its subject.
sub standing
{
	my ($report) = @_;
	return grep { !defined $_->{folded_into} && $_->{id} ne 'slow-queries' } @{ $report->{findings} };
}

sub ids
{
	return join ' ', map { $_->{id} } @_;
}

# Healthy: every check has a result, and none is a finding.
# What the making of this server took is no trouble of its.
my @mild = config(statement_work_s => 60);
my $report = once($primary, @mild);
is(ids(@{ $report->{findings} }), '', 'a healthy server has no finding');
is($report->{checks}{$_}, 'ok', "$_ is ok")
	for qw(lock-queue idle-in-transaction prepared-transactions connections xmin-horizon wraparound connection-lost replication-lag);
like(once_text($primary, @mild), qr/^FINDINGS +none|^FINDINGS.*\b0\b/mi, 'the text says so');

# Idle in transaction: by its age, with the limits of CONTRACT.
{
	my $idle = $primary->session(user => 'app', application => 'orders-api');
	$idle->query(q{BEGIN; UPDATE orders SET status = 'shipped' WHERE id = 1});
	is(ids(findings(once($primary), 'idle-in-transaction')), '', 'a young idle transaction is no finding');
	my $lowered = once($primary, config(idle_in_transaction_s => [0.001, 100000]));
	my ($finding) = findings($lowered, 'idle-in-transaction');
	is($finding->{severity}, 'warning', 'one over the first limit is a warning');
	is($finding->{pane}, 'activity', 'its proof is in activity');
	is($finding->{key}{pid}, $idle->pid, 'its row');
	like("$finding->{title} $finding->{evidence}", qr/\b@{[$idle->pid]}\b/, 'it names the session');
	like("$finding->{title} $finding->{evidence}", qr/orders-api/, 'and the application');
	($finding) = findings(once($primary, config(idle_in_transaction_s => [0.001, 0.002])), 'idle-in-transaction');
	is($finding->{severity}, 'critical', 'over the second it is critical');
	is($lowered->{checks}{'idle-in-transaction'}, 'finding', 'the check says so');

	# The queue it makes: one cause is one finding.
	my $migration = $primary->session(application => 'migrate');
	$migration->send('ALTER TABLE orders ADD COLUMN n int')->until_waiting;
	my @queue = map { $primary->session(user => 'app') } 1 .. 3;
	$_->send('SELECT * FROM orders')->until_waiting for @queue;
	my $queued = once($primary);
	my @standing = standing($queued);
	is(ids(@standing), 'lock-queue', 'the idle transaction is folded into the queue it makes');
	my $found = $standing[0];
	is($found->{severity}, 'critical', 'three or more behind one root are critical');
	is($found->{pane}, 'locks', 'its proof is the tree');
	is($found->{key}{pid}, $idle->pid, 'the row of the root');
	like($found->{title}, qr/^4 sessions wait for pid @{[$idle->pid]}, 3 of them behind ALTER TABLE orders/, 'the title names the cause');
	like($found->{evidence}, qr/app, orders-api: idle in transaction .*RowExclusive on (?:public\.)?orders/, 'the evidence what it holds');
	my ($folded) = findings($queued, 'idle-in-transaction');
	is($folded->{folded_into}, 'lock-queue', 'the folded one stays in the report') if $folded;
	is($folded->{severity}, 'critical', 'an idle transaction that blocks somebody is critical') if $folded;
	is($queued->{checks}{'idle-in-transaction'}, 'finding', 'and its check is a finding') if $folded;
	my $text = once_text($primary);
	like($text, qr/^FINDINGS  1 critical/m, 'the text counts one');
	like($text, qr/^critical +lock-queue .*4 sessions wait for pid @{[$idle->pid]}/m, 'and has its line');
	unlike($text, qr/^\w+ +idle-in-transaction /m, 'and none for the folded one');
	$idle->close;
	$_->wait for $migration, @queue;
}

# A short wait of one session is no finding until it has lasted.
{
	my $holder = $primary->session;
	$holder->query(q{BEGIN; LOCK TABLE orders});
	my $waiter = $primary->session(user => 'app');
	$waiter->send('SELECT * FROM orders')->until_waiting;
	my $patient = once($primary, config(lock_wait_s => [1000, 2000]));
	is($patient->{checks}{'lock-queue'}, 'ok', 'a wait below the limit is no finding');
	my ($finding) = findings(once($primary, config(lock_wait_s => [0, 2000])), 'lock-queue');
	is($finding->{severity}, 'warning', 'one above the first limit is a warning');
	($finding) = findings(once($primary, config(lock_wait_s => [0, 2000], lock_queue => 1)), 'lock-queue');
	is($finding->{severity}, 'critical', 'enough behind one root are critical, however long');
	$holder->close;
	$waiter->wait;
}

# Prepared transactions: by age; what waits for one and what it holds back are folded into it.
{
	$primary->psql(q{BEGIN; UPDATE orders SET status = 'x' WHERE id = 2; PREPARE TRANSACTION 'xa-8812'});
	is(once($primary)->{checks}{'prepared-transactions'}, 'ok', 'a young prepared transaction is no finding');
	my ($finding) = findings(once($primary, config(prepared_transaction_s => [0.001, 100000])), 'prepared-transactions');
	is($finding->{severity}, 'warning', 'an old one is');
	like($finding->{title}, qr/xa-8812/, 'and is named');
	like($finding->{fix_sql}, qr/^ROLLBACK PREPARED 'xa-8812'/, 'with the statement that ends it') if defined $finding->{fix_sql};
	my @waiters = map { $primary->session(user => 'app') } 1 .. 3;
	$_->send(q{UPDATE orders SET status = 'y' WHERE id = 2})->until_waiting for @waiters;
	$primary->psql(join ';', ('SELECT txid_current()') x 50);
	my $blocking = once($primary, config(xmin_age_transactions => [10, 1000000]));
	my @standing = standing($blocking);
	is(ids(@standing), 'prepared-transactions', 'queue and xmin are folded into the prepared transaction');
	is($standing[0]{severity}, 'critical', 'one that blocks somebody is critical');
	is($standing[0]{pane}, 'locks', 'its proof is the tree');
	is($standing[0]{key}{pid}, 0, 'pid 0');
	is($standing[0]{key}{gid}, 'xa-8812', 'and its name');
	like($standing[0]{title}, qr/xa-8812 .*blocks 3 sessions/, 'the title says whom it blocks');
	like($standing[0]{title}, qr/holds xmin/, 'and that it holds xmin');
	like($standing[0]{evidence}, qr/transactions back/, 'the evidence how far back');
	$primary->psql(q{ROLLBACK PREPARED 'xa-8812'});
	$_->wait for @waiters;
}

# The xmin horizon: the holder is named.
{
	my $session = $primary->session(user => 'app', application => 'report');
	$session->query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM orders');
	$primary->psql(join ';', ('SELECT txid_current()') x 50);
	is(once($primary)->{checks}{'xmin-horizon'}, 'ok', 'a young snapshot is no finding');
	my ($finding) = findings(once($primary, config(xmin_age_transactions => [10, 1000000])), 'xmin-horizon');
	is($finding->{severity}, 'warning', 'an old one is, by transactions');
	like("$finding->{title} $finding->{evidence}", qr/\b@{[$session->pid]}\b/, 'and names its holder');
	is($finding->{pane}, 'stats', 'its proof is in stats');
	is($finding->{key}{name}, 'oldest_xmin', 'the row of the oldest xmin');
	($finding) = findings(once($primary, config(xmin_age_s => [0.001, 100000])), 'xmin-horizon');
	is($finding->{severity}, 'warning', 'or by its age in seconds');
	($finding) = findings(once($primary, config(xmin_age_s => [0.001, 0.002])), 'xmin-horizon');
	is($finding->{severity}, 'critical', 'over the second limit it is critical');
	my @standing = standing(once($primary, config(xmin_age_s => [0.001, 0.002], idle_in_transaction_s => [0.001, 0.002])));
	is(scalar @standing, 1, 'with the session idle in transaction they are one cause: ' . ids(@standing));
	$session->close;
}

# Connections, wraparound, replication.
{
	my ($finding) = findings(once($primary, config(connections_share => [0.001, 1])), 'connections');
	is($finding->{severity}, 'warning', 'connections over the first share');
	like($finding->{title}, qr/^\d+ of \d+ connections/, 'says how many of how many');
	($finding) = findings(once($primary, config(connections_share => [0.001, 0.002])), 'connections');
	is($finding->{severity}, 'critical', 'and over the second');
	is($finding->{pane}, 'stats', 'its proof is in stats') if $finding->{pane} ne 'activity';

	($finding) = findings(once($primary, config(xid_age_share => [0, 1])), 'wraparound');
	is($finding->{severity}, 'warning', 'wraparound over the first share');
	like("$finding->{title} $finding->{evidence}", qr/postgres|template/, 'names the database');
	($finding) = findings(once($primary, config(xid_age_share => [0, 0])), 'wraparound');
	is($finding->{severity}, 'critical', 'and over the second');

	$primary->wait_replayed($standby);
	$standby->psql('SELECT pg_wal_replay_pause()');
	$primary->psql(q{CREATE TABLE wal AS SELECT generate_series(1, 20000)});
	$primary->wait_sql('SELECT sent_lsn - replay_lsn > 1000000 AND replay_lag IS NOT NULL FROM pg_stat_replication', 'lag');
	my $lagging = config(replication_lag_bytes => [1000, 1e12], replication_lag_s => [0, 864000]);
	for my $on ([primary => $primary], [standby => $standby]) {
		my ($kind, $server) = @$on;
		($finding) = findings(once($server, $lagging), 'replication-lag');
		is($finding->{severity}, 'warning', "$kind: replication lag over both first limits");
		is($finding->{pane}, 'stats', "$kind: its proof is in stats");
		is(once($server, config(replication_lag_bytes => [1000, 1e12], replication_lag_s => [800000, 864000]))
			->{checks}{'replication-lag'}, 'ok', "$kind: over one of the two limits it is no finding");
	}
	$standby->psql('SELECT pg_wal_replay_resume()');
}

# The default file is read; what is wrong in a file is told by its place; nothing is printed.
my %bad = (
	'syntax' => ["{\n  \"limits\": {\n    \"lock_wait_s\": [1, 2],,\n  }\n}\n", 3, qr/\d+/, qr/./],
	'a value of the wrong kind' => ["{\n  \"limits\": {\n    \"lock_wait_s\": \"long\"\n  }\n}\n", 3, 20, qr/expected .*two numbers/],
	'a value out of range' => ["{\n  \"interval\": 0\n}\n", 2, 15, qr/expected .*0\.1 to 3600/],
	'an unknown limit' => ["{ \"limits\": {\n\t\"lock_wait\": 1 } }\n", 2, 2, qr/lock_wait: expected one of .*lock_wait_s/],
	'an unknown member' => ["{\"limit\": {}}\n", 1, 2, qr/limit: expected one of .*limits/],
	'the greater first' => ["{\"limits\": {\"lock_wait_s\": [2, 1]}}\n", 1, 28, qr/smaller first/],
	'one number where there are two' => ["{\"limits\": {\"lock_wait_s\": 2}}\n", 1, 28, qr/expected/],
	'no object' => ["[]\n", 1, 1, qr/expected an object/],
	'a member twice' => ["{\"interval\": 2,\n \"interval\": 3}\n", 2, qr/\d+/, qr/./],
	'nothing at all' => ['', 1, qr/\d+/, qr/./],
);
for my $what (sort keys %bad) {
	my ($text, $line, $column, $says) = @{ $bad{$what} };
	my $file = write_file("$dir/bad.json", $text);
	my $result = run_pgtop([@{ once_command($primary) }, "--config=$file"]);
	is($result->{status}, 2, "bad config, $what: exit 2");
	is($result->{out}, '', "bad config, $what: nothing on stdout");
	like($result->{err}, qr/\Q$file\E:$line:$column: $says|\Q$file\E:$line:$column:.*$says/, "bad config, $what: place and what was expected");
	is(($result->{err} =~ tr/\n//), 1, "bad config, $what: one line");
}
my $missing = run_pgtop([@{ once_command($primary) }, "--config=$dir/none.json"]);
is($missing->{status}, 2, 'a config that was asked for must be there');
like($missing->{err}, qr/\Q$dir\E\/none\.json.*No such file/, 'and is named');
mkdir "$dir/pgtop-prod";
write_file("$dir/pgtop-prod/config.json", '{"limits": {"connections_share": [0.001, 1]}}');
my $default = run_pgtop([@{ once_command($primary) }, '--format=json'], env => { XDG_CONFIG_HOME => $dir });
is(JSON::PP->new->utf8->decode($default->{out})->{checks}{connections}, 'finding', 'the default config.json is read');
is(run_pgtop(once_command($primary), env => { XDG_CONFIG_HOME => "$dir/none" })->{status}, 0, 'it need not be there');

done_testing;
