# The report in all its forms: every member, column, type, unit and key; on a primary and a standby, for a superuser, a member of
# pg_monitor and a role with no rights; what a role may not see is counted and said with the GRANT that opens it, and it does.
use strict;
use warnings;
use lib 'tests/lib';

use JSON::PP ();
use PgtopTest;
use Test::More;

# name => [type, unit or undef, key]; what does not stand here must not be there.
my %COLUMNS = (
	stats => [
		[name => 'text', undef, 1], [value => 'float|int', undef], [unit => 'text', undef], [scope => 'text', undef],
		[since => 'time', undef], [holder => 'text', undef],
	],
	activity => [
		[pid => 'int', undef, 1], [backend_start => 'time', undef, 1], [database => 'text', undef], [user => 'text', undef],
		[application => 'text', undef], [client => 'text', undef], [backend_type => 'text', undef], [state => 'text', undef],
		[wait_event_type => 'text', undef], [wait_event => 'text', undef], [transaction_s => 'float', 's'],
		[query_s => 'float', 's'], [state_s => 'float', 's'], [leader_pid => 'int', undef], [blocked_by => 'list', undef],
		[xmin_age => 'int', 'transactions'], [query_id => 'text', undef], [own => 'bool', undef], [query => 'text', undef],
	],
	locks => [
		[pid => 'int', undef, 1], [gid => 'text', undef, 1], [root_pid => 'int', undef], [depth => 'int', undef],
		[blocked_by => 'list', undef], [waiters => 'int', undef], [lock_mode => 'text', undef],
		[granted_modes => 'text|list', undef], [lock_type => 'text', undef], [object => 'text', undef], [wait_s => 'float', 's'],
		[state => 'text', undef], [transaction_s => 'float', 's'], [user => 'text', undef], [application => 'text', undef],
		[database => 'text', undef], [query => 'text', undef],
	],
	slow_queries => [
		[queryid => 'text', undef, 1], [database => 'text', undef, 1], [user => 'text', undef, 1], [toplevel => 'bool', undef, 1],
		[calls => 'int', undef], [total_s => 'float', 's'], [mean_s => 'float', 's'], [max_s => 'float', 's'],
		[stddev_s => 'float', 's'], [plan_s => 'float', 's'], [rows => 'int', undef], [share => 'float', 'ratio'],
		[hit_ratio => 'float', 'ratio'], [temp_bytes => 'int', 'bytes'], [wal_bytes => 'int', 'bytes'],
		[interval_calls => 'int', undef], [interval_total_s => 'float', 's'], [interval_share => 'float', 'ratio'],
		[since => 'time', undef], [own => 'bool', undef], [query => 'text', undef],
	],
	unused_indexes => [
		[index => 'text', undef, 1], [table => 'text', undef], [bytes => 'int', 'bytes'], [scans => 'int', undef],
		[last_scan => 'time', undef], [writes_per_s => 'float', 'per_s'], [columns => 'list', undef], [reason => 'text', undef],
		[schema => 'text', undef, 1], [problem => 'text', undef], [verdict => 'text', undef], [partner => 'text', undef],
		[since => 'time', undef], [young => 'bool', undef], [hot_prevented => 'float', 'per_s'], [method => 'text', undef],
		[constraint => 'text', undef],
	],
	matviews => [
		[matview => 'text', undef, 1], [schema => 'text', undef, 1], [state => 'text', undef], [refreshed_at => 'time', undef],
		[refreshed_precision => 'text', undef], [refreshed_source => 'text', undef], [changes => 'int', undef],
		[time_dependent => 'bool', undef], [concurrently => 'bool', undef], [why_not => 'text', undef], [bytes => 'int', 'bytes'],
		[last_duration_s => 'float', 's'], [base_tables => 'list', undef],
	],
);
my @FIGURES = qw(connections_used connections_limit connections_reserved sessions_active sessions_idle
	sessions_idle_in_transaction sessions_waiting_for_lock sessions_hidden transactions commits rollbacks rollback_ratio
	rows_returned rows_written cache_hit_ratio temp_bytes wal_bytes deadlocks oldest_transaction oldest_xmin xid_age xid_age_limit
	multixact_age replication_lag_bytes replication_lag uptime);
my @CHECKS = qw(lock-queue idle-in-transaction prepared-transactions connections xmin-horizon wraparound replication-lag
	connection-lost slow-queries statements-missing unused-index redundant-index invalid-index matview-stale matview-blocks);
my $TIME = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

my ($primary, $standby) = PgtopTest::Server->start_pair(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$primary->psql(<<'END');
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE bare LOGIN;
CREATE ROLE app LOGIN;
CREATE TABLE public.orders (id int PRIMARY KEY, status text);
INSERT INTO public.orders VALUES (1, 'new');
GRANT ALL ON public.orders TO app;
CREATE EXTENSION pg_stat_statements;
CREATE INDEX orders_status_idx ON public.orders (status);
CREATE MATERIALIZED VIEW public.by_status AS SELECT status, count(*) FROM public.orders GROUP BY status;
END
$primary->wait_replayed($standby);

# Something to be seen: a transaction that blocks another, and an idle session, of a role that is not ours.
my $holder = $primary->session(user => 'app', application => 'orders-api');
my $waiter = $primary->session(user => 'app', application => 'report');
$holder->query(q{BEGIN; UPDATE orders SET status = 'shipped' WHERE id = 1});
$waiter->send(q{UPDATE orders SET status = 'late' WHERE id = 1})->until_waiting;
my $reader = $standby->session(user => 'app', application => 'reader');
$reader->query('BEGIN; SELECT * FROM orders');

sub type_fits
{
	my ($type, $value) = @_;
	return 1 if !defined $value;
	return !ref $value && !is_json_number($value) if $type eq 'text';
	return is_json_number($value) && $value =~ /^-?\d+$/ if $type eq 'int';
	return is_json_number($value) if $type eq 'float';
	return JSON::PP::is_bool($value) if $type eq 'bool';
	return $value =~ $TIME if $type eq 'time';
	return ref $value eq 'ARRAY' if $type eq 'list';
	return 0;
}

# Members may be added, never lost.
sub has_members
{
	my ($object, $names, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @lost = grep { !exists $object->{$_} } @$names;
	return is("@lost", '', $what);
}

sub check_pane
{
	my ($report, $name, $who) = @_;
	my $pane = pane($report, $name);
	has_members($pane, [qw(state reason taken_at took_s hidden_rows columns unavailable rows)], "$who: $name: members");
	is($pane->{state}, 'ok', "$who: $name is ok") or diag($pane->{reason});
	is($pane->{reason}, undef, "$who: $name: no reason") if $pane->{state} eq 'ok' && !$pane->{hidden_rows};
	like($pane->{taken_at}, $TIME, "$who: $name: taken_at");
	ok(is_json_number($pane->{took_s}) && $pane->{took_s} >= 0, "$who: $name: took_s");
	ok(is_json_number($pane->{hidden_rows}), "$who: $name: hidden_rows");
	is(ref $pane->{unavailable}, 'HASH', "$who: $name: unavailable is an object");

	my @want = @{ $COLUMNS{$name} };
	is_deeply([map { $_->{name} } @{ $pane->{columns} }], [map { $_->[0] } @want], "$who: $name: columns and their order");
	my @wrong;
	for my $want (@want) {
		my ($column, $type, $unit, $key) = @$want;
		my $got = column_named($report, $name, $column) or next;
		push @wrong, "$column is $got->{type}" if $got->{type} !~ /^(?:$type)$/;
		push @wrong, "$column has unit " . ($got->{unit} // 'null') if ($got->{unit} // '') ne ($unit // '');
		push @wrong, "$column: key, estimate are no booleans" if grep { !JSON::PP::is_bool($got->{$_}) } qw(key estimate);
		push @wrong, "$column: key" if ($got->{key} ? 1 : 0) != ($key // 0);
	}
	is("@wrong", '', "$who: $name: types, units and keys");

	my (%seen, @bad);
	my @keys = map { $_->{name} } grep { $_->{key} } @{ $pane->{columns} };
	for my $row (@{ $pane->{rows} }) {
		push @bad, 'members ' . join ',', sort keys %$row
			if join(',', sort keys %$row) ne join ',', sort map { $_->{name} } @{ $pane->{columns} };
		push @bad, map { "$_->{name}=" . ($row->{ $_->{name} } // 'null') } grep { !type_fits($_->{type}, $row->{ $_->{name} }) }
			@{ $pane->{columns} };
		# Statements of others that this role may not see have no queryid; they are rows all the same.
		next if $name eq 'slow_queries' && !defined $row->{queryid};
		push @bad, 'twice: ' . join ',', map { $_ // '' } @$row{@keys} if $seen{ join "\x1f", map { $_ // '' } @$row{@keys} }++;
	}
	is("@bad", '', "$who: $name: every row has every column, values are of their types, keys are unique");
}

sub check_report
{
	my ($report, $who, %want) = @_;
	has_members($report, [qw(checks findings panes pgtop_prod server taken_at)], "$who: members");
	like($report->{pgtop_prod}, qr/^\d+\.\d+\.\d+$/, "$who: our version");
	like($report->{taken_at}, $TIME, "$who: taken_at");
	my $server = $report->{server};
	has_members($server, [qw(host port database user version version_num role started_at superuser pg_monitor system_identifier)],
		"$who: server's members");
	is($server->{$_}, $want{$_}, "$who: server's $_") for qw(database user role);
	is(!!$server->{$_}, !!$want{$_}, "$who: server's $_") for qw(superuser pg_monitor);
	ok(JSON::PP::is_bool($server->{$_}), "$who: server's $_ is a boolean") for qw(superuser pg_monitor);
	like($server->{version_num}, qr/^${PG_VERSION}00\d\d$/, "$who: version_num");
	ok(is_json_number($server->{version_num}), "$who: version_num is a number");
	like($server->{version}, qr/^$PG_VERSION\.\d+/, "$who: version");
	like($server->{started_at}, $TIME, "$who: started_at");
	if (defined $server->{system_identifier}) {
		is($server->{system_identifier}, $want{identifier}, "$who: system_identifier");
		ok(!is_json_number($server->{system_identifier}), "$who: system_identifier is a string");
	} else {
		ok(!$want{superuser}, "$who: only a role without rights has no system_identifier");
	}

	is_deeply([sort keys %{ $report->{panes} }], [sort keys %COLUMNS], "$who: panes");
	check_pane($report, $_, $who) for sort keys %COLUMNS;
	is_deeply([sort map { $_->{name} } rows($report, 'stats')], [sort @FIGURES], "$who: figures of stats");

	for my $id (@CHECKS) {
		like($report->{checks}{$id}, qr{^(?:ok|finding|unknown|n/a)$}, "$who: check $id has ended");
	}
	my @bad;
	for my $finding (@{ $report->{findings} }) {
		push @bad, map { "$finding->{id} has no $_" } grep { !exists $finding->{$_} }
			qw(id severity title evidence since pane key fix_sql);
		push @bad, "$finding->{id} has no check" if ($report->{checks}{ $finding->{id} } // '') ne 'finding';
		push @bad, "$finding->{id}: $finding->{severity}" if $finding->{severity} !~ /^(?:critical|warning|info)$/;
		push @bad, "$finding->{id}: since" if defined $finding->{since} && $finding->{since} !~ $TIME;
		push @bad, "$finding->{id}: key" if defined $finding->{key} && ref $finding->{key} ne 'HASH';
		my $pane = $report->{panes}{ $finding->{pane} } or next;
		next if !defined $finding->{key};
		my @keys = sort map { $_->{name} } grep { $_->{key} } @{ $pane->{columns} };
		push @bad, "$finding->{id}: key has @{[sort keys %{ $finding->{key} }]}" if "@keys" ne join ' ', sort keys %{ $finding->{key} };
		push @bad, "$finding->{id}: no such row" if !grep {
			my $row = $_;
			!grep { ($row->{$_} // '') ne ($finding->{key}{$_} // '') } @keys;
		} @{ $pane->{rows} };
	}
	is("@bad", '', "$who: findings");
	my @order = map { { critical => 0, warning => 1, info => 2 }->{ $_->{severity} } } @{ $report->{findings} };
	is("@order", join(' ', sort { $a <=> $b } @order), "$who: findings are in order, worst first");
}

sub columns_of
{
	my ($report) = @_;
	return { map { ($_ => $report->{panes}{$_}{columns}) } keys %{ $report->{panes} } };
}

my %identifier = (identifier => $primary->psql('SELECT system_identifier FROM pg_control_system()'));
my %role = (
	postgres => { superuser => 1, pg_monitor => 1 },
	monitor => { superuser => 0, pg_monitor => 1 },
	bare => { superuser => 0, pg_monitor => 0 },
);
my $reference;
for my $on ([primary => $primary], [standby => $standby]) {
	my ($kind, $server) = @$on;
	for my $user (qw(postgres monitor bare)) {
		my $who = "$user on $kind";
		my $report = once($server, { user => $user });
		check_report($report, $who, database => 'postgres', user => $user, role => $kind, %identifier, %{ $role{$user} });
		$reference ||= columns_of($report);
		is_deeply(columns_of($report), $reference, "$who: the same columns");

		my @own = grep { $_->{own} } rows($report, 'activity');
		is(scalar @own, 1, "$who: our own session is told apart");
		is($own[0]{application}, 'pgtop-prod', "$who: by its name");
		my %figure = map { ($_->{name} => $_) } rows($report, 'stats');
		is($figure{connections_limit}{value}, 100, "$who: connections_limit");
		ok(defined $figure{$_}{value}, "$who: $_ is known")
			for qw(connections_used connections_reserved transactions cache_hit_ratio uptime xid_age xid_age_limit);
		is($figure{transactions}{scope}, 'database', "$who: transactions are of a database") if $figure{transactions}{scope} ne 'server';
		my @scopes = grep { $_->{scope} !~ /^(?:server|database)$/ } values %figure;
		is(scalar @scopes, 0, "$who: every scope is server or database");
		my @negative = map { $_->{name} } grep { ($_->{value} // 0) < 0 } values %figure;
		is("@negative", '', "$who: no figure is negative");
		if ($kind eq 'primary') {
			my $row = row_by($report, 'locks', pid => $waiter->pid);
			ok($row, "$who: the waiter is in the tree");
			is(row_by($report, 'locks', pid => $holder->pid)->{waiters}, 1, "$who: below its root");
			is($report->{checks}{'lock-queue'}, 'finding', "$who: and is a finding");
		}
	}
}

# What a role may not see is counted and said.
for my $on ([primary => $primary], [standby => $standby]) {
	my ($kind, $server) = @$on;
	my $report = once($server, { user => 'bare' });
	my $hidden = $server->psql(q{SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'}, user => 'bare');
	my $activity = pane($report, 'activity');
	cmp_ok($hidden, '>', 0, "$kind: something is hidden");
	is($activity->{hidden_rows}, $hidden, "$kind: every hidden session is counted");
	is(scalar @{ $activity->{rows} }, $server->psql('SELECT count(*) FROM pg_stat_activity', user => 'bare'),
		"$kind: and no session is lost");
	is((row_by($report, 'stats', name => 'sessions_hidden'))->{value}, $hidden, "$kind: stats counts them too");
	my $stats = pane($report, 'stats');
	cmp_ok($stats->{hidden_rows}, '>', 0, "$kind: figures made of them are counted as hidden");
	like($stats->{remedy}, qr/GRANT pg_(?:read_all_stats|monitor) TO bare;/, "$kind: with the GRANT that opens them");
	my $session = $kind eq 'primary' ? $holder : $reader;
	my $row = row_by($report, 'activity', pid => $session->pid);
	is($row->{state}, undef, "$kind: the state of a hidden session is not made up");
	is($row->{query}, undef, "$kind: nor its query");
	is($row->{user}, 'app', "$kind: but whose it is can be seen");
	my $said = JSON::PP->new->canonical->encode($activity);
	my ($grant) = $said =~ /(GRANT pg_(?:read_all_stats|monitor) TO bare)\b/;
	ok($grant, "$kind: the report names the GRANT") or diag(substr $said, 0, 500);
	my $text = once_text($server, { user => 'bare' }, '--pane=activity');
	like($text, qr/\b$hidden\b.*hidden/i, "$kind: the text counts them");
	like($text, qr/GRANT pg_(?:read_all_stats|monitor) TO bare;/, "$kind: and has the line to copy");
}
my $said = JSON::PP->new->encode(pane(once($primary, { user => 'bare' }), 'activity'));
my ($grant) = $said =~ /(GRANT pg_(?:read_all_stats|monitor) TO bare)\b/;
$primary->psql($grant || 'SELECT 1');
$primary->wait_replayed($standby);
for my $server ($primary, $standby) {
	my $report = once($server, { user => 'bare' });
	is(pane($report, 'activity')->{hidden_rows}, 0, 'the GRANT, given, opens every row');
	is((row_by($report, 'stats', name => 'sessions_hidden'))->{value}, 0, 'and stats says so');
	is(pane($report, 'stats')->{hidden_rows}, 0, 'and hides no figure any more');
}
is(row_by(once($primary, { user => 'bare' }), 'activity', pid => $holder->pid)->{state}, 'idle in transaction', 'truly');

# CSV: the same columns, one pane, quoted where it must be.
sub parse_csv
{
	my ($text) = @_;
	my (@rows, @row);
	while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\z)/gc) {
		my ($quoted, $plain, $end) = ($1, $2, $3);
		push @row, defined $quoted ? $quoted =~ s/""/"/gr : $plain;
		next if $end eq ',';
		last if $end eq '' && @row == 1 && $row[0] eq '';
		push @rows, [@row];
		@row = ();
	}
	return @rows;
}
my $quoting = $primary->session(user => 'app', application => 'a "b", c');
$quoting->query("SELECT 'x,y\n\"z\"'");
for my $name (sort keys %COLUMNS) {
	my ($header, @rows) = parse_csv(once_text($primary, '--format=csv', "--pane=$name"));
	is_deeply($header, [map { $_->[0] } @{ $COLUMNS{$name} }], "csv: header of $name");
	is(scalar(grep { @$_ != @$header } @rows), 0, "csv: every row of $name is whole");
	cmp_ok(scalar @rows, '>', 0, "csv: $name has rows");
	next if $name ne 'activity';
	my ($row) = grep { $_->[0] == $quoting->pid } @rows;
	my %row;
	@row{@$header} = @$row;
	is($row{query}, "SELECT 'x,y\n\"z\"';", 'csv: line breaks, commas and quotes of a query survive');
	is($row{application}, 'a "b", c', 'csv: those of a name too');
}
$quoting->close;

# What to print is chosen.
is_deeply([sort keys %{ once($primary, '--pane=locks')->{panes} }], ['locks'], 'one pane');
is_deeply([sort keys %{ once($primary, '--pane=locks', '--pane=stats')->{panes} }], [qw(locks stats)], 'two panes');
my $text = once_text($primary);
like($text, qr/^pgtop-prod \d+\.\d+\.\d+  postgres on .*  primary  PostgreSQL $PG_VERSION/, 'text: the first line says of what');
like($text, qr/^taken \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/m, 'text: when');
like($text, qr/^$_\b/m, "text: has a section $_") for qw(FINDINGS STATS ACTIVITY LOCKS SLOW_QUERIES UNUSED_INDEXES MATVIEWS);
like($text, qr/^(?:critical|warning) +lock-queue /m, 'text: words instead of signs');
unlike($text, qr/\e/, 'text: no escape sequences in a file');
like($text, qr/RowExclusive/, 'text: the lock that is held');
for my $columns (80, 120) {
	my $result = run_pgtop(once_command($primary), env => { COLUMNS => $columns });
	my $cut = Encode::decode('UTF-8', $result->{out});
	# Statements to copy are never cut.
	is(join("\n", grep { length > $columns && !/;$/ } split /\n/, $cut), '', "text: COLUMNS=$columns is kept");
}
my $piped = run_pgtop([$primary->connection_options]);
is($piped->{status}, 0, 'without a terminal on stdout --once is the default');
like($piped->{out}, qr/^pgtop-prod /, 'and prints the text');

# Without a server.
for my $option (qw(--version -V)) {
	my $result = run_pgtop([$option]);
	is($result->{status}, 0, "$option: exit 0");
	like($result->{out}, qr/^pgtop-prod.*\d+\.\d+\.\d+/, "$option: prints it");
}
for my $option (qw(--help -?)) {
	my $result = run_pgtop([$option]);
	is($result->{status}, 0, "$option: exit 0");
	like($result->{out}, qr/--once/, "$option: prints the options");
}
my $sql = run_pgtop(['--show-sql'], env => { PGHOST => '/nowhere' });
is($sql->{status}, 0, '--show-sql needs no server');
like($sql->{out}, qr/pg_blocking_pids/, '--show-sql prints the statements');
like($sql->{out}, qr/\b$_\b/, "--show-sql names $_") for sort keys %COLUMNS;
my $one = run_pgtop(['--show-sql=stats']);
like($one->{out}, qr/pg_stat_database/, '--show-sql=stats prints those of stats');
unlike($one->{out}, qr/pg_blocking_pids/, '--show-sql=stats prints no others');

done_testing;
