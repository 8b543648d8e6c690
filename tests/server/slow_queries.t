# Statements: figures held against what the server says of them, resets, evictions, crashes, who may see what, and what is missing.
use strict;
use warnings;
use lib 'tests/lib';

use JSON::PP ();
use PgtopTest;
use Test::More;

my $toplevel = $PG_VERSION >= 14;
my $preload = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track = all\n";
my $server = PgtopTest::Server->start(conf => $preload);
$server->psql('CREATE ROLE bare LOGIN; CREATE ROLE "Moni tor" LOGIN; GRANT pg_monitor TO "Moni tor"; CREATE SCHEMA "Odd one"');

sub report
{
	my ($on, @arguments) = @_;
	return once($on, @arguments, '--pane=slow_queries');
}

sub queries
{
	return pane($_[0], 'slow_queries');
}

sub finding
{
	my ($report, $id) = @_;
	my ($found) = grep { $_->{id} eq $id } @{ $report->{findings} };
	return $found;
}

# The one row whose text matches.
sub statement
{
	my ($report, $text) = @_;
	my @found = grep { ($_->{query} // '') =~ $text } rows($report, 'slow_queries');
	is(scalar @found, 1, "one statement like $text") or diag(join "\n", map { $_->{query} // '-' } rows($report, 'slow_queries'));
	return $found[0];
}

{
	my $report = report($server);
	is(queries($report)->{state}, 'unavailable', 'loaded, not created');
	is(queries($report)->{reason}, 'pg_stat_statements is loaded, but not created in postgres', 'says so');
	is($report->{checks}{'statements-missing'}, 'finding', 'a finding');
	is($report->{checks}{'slow-queries'}, 'unknown', 'what is slow is not known');
	my $finding = finding($report, 'statements-missing');
	is($finding->{fix_sql}, 'CREATE EXTENSION pg_stat_statements;', 'with the line that mends it');
	$server->psql('SET search_path = "Odd one"; ' . $finding->{fix_sql});
}

my $pgss = '"Odd one".pg_stat_statements';
$server->psql(<<'END');
CREATE TABLE orders (id int, status text);
INSERT INTO orders SELECT g, 'new' FROM generate_series(1, 20000) AS g;
CREATE FUNCTION twice(i int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM orders WHERE id = i; RETURN n; END $$;
END

{
	$server->psql("SET work_mem = '64kB'; SELECT count(*) FROM (SELECT id FROM orders ORDER BY status, id OFFSET 10) AS temporary_files");
	$server->psql("UPDATE orders SET status = 'paid' WHERE id < 2000") for 1 .. 3;
	$server->psql('SELECT twice(7)') for 1 .. 2;
	my $report = report($server);
	is(queries($report)->{state}, 'ok', 'figures from a schema of another name');
	my $columns = q{calls, rows, round(total_exec_time * 1000000), round(max_exec_time * 1000000), round(stddev_exec_time * 1000000), shared_blks_hit,
		shared_blks_read, temp_blks_written * current_setting('block_size')::int, wal_bytes};
	my %expected;
	for my $line (split /\n/, $server->psql("SELECT queryid, @{[$toplevel ? 'toplevel' : q{'-'}]}, $columns FROM $pgss"
		. q{ WHERE query ~ '(orders|twice)' AND query !~ 'pg_stat'})) {
		my ($id, $top, @figures) = split /\|/, $line;
		$expected{"$id $top"} = \@figures;
	}
	cmp_ok(scalar keys %expected, '>=', 5, 'some statements to compare');
	my $equal = 0;
	for my $row (rows($report, 'slow_queries')) {
		my $top = !$toplevel ? '-' : $row->{toplevel} ? 't' : 'f';
		my $want = delete $expected{"$row->{queryid} $top"} or next;
		my ($hit, $read) = @$want[5, 6];
		my @got = ($row->{calls}, $row->{rows}, map({ sprintf '%.0f', $_ * 1e9 } @$row{qw(total_s max_s stddev_s)}), $hit, $read,
			$row->{temp_bytes}, $row->{wal_bytes});
		$equal += is_deeply(\@got, $want, 'to the digit: ' . ($row->{query} // $row->{queryid}));
		if ($hit + $read) {
			cmp_ok(abs($row->{hit_ratio} - $hit / ($hit + $read)), '<', 1e-12, 'cache');
		} else {
			is($row->{hit_ratio}, undef, 'no block, no ratio');
		}
		cmp_ok(abs($row->{mean_s} - $row->{total_s} / $row->{calls}), '<', 1e-12, 'mean');
		is($row->{user}, 'postgres', 'user');
		is($row->{database}, 'postgres', 'database');
	}
	is(scalar keys %expected, 0, 'all of them are there');
	my $sum = 0;
	$sum += $_->{total_s} for grep { !defined $_->{toplevel} || $_->{toplevel} } rows($report, 'slow_queries');
	my @wrong = grep { abs($_->{share} - $_->{total_s} / $sum) > 1e-9 } rows($report, 'slow_queries');
	is(scalar @wrong, 0, 'shares are of all at the top level');
	my $first = statement($report, qr/temporary_files/);
	cmp_ok($first->{temp_bytes}, '>', 0, 'temporary files');
	is($first->{own}, JSON::PP::false(), 'not ours');
	cmp_ok(statement($report, qr/^UPDATE orders/)->{wal_bytes}, '>', 100000, 'WAL');
	if ($toplevel) {
		my ($nested) = grep { !$_->{toplevel} && ($_->{query} // '') =~ /count\(\*\).*FROM orders WHERE id = / } rows($report, 'slow_queries');
		is($nested->{calls}, 2, 'a nested statement is marked as such');
	}
	my $names = join ', ', map { "id AS \"column_$_\"" } 1 .. 400;
	$server->psql("SELECT $names FROM orders");
	my $again = report($server);
	my $long = statement($again, qr/^SELECT id AS "column_1"/);
	is($long->{query}, substr("SELECT $names FROM orders", 0, 2000) . "\x{2026}", 'a long text is cut, and says so');
	my $screen = PgtopTest::Screen->new(command => [@PGTOP, $server->connection_options, '--pane=slow_queries'], width => 200, height => 60);
	$screen->wait_until(qr/rows\/c/);
	$screen->keys('a', '/');
	$screen->type(substr("SELECT $names", 0, 60));
	$screen->keys('Enter', 'Enter', 'G');
	$screen->shows(qr/\Q@{[substr($names, -20)]}\E\s+FROM\s+orders/, 'the details show the whole of it');
	unlike($screen->capture, qr/text cut after/, 'and no longer that it is cut');
	$screen->keys('q', 'q');
	$screen->close;
	is(scalar(grep { length($_->{query} // '') > 2001 } rows($again, 'slow_queries')), 0, 'every one');
	my @own = grep { $_->{own} } rows($again, 'slow_queries');
	cmp_ok(scalar @own, '>', 5, 'our own statements are marked');
	is(scalar(grep { $_->{own} && $_->{query} !~ m{/\* pgtop-prod \*/} } @own), 0, 'and no others');
	my @missed = grep { ($_->{query} // '') =~ m{pg_stat_statements"?\(\$\d+\) AS s} && !$_->{own} } rows($again, 'slow_queries');
	is(scalar @missed, 0, 'all of them') or diag(join "\n\n", map { $_->{query} } @missed);
}

# Between the two samples of a report: what ran, and never more.
{
	$server->psql("SELECT pg_sleep(0.0) AS in_window") for 1 .. 5;
	my $busy = background(sub {
		$server->psql(join ';', ("SELECT pg_sleep(0.01) AS in_window") x 1000);
	});
	$server->wait_sql("SELECT sum(calls) > 10 FROM $pgss WHERE query ~ '^SELECT pg_sleep'", 'the statement to run');
	my $row = statement(report($server), qr/^SELECT pg_sleep\(.*\) AS in_window$/);
	kill 'TERM', $busy;
	cmp_ok($row->{interval_calls}, '>', 0, 'it ran between the samples');
	cmp_ok($row->{interval_calls}, '<', $row->{calls}, 'and before them');
	cmp_ok($row->{interval_total_s}, '<', $row->{total_s}, 'so its time');
	cmp_ok($row->{interval_total_s}, '>=', 0.01 * $row->{interval_calls}, 'at least what it slept');
	cmp_ok($row->{interval_share}, '<=', 1, 'a share');
	cmp_ok($row->{interval_share}, '>', 0.2, 'a big one');
}

# What a function does is counted before the function is: it may have taken more than all at the top level, and has no share of theirs.
{
	$server->psql(<<'END');
CREATE FUNCTION busy() RETURNS void LANGUAGE plpgsql AS $$
BEGIN FOR i IN 1 .. 2000 LOOP PERFORM pg_sleep(0.02), 'in busy'; END LOOP; END $$;
END
	my $busy = background(sub { $server->psql('SELECT busy()') });
	$server->psql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'in_window' AND pid <> pg_backend_pid()});
	$server->wait_sql("SELECT sum(calls) > 10 FROM $pgss WHERE query ~ 'SELECT pg_sleep.*, .2'", 'the function to run');
	my $report = report($server);
	kill 'TERM', $busy;
	$server->psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT busy()'");
	my @wrong = grep { ($_->{share} // 0) > 1 || ($_->{interval_share} // 0) > 1 } rows($report, 'slow_queries');
	is(scalar @wrong, 0, 'no share is more than all') or diag(join "\n", map { "$_->{query} $_->{share} $_->{interval_share}" } @wrong);
	my ($nested) = grep { ($_->{query} // '') =~ /pg_sleep.*, / && ($_->{interval_total_s} // 0) > 0.3 } rows($report, 'slow_queries');
	ok($nested, 'what it took is told');
	is($nested->{interval_share}, undef, 'a share is not') if $toplevel;
}

# Utility statements are kept as they were written: without their passwords.
{
	$server->psql($_) for 'CREATE ROLE sec LOGIN', "ALTER ROLE sec PASSWORD 'hunter3secret'",
		"ALTER ROLE sec WITH ENCRYPTED PASSWORD \n E'hunter3\\'secret' VALID UNTIL 'infinity'", 'ALTER ROLE sec PASSWORD $x$hunter3secret$x$',
		'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w',
		"CREATE USER MAPPING FOR sec SERVER far OPTIONS (user 'u', password 'hunter3secret')",
		"CREATE SUBSCRIPTION sub CONNECTION 'host=h password=hunter3secret' PUBLICATION p WITH (connect = false)";
	my $report = report($server);
	my @all = map { $_->{query} // '' } rows($report, 'slow_queries');
	is(scalar(grep { /hunter3/ } @all), 0, 'no password is shown');
	for my $shown ("ALTER ROLE sec PASSWORD '***'", "ALTER ROLE sec WITH ENCRYPTED PASSWORD \n '***' VALID UNTIL 'infinity'",
		"CREATE USER MAPPING FOR sec SERVER far OPTIONS (user 'u', password '***')",
		"CREATE SUBSCRIPTION sub CONNECTION 'host=h password=***' PUBLICATION p WITH (connect = false)") {
		cmp_ok(scalar(grep { $_ eq $shown } @all), '>=', 1, $shown);
	}
	is(scalar(grep { /hunter3/ } once_text($server, '--pane=slow_queries')), 0, 'nor as text');
	$server->psql($_) for 'ALTER SUBSCRIPTION sub DISABLE; ALTER SUBSCRIPTION sub SET (slot_name = NONE)', 'DROP SUBSCRIPTION sub';
}

# Since when.
{
	my $since = sub {
		my ($report) = @_;
		my %seen = map { ($_->{since} // 'null') => 1 } rows($report, 'slow_queries');
		return sort keys %seen;
	};
	my $epoch = sub {
		my ($time) = @_;
		return $server->psql("SELECT extract(epoch FROM timestamptz '$time')");
	};
	my $before = $server->psql('SELECT extract(epoch FROM clock_timestamp())');
	$server->psql('SELECT "Odd one".pg_stat_statements_reset()');
	my $report = report($server);
	my @since = $since->($report);
	if ($toplevel) {
		cmp_ok($epoch->($since[0]), '>=', $before, 'nothing is counted since before the reset');
		my $reset = $server->psql("SELECT extract(epoch FROM stats_reset) FROM ${pgss}_info");
		cmp_ok(abs($epoch->($since[0]) - $reset), '<', 0.001, 'but since then') if $PG_VERSION < 17;
	} else {
		is("@since", 'null', 'nobody knows since when');
	}
	my $victim = $server->session;
	my $crash = $server->psql('SELECT extract(epoch FROM clock_timestamp())');
	kill 'KILL', $victim->pid;
	wait_for { eval { $server->psql("SELECT count(*) < 20 FROM $pgss") eq 't' } } 60, 'the server to be back with nothing counted';
	@since = $since->(report($server));
	cmp_ok($epoch->($since[0]), '>=', $crash, 'after a crash, too') if $toplevel;
}

# Who may see what.
$server->psql("SELECT count(*), 'hidden' FROM orders");
{
	my $bare = { user => 'bare' };
	my $denied = report($server, $bare);
	is(queries($denied)->{state}, 'unavailable', 'a schema that may not be used');
	is(queries($denied)->{reason}, 'bare may not call pg_stat_statements', 'says who');
	is($denied->{checks}{'statements-missing'}, 'ok', 'it is there');
	$server->psql('GRANT USAGE ON SCHEMA "Odd one" TO PUBLIC');
	$server->psql('SELECT 1 AS mine', user => 'bare');
	my $report = report($server, $bare);
	is(queries($report)->{state}, 'ok', 'allowed');
	my @hidden = grep { !defined $_->{queryid} } rows($report, 'slow_queries');
	is(queries($report)->{hidden_rows}, scalar @hidden, 'hidden rows are counted');
	cmp_ok(scalar @hidden, '>', 1, 'there are some');
	is(scalar(grep { defined $_->{query} || defined $_->{interval_calls} } @hidden), 0, 'of which nothing is told that is not known');
	is(scalar(grep { !defined $_->{total_s} || !defined $_->{share} } @hidden), 0, 'but what they took');
	is($report->{checks}{'slow-queries'}, 'unknown', 'what takes the time may be among them');
	ok(statement($report, qr/AS mine/), 'its own are shown');
	my $all = report($server, { user => 'Moni tor' });
	is(queries($all)->{hidden_rows}, 0, 'a monitor sees all');
	ok(statement($all, qr/count\(\*\), \$1 FROM orders/), 'with their texts');
	$server->psql("REVOKE EXECUTE ON FUNCTION $pgss(boolean) FROM PUBLIC");
	is(queries(report($server, $bare))->{reason}, 'bare may not call pg_stat_statements', 'a function that may not be called');
	$server->psql("GRANT EXECUTE ON FUNCTION $pgss(boolean) TO PUBLIC");
	if ($toplevel) {
		$server->psql("REVOKE SELECT ON ${pgss}_info FROM PUBLIC");
		my $lacks = report($server, $bare);
		like(JSON::PP->new->encode(queries($lacks)), qr/GRANT SELECT ON \\"Odd one\\"\.pg_stat_statements_info TO bare;/,
			'the line names the schema it is in');
		$server->psql("GRANT SELECT ON ${pgss}_info TO PUBLIC");
	}
	$server->psql('CREATE ROLE gone LOGIN; GRANT USAGE ON SCHEMA public TO gone');
	my $oid = $server->psql(q{SELECT oid FROM pg_roles WHERE rolname = 'gone'});
	$server->psql('SELECT 1 AS left_behind', user => 'gone');
	$server->psql('REVOKE ALL ON SCHEMA public FROM gone; DROP ROLE gone');
	is(statement(report($server), qr/left_behind/)->{user}, "oid $oid", 'a role that is gone');
}

# A statement that takes all the time; our own never is one.
{
	$server->psql('SELECT "Odd one".pg_stat_statements_reset()');
	$server->psql("SELECT pg_sleep(2), 'long'");
	my $finding = finding(report($server), 'slow-queries');
	like($finding->{title} // '', qr/^One statement takes \d\d(\.\d)?% of all time; [2-9]\d{3} ms for 1 row$/, 'a finding');
	like($finding->{evidence} // '', qr/^SELECT pg_sleep\(\$1\), \$2$/, 'with its text');
	is($finding->{fix_sql}, undef, 'and no statement that would mend it');
	is($finding->{pane}, 'slow_queries', 'its pane');
}

# The least used are thrown out.
{
	my $small = PgtopTest::Server->start(conf => "${preload}pg_stat_statements.max = 100\n");
	$small->psql('CREATE EXTENSION pg_stat_statements');
	$small->psql(join ';', map { 'SELECT ' . join ', ', (1) x $_ } 1 .. 150);
	my $text = once_text($small, '--pane=slow_queries');
	if ($toplevel) {
		cmp_ok($small->psql('SELECT dealloc FROM pg_stat_statements_info'), '>', 0, 'some were');
		like($text, qr/the least used were thrown out \(pg_stat_statements\.max\)/, 'which is said');
	} else {
		like($text, qr/Since when is counted nobody knows/, 'this version does not tell');
	}
}

# Not loaded: the line keeps what is loaded, and opens the pane.
{
	my ($primary, $standby) = PgtopTest::Server->start_pair(conf => "shared_preload_libraries = 'auto_explain'\n");
	$primary->psql('CREATE ROLE bare LOGIN; CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor');
	my $report = report($primary, { user => 'monitor' });
	is(queries($report)->{reason}, 'pg_stat_statements is not loaded by this server', 'not loaded');
	my $fix = finding($report, 'statements-missing')->{fix_sql};
	$primary->psql(q{ALTER SYSTEM SET shared_preload_libraries = 'auto_explain', 'pg_prewarm'});
	$primary->reload;
	$primary->wait_sql(q{SELECT pending_restart FROM pg_settings WHERE name = 'shared_preload_libraries'}, 'the setting to be read');
	unlike(finding(report($primary, { user => 'monitor' }), 'statements-missing')->{fix_sql}, qr/ALTER SYSTEM/,
		'no line that would drop what waits for a restart');
	$primary->psql('ALTER SYSTEM RESET shared_preload_libraries');
	$primary->reload;
	$primary->wait_sql(q{SELECT NOT pending_restart FROM pg_settings WHERE name = 'shared_preload_libraries'}, 'the setting to be read');
	is($fix, "ALTER SYSTEM SET shared_preload_libraries = auto_explain, pg_stat_statements;\nCREATE EXTENSION pg_stat_statements;", 'both lines');
	unlike(finding(report($primary, { user => 'bare' }), 'statements-missing')->{fix_sql}, qr/ALTER SYSTEM/,
		'no line that would drop what a bare role may not see');
	$primary->psql('CREATE EXTENSION pg_stat_statements');
	is(queries(report($primary))->{reason}, 'pg_stat_statements is not loaded by this server', 'created, not loaded');
	my ($alter) = split /\n/, $fix;
	for my $each ($primary, $standby) {
		$each->psql($alter);
		$each->stop->up;
		is($each->psql('SHOW shared_preload_libraries'), 'auto_explain, pg_stat_statements', 'the line works');
	}
	is(queries(report($primary))->{state}, 'ok', 'mended');
	$primary->wait_replayed($standby);
	$standby->psql("SELECT 'on the standby'");
	$report = report($standby);
	is(queries($report)->{state}, 'ok', 'a standby counts its own');
	cmp_ok(scalar(rows($report, 'slow_queries')), '>', 0, 'there are some');
}

done_testing;
