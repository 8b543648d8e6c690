# Materialized views: what is said of their age and changes is true, across runs of the program, restarts and crashes of the server,
# another program beside it, and what rewrites a view's row without being a refresh.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;
use Time::HiRes;

my $config = temp_dir() . '/config.json';
write_file($config, '{ "limits": { "matview_stale_s": 0 } }');

my ($primary, $standby) = PgtopTest::Server->start_pair(
	conf => "shared_preload_libraries = 'pg_stat_statements'\ncheckpoint_timeout = '1d'\nmax_prepared_transactions = 5\n");

my $state = temp_dir();

sub look
{
	my ($server, $name, @arguments) = @_;
	local $ENV{XDG_STATE_HOME} = $state;
	my $report = once($server, '--pane=matviews', @arguments);
	return defined $name ? row_by($report, 'matviews', matview => $name) : $report;
}

sub forget { $state = temp_dir() }

sub at { return $primary->psql("SELECT extract(epoch FROM clock_timestamp())") }

sub epoch
{
	my ($row) = @_;
	return undef if !defined $row->{refreshed_at};
	return $primary->psql("SELECT extract(epoch FROM timestamptz '$row->{refreshed_at}')");
}

# Changes rows of orders, and waits until that is counted: before 15 the counts come half a second late.
sub change
{
	my ($sql) = @_;
	my $counted = q{SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_all_tables WHERE relname = 'orders'};
	my $before = $primary->psql($counted);
	my $rows = $primary->psql("WITH done AS ($sql RETURNING 1) SELECT count(*) FROM done");
	$primary->wait_sql($counted, "'$sql' to be counted", gives => $before + $rows);
}

# The time that is told is not before that of the refresh, known to lie before $until.
sub is_bound
{
	my ($row, $refreshed, $what) = @_;
	is($row->{refreshed_precision}, 'at_or_before', "$what: at or before");
	cmp_ok(epoch($row), '>=', $refreshed, "$what: not before the truth");
}

$primary->psql(<<'END');
CREATE EXTENSION pg_stat_statements;
CREATE ROLE reader;
CREATE TABLE orders (id int PRIMARY KEY, user_id int, amount int, at timestamptz DEFAULT now());
CREATE TABLE parts (id int, d date) PARTITION BY RANGE (d);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO orders SELECT g, g % 10, g FROM generate_series(1, 1000) g;
INSERT INTO parts VALUES (0, '2020-01-01'), (0, '2021-01-01');
CREATE VIEW recent AS SELECT * FROM orders WHERE at > current_date - 30;
CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(amount) AS total FROM orders GROUP BY 1;
CREATE UNIQUE INDEX ON totals (user_id);
CREATE MATERIALIZED VIEW latest AS SELECT user_id, count(*) FROM recent GROUP BY 1;
CREATE MATERIALIZED VIEW nested AS SELECT count(*) FROM totals;
CREATE MATERIALIZED VIEW by_day AS SELECT d, count(*) FROM parts GROUP BY 1;
CREATE MATERIALIZED VIEW empty AS SELECT id FROM orders WITH NO DATA;
CREATE FUNCTION many() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.orders';
CREATE MATERIALIZED VIEW called AS SELECT many() AS n;
CREATE MATERIALIZED VIEW "Odd ""name" AS SELECT id FROM orders;
CREATE MATERIALIZED VIEW partial AS SELECT id FROM orders;
CREATE UNIQUE INDEX partial_index ON partial (id) WHERE id > 0;
CREATE MATERIALIZED VIEW expressed AS SELECT id FROM orders;
CREATE UNIQUE INDEX expressed_index ON expressed ((id + 1));
CREATE MATERIALIZED VIEW twice AS SELECT user_id, id FROM orders;
CREATE FUNCTION hour() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT now()';
CREATE FUNCTION half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
CREATE FUNCTION later(int, int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT random() > 0.5';
CREATE OPERATOR ~> (LEFTARG = int, RIGHTARG = int, FUNCTION = later);
CREATE VIEW hours AS SELECT hour() AS at;
CREATE MATERIALIZED VIEW hidden_clock AS SELECT at FROM hours;
CREATE MATERIALIZED VIEW both_clocks AS SELECT at, now() AS now FROM hours;
CREATE MATERIALIZED VIEW halves AS SELECT half(id) AS id FROM orders;
CREATE MATERIALIZED VIEW compared AS SELECT id ~> 1 AS id FROM orders;
END

# What a first look knows: nothing of the time, and the definitions.
{
	my $report = look($primary);
	my %row = map { $_->{matview} => $_ } rows($report, 'matviews');
	is(scalar(keys %row), $primary->psql(q{SELECT count(*) FROM pg_class WHERE relkind = 'm'}), 'every view has its row');
	is($row{empty}{state}, 'never_filled', 'WITH NO DATA');
	is($row{empty}{refreshed_source}, 'none', 'which has no time');
	is($row{latest}{time_dependent}, JSON::PP::true, 'current_date below a view');
	is($row{totals}{time_dependent}, JSON::PP::false, 'no clock in it');
	is($row{both_clocks}{time_dependent}, JSON::PP::true, 'a clock beside a function');
	is($row{halves}{time_dependent}, JSON::PP::false, 'an immutable function asks no clock');
	ok(exists $row{$_}{time_dependent} && !defined $row{$_}{time_dependent}, "what a function asks is not known: $_")
		for qw(called hidden_clock compared);
	for my $name (qw(totals by_day halves)) {
		is_deeply([@{ $row{$name} }{qw(state changes)}], ['unknown', undef], "a first look knows no changes of $name");
		is($row{$name}{bytes}, undef, "nor the size of $name, that nobody counted")
			if $name ne 'totals';   # CREATE INDEX counts
	}
	is($row{totals}{concurrently}, JSON::PP::true, 'a unique index on a column');
	is($row{$_}{concurrently}, JSON::PP::false, "$_ cannot be refreshed concurrently")
		for qw(latest empty partial expressed);
	like($row{partial}{why_not}, qr/partial_index has a WHERE clause/, 'a predicate');
	like($row{expressed}{why_not}, qr/expressed_index has an expression/, 'an expression');
	is_deeply($row{latest}{base_tables}, ['public.orders'], 'tables below a view');
	is_deeply($row{by_day}{base_tables}, ['public.parts'], 'a partitioned table');
	is_deeply($row{nested}{base_tables}, ['public.totals'], 'another materialized view stands for itself');
	is($row{called}{state}, 'unknown', 'what a function reads is not counted');
	is($report->{checks}{'matview-blocks'}, 'finding', 'plain refreshes keep readers out');
}

# Sizes, as the server has them since the last ANALYZE; a plain refresh leaves none.
{
	my $size = sub { $primary->psql("SELECT pg_relation_size('halves')") };
	$primary->psql('ANALYZE halves');
	is(look($primary, 'halves')->{bytes}, $size->(), 'the size after ANALYZE');
	$primary->psql('REFRESH MATERIALIZED VIEW halves');
	is(look($primary, 'halves')->{bytes}, undef, 'none after a refresh');
	cmp_ok($size->(), '>', 0, 'which is not empty');
	is(look($primary, 'empty')->{bytes}, 0, 'nothing is in what was never filled');
}

# An index whose build failed stays, invalid; it is built anew, not made a second time.
{
	ok(!eval { $primary->psql('CREATE UNIQUE INDEX CONCURRENTLY twice_index ON twice (user_id)'); 1 }, 'a build that fails');
	my $broken = q{SELECT count(*) FROM pg_index WHERE indrelid = 'twice'::regclass AND NOT indisvalid};
	is($primary->psql($broken), 1, 'leaves an invalid index');
	$primary->psql('ANALYZE twice');
	my $report = look($primary, undef, "--config=$config");
	my $row = row_by($report, 'matviews', matview => 'twice');
	is($row->{why_not}, 'its unique index twice_index is invalid', 'which is why');
	my ($fix) = map { $_->{fix_sql} // () } grep { $_->{id} eq 'matview-blocks' } @{ $report->{findings} };
	like($fix, qr/^REINDEX INDEX CONCURRENTLY public\.twice_index;$/m, 'and what to do');
	unlike($fix, qr/CREATE.* public\.twice /, 'instead of another');
	$primary->psql("DROP MATERIALIZED VIEW twice");
}

# Changes since; the two samples of one report are two looks.
{
	is(look($primary, 'totals')->{state}, 'unknown', 'no change seen, but what came before the first look is not known');
	change("INSERT INTO orders SELECT g, 1, 1 FROM generate_series(2001, 2100) g");
	my $row = look($primary, 'totals');
	is($row->{state}, 'stale', 'changes after our first look');
	is(look($primary, 'by_day')->{state}, 'unknown', 'other tables were not seen to change');
	my $report = look($primary, undef, "--config=$config");
	my ($finding) = grep { $_->{id} eq 'matview-stale' && $_->{key}{matview} eq 'totals' } @{ $report->{findings} };
	like($finding->{title}, qr/^Materialized view totals is at least /, 'the finding says at least');
	is($finding->{fix_sql}, 'REFRESH MATERIALIZED VIEW CONCURRENTLY public.totals;', 'and how to mend it');
	$primary->psql($finding->{fix_sql});
	my ($odd) = grep { $_->{id} eq 'matview-stale' && $_->{key}{matview} eq 'Odd "name' } @{ $report->{findings} };
	is($odd->{fix_sql}, 'REFRESH MATERIALIZED VIEW public."Odd ""name";', 'an odd name is quoted');
	my ($blocks) = grep { $_->{id} eq 'matview-blocks' && ($_->{key}{matview} // '') eq 'Odd "name' } @{ $report->{findings} };
	ok(defined $blocks->{folded_into}, 'that it blocks is part of that finding');
	is(look($primary, 'totals')->{state}, 'current', 'after a refresh in between nothing changed');
}

# Refreshes of both kinds, with no and with many changes: seen, never before the truth.
for my $kind ('', 'CONCURRENTLY ') {
	for my $changes (0, 300) {
		my $what = ($kind || 'plain ') . "with $changes changes";
		look($primary);
		change("UPDATE orders SET amount = amount + 1 WHERE id <= $changes") if $changes;
		$primary->psql("REFRESH MATERIALIZED VIEW ${kind}totals");
		my $refreshed = at();
		my $row = look($primary, 'totals');
		is($row->{refreshed_source}, 'observed', "$what: seen by us");
		is_bound($row, $refreshed, $what);
		cmp_ok(epoch($row), '<=', at(), "$what: and not later than the look");
		is($row->{state}, $changes ? 'unknown' : 'current', "$what: state");
		is($row->{changes}, $changes, "$what: up to as many changes");
		is(look($primary, 'totals')->{refreshed_at}, $row->{refreshed_at}, "$what: kept");
		my ($mean) = $primary->psql("SELECT sum(total_exec_time) / 1000 FROM pg_stat_statements WHERE query ILIKE 'REFRESH%totals'");
		is_bounded($row->{last_duration_s}, 0, $mean, "$what: how long it took");
	}
}

# What rewrites the row and is no refresh does not make fresh what is stale.
for my $act ('GRANT SELECT ON totals TO reader', 'ALTER MATERIALIZED VIEW totals RENAME TO sums', 'ALTER MATERIALIZED VIEW sums RENAME TO totals',
	'CLUSTER totals USING totals_user_id_idx') {
	$primary->psql('REFRESH MATERIALIZED VIEW totals') if $act =~ /TO sums|GRANT|CLUSTER/;
	look($primary);
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 7') if $act !~ /TO totals/;
	my ($name) = $act =~ /TO sums/ ? 'sums' : 'totals';
	is(look($primary, $act =~ /TO totals/ ? 'sums' : 'totals')->{state}, $act =~ /TO totals/ ? 'unknown' : 'stale', "before: $act");
	$primary->psql($act);
	my $row = look($primary, $name);
	is($row->{state}, 'unknown', "nobody knows after: $act");
	is($row->{changes}, 7, "the changes are not forgotten after: $act");
	is($row->{refreshed_precision}, 'at_or_before', "at or before after: $act");
}
# A row of pg_class that is rewritten as it was proves no refresh.
for my $act ('GRANT SELECT ON totals TO reader', 'GRANT UPDATE ON totals TO reader; REVOKE UPDATE ON totals FROM reader',
	'ALTER MATERIALIZED VIEW totals SET (autovacuum_enabled = on)') {
	$primary->psql($act);
	my $own = $primary->psql(q{SELECT n_tup_ins FROM pg_stat_all_tables WHERE relname = 'totals'});
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	$primary->wait_sql("SELECT n_tup_ins > $own FROM pg_stat_all_tables WHERE relname = 'totals'", 'the refresh to be counted');
	look($primary);
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 7');
	is(look($primary, 'totals')->{state}, 'stale', "before, with the same row: $act");
	my $stamp = q{SELECT xmin, relacl, reloptions FROM pg_class WHERE relname = 'totals'};
	my $before = $primary->psql($stamp);
	$primary->psql($act);
	isnt($primary->psql($stamp), $before, "it rewrites the row: $act");
	is_deeply([@{ look($primary, 'totals') }{qw(state changes)}], ['unknown', 7], "and turns nothing fresh: $act");
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 3');
	is_deeply([@{ look($primary, 'totals') }{qw(state changes)}], ['stale', 10], "changes after: $act");
}
look($primary);
$primary->psql('REFRESH MATERIALIZED VIEW totals');
is(look($primary, 'totals')->{state}, 'current', 'a refresh after the last look at those changes');
$primary->psql('REFRESH MATERIALIZED VIEW totals');
is(look($primary, 'totals')->{state}, 'current', 'a refresh without changes around it');

# What leaves the stamp alone.
{
	my $before = look($primary, 'totals')->{refreshed_at};
	$primary->psql($_) for 'VACUUM FREEZE totals', 'ANALYZE totals', "COMMENT ON MATERIALIZED VIEW totals IS 'x'",
		'CREATE INDEX more ON totals (total)', 'DROP INDEX more', 'BEGIN; REFRESH MATERIALIZED VIEW totals; ROLLBACK';
	is(look($primary, 'totals')->{refreshed_at}, $before, 'VACUUM, ANALYZE, COMMENT, indexes and a rollback are no refresh');
}

# Partitions, TRUNCATE, views on views.
{
	$primary->psql("REFRESH MATERIALIZED VIEW by_day");
	look($primary);
	$primary->psql("INSERT INTO parts VALUES (1, '2021-05-05'), (2, '2020-05-05')");
	$primary->wait_sql(q{SELECT sum(n_tup_ins) FROM pg_stat_all_tables WHERE relname LIKE 'parts%'}, 'them to be counted', gives => 4);
	my $row = look($primary, 'by_day');
	is($row->{state}, 'stale', 'partitions count');
	is($row->{changes}, 2, 'both of them');
	$primary->psql("REFRESH MATERIALIZED VIEW by_day");
	look($primary);
	$primary->psql('TRUNCATE parts_2');
	$row = look($primary, 'by_day');
	is($row->{state}, 'unknown', 'TRUNCATE of a partition');
	is($row->{changes}, undef, 'whose rows nobody counted');
	for my $act ('VACUUM FULL parts_1', q{CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')}) {
		$primary->psql('REFRESH MATERIALIZED VIEW by_day');
		is(look($primary, 'by_day')->{state}, 'current', "before: $act");
		$primary->psql($act);
		is_deeply([@{ look($primary, 'by_day') }{qw(state changes)}], ['unknown', undef], "no row change: $act");
	}
	$primary->psql('REFRESH MATERIALIZED VIEW nested');
	is(look($primary, 'nested')->{state}, 'current', 'nested and fresh');
	my $own = $primary->psql(q{SELECT n_tup_ins FROM pg_stat_all_tables WHERE relname = 'totals'});
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 7');
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	$primary->wait_sql("SELECT n_tup_ins > $own FROM pg_stat_all_tables WHERE relname = 'totals'", 'the refresh to be counted');
	is(look($primary, 'nested')->{state}, 'stale', 'the view below was refreshed');
}

# A foreign table, where the server has a wrapper.
SKIP: {
	skip 'no file_fdw', 1 if !eval { $primary->psql('CREATE EXTENSION file_fdw'); 1 };
	$primary->psql(<<'END');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE distant (line text) SERVER files OPTIONS (filename '/dev/null');
CREATE MATERIALIZED VIEW of_distant AS SELECT count(*) FROM distant;
END
	look($primary);
	my $row = look($primary, 'of_distant');
	is_deeply([@$row{qw(state changes)}], ['unknown', undef], 'nobody counts the changes of a foreign table');
}

# A restart keeps what is known; a crash takes the counters, which is said.
{
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	my $before = look($primary, 'totals');
	$primary->stop->up;
	my $row = look($primary, 'totals');
	is($row->{refreshed_at}, $before->{refreshed_at}, 'the time survives a restart');
	is($row->{state}, $before->{state}, 'and what changed since');
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 7');
	my $stale = look($primary, 'totals');
	is($stale->{state}, 'stale', 'changes after a restart');
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	look($primary);
	$primary->stop('immediate')->up;
	$row = look($primary, 'totals');
	is_deeply([@$row{qw(state changes)}], ['unknown', undef], 'after a crash nobody knows');
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 3');
	$row = look($primary, 'totals');
	is_deeply([@$row{qw(state changes)}], ['stale', undef], 'changes after it came after the refresh; how many were lost is not known');
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	look($primary);
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	is(look($primary, 'totals')->{state}, 'current', 'until it is refreshed again');
	$primary->psql('SELECT pg_stat_reset()');
	$primary->wait_sql(q{SELECT stats_reset > now() - interval '1 min' FROM pg_stat_database WHERE datname = 'postgres'}, 'the reset');
	is(look($primary, 'totals')->{state}, 'unknown', 'a reset takes them too');
}

# Resets that leave the counters of these tables alone make nothing stale, and nothing fresh.
for my $reset (q{pg_stat_reset_single_table_counters('parts_1'::regclass)}, q{pg_stat_reset_shared('bgwriter'), pg_stat_reset_shared('archiver')}) {
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 3');
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	look($primary);
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	is(look($primary, 'totals')->{state}, 'current', "before $reset");
	my $when = q{SELECT GREATEST(d.stats_reset, LEAST(b.stats_reset, a.stats_reset)) } .
		q{FROM pg_stat_database d, pg_stat_bgwriter b, pg_stat_archiver a WHERE datname = 'postgres'};
	my $before = $primary->psql($when);
	$primary->psql("SELECT $reset");
	$primary->wait_sql("SELECT ($when) > '$before'", 'the reset');
	is(look($primary, 'totals')->{state}, 'unknown', "after $reset");
	change('UPDATE orders SET amount = amount + 1 WHERE id <= 3');
	is(look($primary, 'totals')->{state}, 'stale', "changes after $reset");
}

# A checkpoint bounds what nobody saw; one that began during a refresh does not.
{
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	my $refreshed = at();
	$primary->psql('CHECKPOINT');
	$primary->wait_sql('SELECT clock_timestamp() > checkpoint_time + interval \'3 s\' FROM pg_control_checkpoint()', 'the checkpoint to be past');
	forget();
	my $row = look($primary, 'totals');
	is($row->{refreshed_source}, 'checkpoint', 'a checkpoint came later');
	is_bound($row, $refreshed, 'checkpoint');
	my $open = $primary->session;
	$open->query('BEGIN; REFRESH MATERIALIZED VIEW totals');
	$primary->psql('CHECKPOINT');
	$primary->wait_sql('SELECT clock_timestamp() > checkpoint_time + interval \'3 s\' FROM pg_control_checkpoint()', 'the checkpoint to be past');
	$open->query('COMMIT');
	$refreshed = at();
	$open->close;
	forget();
	$row = look($primary, 'totals');
	isnt($row->{refreshed_source}, 'checkpoint', 'a checkpoint during the refresh bounds nothing');
	cmp_ok(epoch($row) // 9e12, '>=', $refreshed, 'and nothing before the truth is told');

	# What is prepared outlives the checkpoint of a shutdown, at which nothing runs.
	$primary->psql(q{BEGIN; REFRESH MATERIALIZED VIEW partial; PREPARE TRANSACTION 'p'});
	$primary->stop->up;
	$primary->wait_sql('SELECT clock_timestamp() > checkpoint_time + interval \'3 s\' FROM pg_control_checkpoint()', 'the checkpoint to be past');
	$primary->psql(q{COMMIT PREPARED 'p'});
	$refreshed = at();
	forget();
	$row = look($primary, 'partial');
	isnt($row->{refreshed_source}, 'checkpoint', 'a checkpoint at shutdown does not bound what was prepared');
	cmp_ok(epoch($row) // 9e12, '>=', $refreshed, 'and nothing before the truth is told of it');
}

# Two programs, each with the file of both.
{
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	my $mine = look($primary, 'totals');
	my @reports = map { my $n = $_; background(sub { local $ENV{XDG_STATE_HOME} = $state; once($primary, '--pane=matviews') }) } 1 .. 3;
	waitpid $_, 0 for @reports;
	my $after = look($primary, 'totals');
	is($after->{refreshed_at}, $mine->{refreshed_at}, 'other programs beside us do not make it younger');
	my $kept = JSON::PP->new->utf8->decode(read_file("$state/pgtop-prod/memory.json"));
	is($kept->{version}, 1, 'the file is whole');
	is((stat "$state/pgtop-prod/memory.json")[2] & 07777, 0600, 'and private');
	is((stat "$state/pgtop-prod")[2] & 07777, 0700, 'in a private directory');
	is(join(' ', grep { !/^memory\.(json|lock)$/ } map { s{.*/}{}r } glob "$state/pgtop-prod/*"), '', 'with nothing left beside it');
}

# A file that is of no use costs what it held, is kept, and is told in one line.
{
	my $file = "$state/pgtop-prod/memory.json";
	write_file($file, "{\n  nonsense");
	local $ENV{XDG_STATE_HOME} = $state;
	my $result = run_pgtop([@{ once_command($primary, '--pane=matviews') }, '--format=json']);
	is($result->{status}, 0, 'a broken file costs no report');
	like($result->{err}, qr{\Apgtop-prod: \Q$file\E:2:3: [^\n]+; kept as memory\.json\.broken\n\z}, 'and is told');
	is(read_file("$file.broken"), "{\n  nonsense", 'it is kept aside');
	is(JSON::PP->new->utf8->decode(read_file($file))->{version}, 1, 'and what is seen now is written');
	unlink "$file.broken";
}

# A standby counts nothing and can refresh nothing.
{
	look($primary);
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	is(look($primary, 'totals')->{state}, 'current', 'known on the primary');
	$primary->wait_replayed($standby);
	look($standby);
	my $row = look($standby, 'totals');
	is_deeply([@$row{qw(state changes)}], ['unknown', undef], 'a standby counts no changes');
	is($row->{concurrently}, JSON::PP::false, 'and refreshes nothing');
	like($row->{why_not}, qr/standby/, 'which is why');
	is($row->{refreshed_precision}, 'at_or_before', 'its stamps bound the time as those of the primary');
	is(look($primary, 'totals')->{state}, 'current', 'what is known of the primary is kept apart');
	unlike($standby->log_text, qr/could not get commit timestamp/, 'nor was a time asked for that the primary does not keep');
}

# Commit times.
{
	$primary->configure("track_commit_timestamp = on\n")->stop->up;
	my $before = look($primary, 'totals');
	isnt($before->{refreshed_source}, 'commit', 'an older commit has no time');
	for my $kind ('', 'CONCURRENTLY ') {
		my $begun = at();
		$primary->psql("REFRESH MATERIALIZED VIEW ${kind}totals");
		my $refreshed = at();
		forget() if $kind;
		my $row = look($primary, 'totals');
		is($row->{refreshed_source}, 'commit', "${kind}commit time");
		is($row->{refreshed_precision}, 'at_or_before', "${kind}still at or before");
		is_bounded(epoch($row), $begun, $refreshed, "${kind}it is that of the refresh");
	}
	my $asked = $primary->psql(q{SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM pg_class WHERE relname = 'totals'});
	is(epoch(look($primary, 'totals')), $asked, 'to the microsecond');
	$primary->psql('REFRESH MATERIALIZED VIEW totals');
	$primary->psql('CHECKPOINT');
	$primary->wait_replayed($standby);
	$standby->psql('CHECKPOINT');
	my $row = look($standby, 'totals');
	is($row->{refreshed_source}, 'commit', 'a standby knows them too, whatever its own setting');
	is($row->{refreshed_at}, look($primary, 'totals')->{refreshed_at}, 'the same');
	unlike($standby->log_text, qr/could not get commit timestamp/, 'without an error');

	# Counters that began before the refresh, and stand at nothing, know of no change; not so once there are some.
	$primary->psql('CREATE TABLE still (id int); CREATE MATERIALIZED VIEW calm AS SELECT id FROM still');
	forget();
	is_deeply([@{ look($primary, 'calm') }{qw(state changes)}], ['unchanged', 0], 'a first look at what never changed');
	$primary->psql('INSERT INTO still VALUES (1)');
	$primary->wait_sql(q{SELECT n_tup_ins FROM pg_stat_all_tables WHERE relname = 'still'}, 'it to be counted', gives => 1);
	forget();
	is_deeply([@{ look($primary, 'calm') }{qw(state changes)}], ['unknown', 1], 'and at what did, perhaps before');
}

done_testing;
