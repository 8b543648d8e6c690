# Indexes: for each reason to keep one a situation that has it and its nearest neighbour that has not; twins; what is not whole; since when
# scans are counted, after resets and crashes, on a standby, in a new database.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use PgtopTest;
use Test::More;
use Time::Local qw(timegm);

my $server = PgtopTest::Server->start;

sub indexes
{
	my ($of, $option, @arguments) = @_;
	return once($of, $option || {}, '--pane=unused_indexes', @arguments);
}

sub row
{
	my ($report, $index) = @_;
	return row_by($report, 'unused_indexes', index => $index);
}

sub epoch
{
	my ($text) = @_;
	my ($y, $mo, $d, $h, $mi, $s, $part) = ($text // '') =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(\.\d+)?Z$/ or return;
	return timegm($s, $mi, $h, $d, $mo - 1, $y) + ($part || 0);
}

sub clock
{
	my ($of) = @_;
	return $of->psql('SELECT extract(epoch FROM clock_timestamp())');
}

# Each reason: what makes `keep_*`, which must stay, and `drop_*`, which is as near to it as can be and may go.
$server->psql(<<'END');
CREATE TABLE primary_key (a int CONSTRAINT keep_primary PRIMARY KEY, b int NOT NULL);
CREATE INDEX drop_primary ON primary_key (b);
CREATE TABLE uniqueness (a int, b int);
CREATE UNIQUE INDEX keep_unique ON uniqueness (a);
CREATE INDEX drop_unique ON uniqueness (b);
CREATE TABLE exclusion (a int, b int, CONSTRAINT keep_exclusion EXCLUDE USING btree (a WITH =));
CREATE INDEX drop_exclusion ON exclusion (b);
CREATE TABLE constrained (a int CONSTRAINT keep_constraint UNIQUE, b int);
CREATE INDEX drop_constraint ON constrained (b);

CREATE TABLE inbound (a int, b int);
CREATE UNIQUE INDEX keep_inbound ON inbound (a);
CREATE INDEX drop_inbound ON inbound (b);
CREATE TABLE referring (a int REFERENCES inbound (a), b int);
CREATE INDEX keep_foreign ON referring (a);
CREATE INDEX drop_foreign ON referring (b);

CREATE TABLE target (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE order_1 (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES target);
CREATE INDEX keep_other_order ON order_1 (b, a, c);
CREATE TABLE order_2 (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES target);
CREATE INDEX drop_other_order ON order_2 (b, c, a);
CREATE TABLE include_1 (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES target);
CREATE INDEX keep_include ON include_1 (a, b) INCLUDE (c);
CREATE TABLE include_2 (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES target);
CREATE INDEX drop_include ON include_2 (a) INCLUDE (b);
CREATE TABLE hash_1 (a int REFERENCES inbound (a));
CREATE INDEX keep_hash ON hash_1 USING hash (a);
CREATE TABLE hash_2 (a int REFERENCES inbound (a));
CREATE INDEX drop_brin ON hash_2 USING brin (a);
CREATE TABLE part_1 (a int REFERENCES inbound (a));
CREATE INDEX drop_partial ON part_1 (a) WHERE a > 0;
CREATE TABLE part_2 (a int REFERENCES inbound (a), b int, c int REFERENCES inbound (a), d int REFERENCES inbound (a));
CREATE INDEX keep_not_null ON part_2 (a) WHERE a IS NOT NULL;
CREATE INDEX drop_null ON part_2 (c) WHERE c IS NULL;
CREATE INDEX drop_not_null_of_other ON part_2 (d) WHERE b IS NOT NULL;
CREATE TABLE part_3 (a int REFERENCES inbound (a), b int REFERENCES inbound (a));
CREATE INDEX drop_one_of_begun ON part_3 (a) WHERE a > 0;
CREATE INDEX drop_other_of_begun ON part_3 (a) WHERE a > 1;
CREATE INDEX drop_not_null_and ON part_3 (b) WHERE b IS NOT NULL AND b > 0;
CREATE TABLE two (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES target);
CREATE INDEX keep_of_two ON two (b, a);
CREATE INDEX drop_of_two ON two (a, b, c);

CREATE TABLE identity_1 (a int NOT NULL, b int);
CREATE UNIQUE INDEX keep_identity ON identity_1 (a);
ALTER TABLE identity_1 REPLICA IDENTITY USING INDEX keep_identity;
CREATE INDEX drop_identity ON identity_1 (b);
CREATE TABLE clustered_1 (a int);
CREATE INDEX keep_clustered ON clustered_1 (a);
ALTER TABLE clustered_1 CLUSTER ON keep_clustered;
CREATE TABLE clustered_2 (a int);
CREATE INDEX drop_clustered ON clustered_2 (a);
ALTER TABLE clustered_2 CLUSTER ON drop_clustered;
ALTER TABLE clustered_2 SET WITHOUT CLUSTER;

CREATE TABLE parted (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (2);
CREATE INDEX keep_partitioned ON parted (b);
ALTER INDEX parted_1_b_idx RENAME TO keep_partition;
CREATE INDEX drop_of_partition ON parted_1 (a);

CREATE TABLE expressions (a text, b text);
CREATE INDEX keep_expression ON expressions (lower(a));
CREATE INDEX drop_expression ON expressions (b);
CREATE TABLE extended_1 (a int);
CREATE INDEX keep_extension ON extended_1 (a);
ALTER EXTENSION plpgsql ADD TABLE extended_1;
CREATE TABLE extended_2 (a int);
CREATE INDEX drop_extension ON extended_2 (a);
CREATE TABLE depended (a int, b int);
CREATE INDEX keep_depended ON depended (a);
CREATE INDEX drop_depended ON depended (b);
CREATE VIEW sizes AS SELECT pg_relation_size('keep_depended'::regclass) AS a, pg_relation_size('drop_depended'::text::regclass) AS b;

CREATE TABLE renamed (gone int, a int, b text, c int);
CREATE INDEX drop_renamed ON renamed (a);
CREATE INDEX drop_renamed_two ON renamed (c, b);
CREATE INDEX keep_renamed ON renamed (lower(b), a, c);
ALTER TABLE renamed DROP COLUMN gone;
ALTER TABLE renamed RENAME COLUMN a TO anew;
ALTER TABLE renamed RENAME COLUMN b TO bnew;
END

my %reason = (
	keep_primary => 'primary key', keep_unique => 'enforces uniqueness', keep_exclusion => 'exclusion constraint',
	keep_constraint => 'backs a constraint', keep_inbound => 'a foreign key needs it', keep_foreign => 'supports a foreign key',
	keep_other_order => 'supports a foreign key', keep_include => 'supports a foreign key', keep_hash => 'supports a foreign key',
	keep_not_null => 'supports a foreign key', keep_of_two => 'supports a foreign key', keep_identity => 'replica identity', keep_clustered => 'clustered by it',
	keep_partitioned => 'partitioned index', keep_partition => 'part of another index', keep_expression => 'expression statistics',
	keep_extension => 'belongs to an extension', keep_depended => 'something depends on it', keep_renamed => 'expression statistics',
);

{
	my $report = indexes($server);
	is(pane($report, 'unused_indexes')->{state}, 'ok', 'the pane');
	for my $name (sort keys %reason) {
		my $row = row($report, $name);
		is($row && "$row->{verdict}: $row->{reason}", "keep: $reason{$name}", $name);
	}
	my @drop = map { $_->{index} } grep { $_->{verdict} eq 'drop' } rows($report, 'unused_indexes');
	my $expected = $server->psql("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname LIKE 'drop\\_%'");
	is(join(' ', sort @drop), $expected, 'their neighbours may go, and nothing else');
	my @alone = grep { row($report, $_)->{reason} =~ /; alone on a foreign key's column$/ } @drop;
	is(join(' ', sort @alone), 'drop_brin drop_include drop_not_null_and drop_not_null_of_other drop_null drop_other_order drop_partial',
		'those of them which are alone with a column of a foreign key that they do not wholly support');
	{
		my @plans = map { $server->psql("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE p (int) AS
			SELECT 1 FROM ONLY part_2 x WHERE \$1 OPERATOR(pg_catalog.=) $_ FOR KEY SHARE OF x; EXPLAIN EXECUTE p (1)") } qw(a c d);
		like($plans[0], qr/keep_not_null/, 'what leaves nulls out serves the check of its foreign key');
		unlike($plans[1] . $plans[2], qr/drop_/, 'the others do not');
	}
	is(row($report, 'keep_constraint')->{constraint}, 'keep_constraint', 'the constraint is named');
	is_deeply(row($report, 'keep_other_order')->{columns}, [qw(b a c)], 'key columns');
	is_deeply(row($report, 'drop_include')->{columns}, ['a'], 'without those that are only included');
	is_deeply(row($report, 'drop_renamed')->{columns}, ['anew'], 'a column as its table calls it now');
	is_deeply(row($report, 'drop_renamed_two')->{columns}, [qw(c bnew)], 'two');
	is_deeply(row($report, 'keep_renamed')->{columns}, [qw(lower anew c)], 'an expression by its function');
	is(row($report, 'keep_hash')->{method}, 'hash', 'method');
	eval { $server->psql('DROP INDEX keep_depended') };
	like($@, qr/other objects depend on it/, 'the server would refuse, too');
	is_deeply([@{ row($report, 'keep_partitioned') }{qw(writes_per_s hot_prevented)}], [undef, undef], 'what a partitioned table has written nobody counts');
	ok(defined row($report, 'keep_partition')->{writes_per_s}, 'of its leaves it is known');
	is(row($report, 'drop_unique')->{bytes}, $server->psql("SELECT relpages * 8192 FROM pg_class WHERE relname = 'drop_unique'"), 'size');
}

# Twins and prefixes, held against the definitions that the server writes.
$server->psql(<<'END');
CREATE SCHEMA twins;
SET search_path = twins, public;
CREATE TABLE t (a int, b int, c text, d text COLLATE "C");
CREATE INDEX a1 ON t (a);
CREATE INDEX a2 ON t (a);
CREATE INDEX a_desc ON t (a DESC);
CREATE INDEX c1 ON t (c);
CREATE INDEX c_ops ON t (c text_pattern_ops);
CREATE INDEX c_coll ON t (c COLLATE "C");
CREATE INDEX p1 ON t (b) WHERE   a > 0;
CREATE INDEX p2 ON t (b) WHERE (a > 0);
CREATE INDEX p3 ON t (b) WHERE a > 1;
CREATE INDEX e1 ON t (lower(c), d);
CREATE INDEX e2 ON t ( lower( c ), d);
CREATE INDEX e3 ON t (upper(c), d);
CREATE TABLE u (a int, b int, c int);
CREATE INDEX short ON u (a);
CREATE INDEX long ON u (a, b);
CREATE INDEX other ON u (b, a);
CREATE TABLE v (a int CONSTRAINT v_key UNIQUE, b int);
CREATE INDEX v_plain ON v (a);
CREATE UNIQUE INDEX v_unique ON v (a);
CREATE TABLE w (a int, b int, c tsvector);
CREATE INDEX br1 ON w USING brin (a) WITH (pages_per_range = 2);
CREATE INDEX br2 ON w USING brin (a) WITH (pages_per_range = 64);
CREATE INDEX br3 ON w USING brin (a) WITH (pages_per_range = 2);
CREATE INDEX br4 ON w USING brin (a);
CREATE INDEX f1 ON w (b);
CREATE INDEX f2 ON w (b) WITH (fillfactor = 50);
CREATE INDEX gi1 ON w USING gist (c tsvector_ops (siglen = 100));
CREATE INDEX gi2 ON w USING gist (c tsvector_ops (siglen = 200));
CREATE INDEX gi3 ON w USING gist (c tsvector_ops (siglen = 100));
CREATE INDEX gi4 ON w USING gist (c);
END
{
	$server->psql('INSERT INTO twins.u SELECT i, i, i FROM generate_series(1, 5000) i; ANALYZE twins.u; SET enable_seqscan = off;
		SET enable_bitmapscan = off; SET enable_incremental_sort = off;
		SET enable_sort = off; SELECT * FROM twins.u ORDER BY a, b LIMIT 1; SELECT * FROM twins.u ORDER BY b, a LIMIT 1');
	$server->wait_sql("SELECT bool_and(idx_scan > 0) FROM pg_stat_user_indexes WHERE indexrelname IN ('long', 'other')", 'both are scanned');
	my $report = indexes($server);
	my @pairs = map { "$_->{index} $_->{partner}" } grep { $_->{schema} eq 'twins' && $_->{problem} eq 'duplicate' } rows($report, 'unused_indexes');
	is(join(', ', sort @pairs), 'a2 a1, br3 br1, e2 e1, f2 f1, gi3 gi1, p2 p1, v_plain v_key, v_unique v_key', 'twins, and which of them stay');
	my $by_hand = $server->psql(<<'END');
SELECT string_agg(n::text, ' ' ORDER BY n) FROM (
	SELECT count(*) AS n FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'twins'::regnamespace
	GROUP BY replace(regexp_replace(pg_get_indexdef(c.oid), '^CREATE (UNIQUE )?INDEX \S+| WITH \(fillfactor.*', '', 'g'), ' ', '') HAVING count(*) > 1) AS g
END
	is($by_hand, '2 2 2 2 2 2 3', 'the server writes the same definition for as many');
	is(row($report, 'v_unique')->{verdict}, 'keep', 'of two that enforce uniqueness neither goes');
	is(row($report, 'e2')->{verdict}, 'keep', 'nor one with statistics of its expression');
	is(row($report, 'short')->{problem}, 'redundant', 'a prefix');
	is(row($report, 'short')->{partner}, 'long', 'of the longer one');
	is(row($report, 'other'), undef, 'an index that is scanned and like no other is not listed');
	my ($finding) = grep { $_->{id} eq 'redundant-index' } @{ $report->{findings} };
	like($finding->{fix_sql}, qr/^DROP INDEX CONCURRENTLY twins\.short;$/m, 'the finding says what to run');
	unlike($finding->{fix_sql}, qr/v_unique|e2|v_key/, 'and nothing that must stay');
}

# Not whole: being built, left behind by a build, by a drop, by REINDEX.
{
	$server->psql('CREATE TABLE broken (a int); INSERT INTO broken VALUES (1), (1); CREATE TABLE slow (a int)');
	my $holder = $server->session;
	$holder->query('BEGIN; INSERT INTO slow VALUES (1)');
	my $builder = $server->session;
	$builder->send('CREATE INDEX CONCURRENTLY being_built ON slow (a)')->until_waiting;
	my $row = row(indexes($server), 'being_built');
	is("$row->{problem}, $row->{verdict}: $row->{reason}", 'invalid, keep: being built or dropped', 'an index that is being built');
	$server->psql('CREATE ROLE bare LOGIN');
	is(row(indexes($server, { user => 'bare' }), 'being_built')->{verdict}, 'keep', 'a role without rights sees that, too');
	$server->psql("SELECT pg_cancel_backend(@{[$builder->pid]})");
	$builder->wait;
	$row = row(indexes($server), 'being_built');
	is("$row->{problem}, $row->{verdict}", 'invalid, repair', 'the same once nobody builds it');
	like($row->{reason}, qr/REINDEX INDEX CONCURRENTLY/, 'and how it is mended');
	$holder->query('ROLLBACK');

	eval { $server->psql('CREATE UNIQUE INDEX CONCURRENTLY failed_unique ON broken (a)') };
	$server->psql(<<'END');
CREATE INDEX half_dropped ON broken (a);
CREATE INDEX thing_ccnew ON broken (a);
SET allow_system_table_mods = on;
UPDATE pg_index SET indisvalid = false, indisready = false, indislive = false WHERE indexrelid = 'half_dropped'::regclass;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'thing_ccnew'::regclass;
END
	$server->psql('CREATE TABLE lonely (a int); INSERT INTO lonely VALUES (1), (1)');
	eval { $server->psql('CREATE UNIQUE INDEX CONCURRENTLY failed_lonely ON lonely (a)') };
	$server->psql('VACUUM lonely');
	is($server->psql("SELECT relhasindex FROM pg_class WHERE relname = 'lonely'"), 'f', 'VACUUM counts no index that is not written');
	my $lonely = row(indexes($server), 'failed_lonely');
	is($lonely->{verdict}, 'repair', 'the only index of a table, after VACUUM');
	like($lonely->{reason}, qr/rebuilds it after any duplicates are removed/, 'and what stands against it');
	eval { $server->psql('REINDEX INDEX CONCURRENTLY failed_lonely') };
	like($@, qr/duplicate|unique/, 'which the server says, too');
	$server->psql('DROP TABLE lonely');
	my $report = indexes($server);
	is(row($report, $_)->{verdict}, 'repair', $_) for qw(failed_unique half_dropped thing_ccnew);
	my ($finding) = grep { $_->{id} eq 'invalid-index' } @{ $report->{findings} };
	my $sql = join "\n", sort split /\n/, $finding->{fix_sql};
	is($sql, "DROP INDEX CONCURRENTLY public.half_dropped;\nDROP INDEX CONCURRENTLY public.thing_ccnew;\n"
		. "REINDEX INDEX CONCURRENTLY public.being_built;\nREINDEX INDEX CONCURRENTLY public.failed_unique;", 'what to run');
	$server->psql('CREATE INDEX ON ONLY parted (a, b)');
	like(row(indexes($server), 'parted_a_b_idx')->{reason}, qr/a partition lacks it/, 'a parent whose partition lacks it');
	$server->psql('DROP TABLE broken, slow; DROP INDEX parted_a_b_idx');
}

# An exclusion constraint's index is rebuilt by the plain statement only.
{
	my $set = 'SET allow_system_table_mods = on; UPDATE pg_index SET indisvalid =';
	$server->psql("$set false WHERE indexrelid = 'keep_exclusion'::regclass");
	my $report = indexes($server);
	like(row($report, 'keep_exclusion')->{reason}, qr/: REINDEX INDEX rebuilds it, and its table is locked meanwhile$/, 'how it is mended');
	my ($finding) = grep { $_->{id} eq 'invalid-index' } @{ $report->{findings} };
	is($finding->{fix_sql}, undef, 'nothing to run beside the application');
	eval { $server->psql('REINDEX INDEX CONCURRENTLY keep_exclusion') };
	like($@, qr/exclusion constraint/, 'which the server refuses');
	$server->psql("$set true WHERE indexrelid = 'keep_exclusion'::regclass");
}

# What REINDEX leaves behind in pg_toast.
{
	$server->psql('CREATE TABLE "long Texts" (a text)');
	my $toast = $server->psql(q{SELECT relname FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE relname = 'long Texts')});
	my $holder = $server->session;
	$holder->query(q{BEGIN; INSERT INTO "long Texts" VALUES ('x')});
	my $builder = $server->session;
	$builder->send('REINDEX TABLE CONCURRENTLY "long Texts"')->until_waiting;
	is(row(indexes($server), "${toast}_index_ccnew")->{verdict}, 'keep', 'a TOAST index that is being built');
	$server->psql("SELECT pg_cancel_backend(@{[$builder->pid]})");
	$builder->wait;
	$holder->query('ROLLBACK');
	my $report = indexes($server);
	my $row = row($report, "${toast}_index_ccnew");
	like("$row->{schema} $row->{verdict} $row->{reason}", qr/^pg_toast repair TOAST of public\.long Texts: leftover of REINDEX, .*DROP INDEX CONCURRENTLY removes it$/,
		'left behind');
	is(row($report, "${toast}_index"), undef, 'the one that works is not listed');
	my ($finding) = grep { $_->{id} eq 'invalid-index' } @{ $report->{findings} };
	is($finding->{fix_sql}, "DROP INDEX CONCURRENTLY pg_toast.${toast}_index_ccnew;", 'what to run');
	eval { $server->psql($finding->{fix_sql}) };
	is($@, '', 'runs');
	is(row(indexes($server), "${toast}_index_ccnew"), undef, 'and mends it');
	$server->psql('DROP TABLE "long Texts"');
}

# VACUUM takes the lock of a build; its parallel workers, too, and they tell nothing of themselves.
{
	$server->psql(q{CREATE TABLE vacuumed (a int) WITH (autovacuum_enabled = off); INSERT INTO vacuumed SELECT generate_series(1, 10000);
		CREATE INDEX wide_1 ON vacuumed (repeat(a::text, 100)); CREATE INDEX wide_2 ON vacuumed (repeat(a::text, 101));
		CREATE INDEX wide_3 ON vacuumed (repeat(a::text, 102)); DELETE FROM vacuumed WHERE a % 2 = 0; SET allow_system_table_mods = on;
		UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'wide_3'::regclass});
	my $vacuum = $server->session;
	$vacuum->query('SET min_parallel_index_scan_size = 0; SET max_parallel_maintenance_workers = 2; SET vacuum_cost_delay = 10;
		SET vacuum_cost_limit = 1; SET vacuum_cost_page_dirty = 0; SET vacuum_cost_page_miss = 1');
	$vacuum->send('VACUUM (PARALLEL 2) vacuumed');
	$server->wait_sql("SELECT count(*) > 1 FROM pg_locks WHERE relation = 'vacuumed'::regclass AND granted AND mode = 'ShareUpdateExclusiveLock'",
		'VACUUM and a worker of it');
	is(row(indexes($server), 'wide_3')->{verdict}, 'repair', 'VACUUM builds no index');
	is(row(indexes($server, { user => 'bare' }), 'wide_3')->{verdict}, 'repair', 'which a role without rights sees, too');
	is($server->psql("SELECT count(*) > 1 FROM pg_locks WHERE relation = 'vacuumed'::regclass AND mode = 'ShareUpdateExclusiveLock'"), 't',
		'while the workers were at it');
	$server->psql("SELECT pg_cancel_backend(@{[$vacuum->pid]})");
	$vacuum->wait;
	$server->psql('DROP TABLE vacuumed');
}

# Names that want to be something else.
{
	$server->psql(qq{CREATE TABLE "ta\nble; DROP" (a int); CREATE INDEX "in\x1b[31mdex" ON "ta\nble; DROP" (a);
		CREATE TABLE q (a int, b text); INSERT INTO q SELECT i, repeat('x', 100) || i FROM generate_series(1, 100000) i;
		CREATE INDEX "Qu""ote; --" ON q (b)});
	my $report = indexes($server);
	my ($evil) = grep { $_->{index} =~ /31mdex/ } rows($report, 'unused_indexes');
	unlike($evil->{index} . $evil->{table}, qr/[\x00-\x1f\x7f]/, 'nothing of a name reaches the terminal as it is');
	my ($finding) = grep { $_->{id} eq 'unused-index' } @{ $report->{findings} };
	like($finding->{fix_sql}, qr/^DROP INDEX CONCURRENTLY public\."Qu""ote; --";$/m, 'quoted');
	unlike($finding->{fix_sql}, qr/31mdex/, 'one whose name cannot be written is left out');
	like($finding->{fix_sql}, qr/^-- 1 more whose name cannot be written here$/m, 'which is said');
	eval { $server->psql($_) for grep { /Qu/ } split /\n/, $finding->{fix_sql} };
	is($@, '', 'the statement runs');
	is(row(indexes($server), 'Qu"ote; --'), undef, 'and has dropped it');
}

# Nothing waits for a lock on what users made.
{
	my $locker = $server->session;
	$locker->query('BEGIN; LOCK TABLE primary_key, parted, twins.t, twins.u IN ACCESS EXCLUSIVE MODE; REINDEX TABLE expressions');
	my $pane = pane(indexes($server, { user => 'bare' }), 'unused_indexes');
	is($pane->{state}, 'ok', 'the pane fills while relations are locked');
	is_deeply($pane->{unavailable}, {}, 'and lacks nothing');
	unlike($server->log_text, qr/lock timeout|statement timeout/, 'nothing waited');
	$locker->query('ROLLBACK');
}

# Since when.
sub since
{
	my ($of, $index, $option) = @_;
	return epoch(row(indexes($of, $option), $index)->{since});
}
my $started = clock($server);
is_bounded(since($server, 'drop_unique'), $started - 3600, $started, 'since the counters began');
like(row(indexes($server), 'drop_unique')->{reason}, qr/^never used; age unknown$/, 'nobody knows since when it is there');

my ($low, $high);
$low = clock($server);
$server->psql('SELECT pg_stat_reset()');
$server->wait_sql("SELECT stats_reset >= to_timestamp($low) - interval '1 ms' FROM pg_stat_database WHERE datname = current_database()", 'the reset');
$high = clock($server);
is_bounded(since($server, 'drop_unique'), $low - 0.001, $high, 'after pg_stat_reset()');
$server->psql("SELECT pg_stat_reset_shared('bgwriter')");
is_bounded(since($server, 'drop_unique'), $low - 0.001, $high, 'a reset of other counters moves nothing');

$low = clock($server);
$server->stop('immediate');
$server->up;
$high = clock($server);
$server->psql('SELECT 1');
is_bounded(since($server, 'drop_unique'), $low, $high + 5, 'after a crash');
my $row = row(indexes($server), 'drop_unique');
ok($row->{young}, 'young, which is said');
is($row->{verdict}, 'drop', 'and changes no verdict');

# A shutdown is no reset.
my $before = since($server, 'drop_unique');
$server->stop;
$server->up;
is(since($server, 'drop_unique'), $before, 'the counters outlive a restart');

# What we saw earlier, kept in a file.
{
	local $ENV{XDG_STATE_HOME} = temp_dir();
	indexes($server);
	my $made = clock($server);
	$server->psql('CREATE TABLE later (a int); CREATE INDEX drop_later ON later (a)');
	my $report = indexes($server);
	my $seen = clock($server);
	like(row($report, 'drop_unique')->{reason}, qr/age unknown/, 'an index that was there at our first look');
	like(row($report, 'drop_later')->{reason}, qr/^unused in only /, 'one that it had not seen');
	is_bounded(epoch(row($report, 'drop_later')->{since}), $made, $seen, 'first seen by us');
}

$server->configure("track_commit_timestamp = on\n");
$server->stop;
$server->up;
$low = clock($server);
$server->psql('CREATE DATABASE fresh');
$server->psql('CREATE TABLE n (a int); CREATE INDEX drop_new ON n (a)', dbname => 'fresh');
$high = clock($server);
is_bounded(since($server, 'drop_new', { dbname => 'fresh' }), $low, $high, 'a new database: by the commit time of the catalog row');
like(row(indexes($server, { dbname => 'fresh' }), 'drop_new')->{reason}, qr/^unused in only \d+(ms|\.\ds|s|m\d\ds)$/, 'no longer than it is there');
like(row(indexes($server), 'drop_unique')->{reason}, qr/age unknown/, 'no commit time from before it was tracked');
$low = clock($server);
$server->psql('CREATE DATABASE copied TEMPLATE fresh');
$server->psql('CREATE TABLE made (a int); CREATE INDEX drop_made ON made (a)', dbname => 'copied');
is_bounded(since($server, 'drop_new', { dbname => 'copied' }), $low, clock($server), 'a copy of it: not before the copy was there');
unlike(row(indexes($server, { dbname => 'copied' }), 'drop_new')->{reason}, qr/unknown/, 'which is known');
is_bounded(since($server, 'drop_made', { dbname => 'copied' }), $low, clock($server), 'nor what was made in it');
$server->psql('CREATE INDEX keep_uncounted ON n ((a + 0)); CREATE INDEX second ON n (a DESC); ALTER DATABASE fresh SET track_counts = off', dbname => 'fresh');
{
	my $report = indexes($server, { dbname => 'fresh' });
	is(row($report, $_)->{reason}, 'scans are not counted', "$_: nothing is concluded where nothing is counted") for qw(drop_new second);
	is($report->{checks}{'unused-index'}, 'unknown', 'which is said');
}
unlike($server->log_text, qr/ERROR:.*(?:commit timestamp|pg_index)/, 'nothing of ours failed');
$server->stop;

# A standby counts its own scans.
my ($primary, $standby) = PgtopTest::Server->start_pair;
$primary->psql('CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i; CREATE INDEX here ON t (a);
	CREATE INDEX there ON t (b); ANALYZE t');
$primary->wait_replayed($standby);
$primary->psql('SET enable_seqscan = off; SELECT * FROM t WHERE a = 1');
$standby->psql('SET enable_seqscan = off; SELECT * FROM t WHERE b = 1');
for ([$primary, 'here'], [$standby, 'there']) {
	$_->[0]->wait_sql("SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE indexrelname = '$_->[1]'", 'scans');
}
{
	my $on_primary = indexes($primary);
	my $on_standby = indexes($standby);
	is(join(' ', map { $_->{index} } rows($on_primary, 'unused_indexes')), 'there', 'the primary');
	is(join(' ', map { $_->{index} } rows($on_standby, 'unused_indexes')), 'here', 'the standby');
	my $row = row($on_standby, 'here');
	like("$row->{verdict}: $row->{reason}", qr/^keep: never used here.*; scans of the primary are not known here$/, 'says that it is here only');
	is($row->{writes_per_s}, undef, 'what is written the primary counts');
	is($on_standby->{checks}{'unused-index'}, 'unknown', 'and concludes nothing');
	is($on_primary->{checks}{'unused-index'}, 'ok', 'too small for a finding on the primary');
	is_bounded(epoch($row->{since}), clock($standby) - 3600, clock($standby), 'since the standby counts');
	unlike($standby->log_text, qr/could not get commit timestamp/, 'commit times are not asked for where none are kept');
	like(once_text($standby, '--pane=unused_indexes'), qr/Only scans on this standby are counted here/, 'said below the rows');
	like(once_text($primary, '--pane=unused_indexes'), qr/Scans on standbys are not counted here/, 'and on the primary');

	# What the primary builds looks like what was left behind; twins are twins everywhere, but a drop is the primary's.
	my $holder = $primary->session;
	$primary->psql('CREATE TABLE slow (a int); CREATE INDEX twin_1 ON slow (a); CREATE INDEX twin_2 ON slow (a)');
	$holder->query('BEGIN; INSERT INTO slow VALUES (1)');
	my $builder = $primary->session;
	$builder->send('CREATE INDEX CONCURRENTLY being_built ON slow (a)')->until_waiting;
	$primary->wait_replayed($standby);
	$standby->wait_sql("SELECT count(*) = 1 FROM pg_class WHERE relname = 'being_built'", 'the standby sees it');
	my $report = indexes($standby);
	my ($built, $twin) = map { row($report, $_) } qw(being_built twin_2);
	is("$built->{verdict}: $built->{reason}", 'keep: being built or left over: look on the primary', 'built on the primary');
	is($report->{checks}{'invalid-index'}, 'unknown', 'no finding, and no good news');
	is("$twin->{verdict}: $twin->{reason}", 'drop: twin of twin_1; drop it on the primary', 'a twin');
	is(join(' ', map { $_->{id} } grep { $_->{pane} && $_->{pane} eq 'unused_indexes' } @{ $report->{findings} }), 'redundant-index', 'findings');
	is(scalar(grep { defined $_->{fix_sql} } grep { $_->{id} =~ /-index$/ } @{ $report->{findings} }), 0, 'nothing to run that fails here');
	$primary->psql("SELECT pg_cancel_backend(@{[$builder->pid]})");
	$builder->wait;
	$holder->query('ROLLBACK');

	# Where the primary keeps commit times the standby has them, once a checkpoint of it tells so.
	$primary->configure("track_commit_timestamp = on\n")->stop->up;
	my $made = clock($primary);
	$primary->psql('CREATE TABLE timed (a int); CREATE INDEX timed_a ON timed (a)');
	my $there = clock($primary);
	$primary->psql('CHECKPOINT');
	$primary->wait_replayed($standby);
	$standby->psql('CHECKPOINT');
	is_bounded(since($standby, 'timed_a'), $made, $there, 'the commit time of the catalog row, on the standby');

	my $low = clock($standby);
	$standby->stop('immediate');
	$standby->up;
	is_bounded(since($standby, 'here'), $low, clock($standby), 'after a crash of the standby') if $standby->version_at_least(15);
}

done_testing;
