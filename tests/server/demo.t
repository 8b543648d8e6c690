# --demo: it comes up with all of its trouble, the report tells of it, and however the program ends nothing is left behind.
use strict;
use warnings;
use lib 'tests/lib';

use Cwd ();
use JSON::PP ();
use PgtopTest;
use POSIX ();
use Test::More;
use Time::HiRes ();

my ($bin, $lib) = PgtopTest::Server::programs($PG_VERSION);

# A folder that those who run the server can reach; all the demo makes is in there.
my $tmp = temp_dir();
chmod 01777, $tmp;
my %environment = (TMPDIR => $tmp, PATH => "$bin:$ENV{PATH}", LD_LIBRARY_PATH => $lib,
	PGHOSTADDR => '127.0.0.9', PGOPTIONS => '-c nonsense=1', PGSERVICE => 'nowhere');

sub left_behind
{
	opendir my $handle, $tmp or die "$tmp: $!";
	my @left = grep { !/^\.\.?$/ } readdir $handle;
	for my $process (glob '/proc/[0-9]*') {
		my $environment = eval { read_file("$process/environ") } // '';
		my $directory = readlink("$process/cwd") // '';
		push @left, $process if $environment =~ /(?:^|\0)TMPDIR=\Q$tmp\E\0/ || $directory =~ m{^\Q$tmp/};
	}
	return @left;
}

{
	my $result = run_pgtop(['--demo', '--once', '--format=json'], env => \%environment, seconds => 90);
	is($result->{status}, 0, 'the report: status 0') or diag $result->{err};
	like($result->{err}, qr/\Astarting a throwaway PostgreSQL $PG_VERSION with /, 'says what it does');
	my $report = eval { JSON::PP::decode_json($result->{out}) } || {};
	is($report->{server}{database}, 'shop', 'on its own database, whatever the environment says');
	# Worst first; the same check may have found more.
	my %found = map { ($_->{id} => $_) } reverse @{ $report->{findings} || [] };
	ok($found{'lock-queue'}, 'finds the queue');
	ok($found{'prepared-transactions'}, 'finds the prepared transaction');
	is($found{'lock-queue'}{severity}, 'critical', 'the queue is critical');
	my @locks = @{ $report->{panes}{locks}{rows} || [] };
	is(scalar(grep { $_->{depth} == 0 } @locks), 2, 'two roots');
	is(scalar(grep { ($_->{gid} // '') eq 'xa-8812' && $_->{waiters} == 2 } @locks), 1, 'xa-8812 blocks two');
	is(scalar(grep { ($_->{query} // '') =~ /^ALTER TABLE users/ && $_->{waiters} >= 3 } @locks), 1,
		'a queue behind the migration');
	is_deeply([left_behind()], [], 'nothing is left behind');
}

# All that was planted is found within a minute, by another pgtop-prod that looks at the running demo.
my %planted = (
	'lock-queue' => ['critical', qr/sessions wait for pid \d+, \d+ of them behind ALTER TABLE users/],
	'prepared-transactions' => ['critical', qr/xa-8812 blocks 2 sessions/],
	'slow-queries' => ['warning', qr/^One statement takes \d/],
	'unused-index' => ['warning', qr/indexes, ~\d+ MB together, unused/],
	'redundant-index' => ['warning', qr/./],
	'invalid-index' => ['warning', qr/users_email_key/],
	'matview-stale' => ['warning', qr/user_sales_summary/],
	'matview-blocks' => ['info|warning', qr/top_products/],
);

sub demo_report
{
	my ($config) = @_;
	my ($place) = glob "$tmp/pgtop-demo-*";
	return {} if !defined $place;
	my $result = run_pgtop(['--once', '--format=json', "--config=$config", '-h', $place, '-U', 'postgres', '-d', 'shop']);
	return eval { JSON::PP::decode_json($result->{out}) } || {};
}

# The finding of this kind whose title says so.
sub found
{
	my ($report, $id) = @_;
	my ($found) = grep { $_->{id} eq $id && $_->{title} =~ $planted{$id}[1] } @{ $report->{findings} || [] };
	return $found;
}

sub psql_demo
{
	my ($sql) = @_;
	my ($place) = glob "$tmp/pgtop-demo-*";
	my $result = run_command(['psql', '-XAtq', '-h', $place, '-U', 'postgres', '-d', 'shop', '-c', $sql]);
	return $result->{out} =~ s/\n\z//r;
}

{
	my $config = temp_dir() . '/config.json';
	write_file($config, '{"limits": {"matview_stale_s": 30}}');
	my $screen = PgtopTest::Screen->new(command => [@PGTOP, '--demo'], env => \%environment, width => 120, height => 40);
	$screen->wait_until(qr/live \d\d:\d\d:\d\d.*sessions wait for pid/s, 'the demo', 90);
	my ($report, @missing);
	eval { wait_for { $report = demo_report($config); !(@missing = grep { !found($report, $_) } sort keys %planted) } 60, 'all' };
	is("@missing", '', 'all of the trouble is found') or diag(join "\n", map { "$_->{id}: $_->{title}" } @{ $report->{findings} });
	for my $id (sort keys %planted) {
		my $found = found($report, $id) or next;
		like($found->{severity}, qr/^(?:$planted{$id}[0])$/, "$id: $found->{title}");
		is($report->{checks}{$id}, 'finding', "$id: its check says so");
	}
	like((found($report, 'lock-queue') || {})->{evidence} // '', qr/app, orders-api: idle in transaction/, 'the queue has its cause');

	my $slow = found($report, 'slow-queries') || { key => {} };
	my $wanted = psql_demo(q{SELECT queryid FROM pg_stat_statements WHERE query LIKE 'SELECT id, status, amount, created_at FROM orders%'});
	is($slow->{key}{queryid}, $wanted, 'the statement is the one that wants an index on orders (user_id, created_at)');
	is(psql_demo(q{SELECT query ~ 'WHERE user_id = \$1 AND created_at > \$2 ORDER BY created_at DESC' FROM pg_stat_statements WHERE queryid = }
		. ($wanted || 0)), 't', '... and of that form');
	is(psql_demo(q{SELECT query ~ 'FROM orders WHERE user_id' FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 1}), 't',
		'... and takes the most time');
	my ($advised) = map { $_->{fix_sql} // '' } found($report, 'unused-index');
	like($advised, qr/DROP INDEX CONCURRENTLY (?:public\.)?$_;/, "$_ is to be dropped")
		for qw(orders_status_idx orders_amount_idx users_phone_idx);
	my %index = map { ($_->{index} => $_) } @{ $report->{panes}{unused_indexes}{rows} };
	is($index{$_}{scans}, 0, "$_ was never used") for qw(orders_status_idx orders_amount_idx users_phone_idx);
	is($index{users_last_name_idx}{partner}, 'users_name_idx', 'one is the beginning of another');
	is(scalar(grep { ($index{ $_->[0] }{partner} // '') eq $_->[1] } ['payments_order_id_idx', 'payments_order_idx'],
		['payments_order_idx', 'payments_order_id_idx']), 1, 'two are twins, and one of them is enough');
	is($index{users_email_key}{verdict}, 'repair', 'one is invalid');
	my %view = map { ($_->{matview} => $_) } @{ $report->{panes}{matviews}{rows} };
	is($view{user_sales_summary}{state}, 'stale', 'user_sales_summary is stale');
	ok($view{user_sales_summary}{concurrently}, '... and can be refreshed concurrently');
	is($view{daily_orders}{state}, 'never_filled', 'daily_orders was never filled');
	ok(defined $view{top_products}{concurrently} && !$view{top_products}{concurrently}, 'top_products cannot be refreshed concurrently');
	is(psql_demo(q{SELECT rolsuper FROM pg_roles WHERE rolname = 'app'}), 't', 'the application is a superuser');
	$screen->keys('q');
	$screen->wait_ended(60);
	$screen->close;
	is_deeply([left_behind()], [], 'nothing is left behind');
}

# A server without pg_stat_statements: its programs and files elsewhere, but for that library.
{
	my $share = (grep { -d } "$bin/../share", "/usr/share/postgresql/$PG_VERSION")[0];
	my $elsewhere = temp_dir();
	my @copied = map { [$_, "$elsewhere$_"] } map { Cwd::abs_path($_) } $bin, $share, "$bin/../lib";
	for (@copied) {
		my ($from, $to) = @$_;
		my $made = run_command(['sh', '-c', 'mkdir -p "$(dirname "$2")" && cp -a "$1" "$2" && find "$2" -name "pg_stat_statements*" -delete',
			'sh', $from, $to]);
		die $made->{err} if $made->{status};
	}
	my $result = run_pgtop(['--demo', '--once', '--format=json'],
		env => { %environment, PATH => "$copied[0][1]:$ENV{PATH}" }, seconds => 120);
	is($result->{status}, 0, 'without pg_stat_statements the demo starts') or diag($result->{err});
	my $report = eval { JSON::PP::decode_json($result->{out}) } || {};
	is($report->{panes}{slow_queries}{state}, 'unavailable', '... and the queries say');
	like($report->{panes}{slow_queries}{reason}, qr/pg_stat_statements/, '... why');
	is($report->{panes}{unused_indexes}{state}, 'ok', '... and the rest is there');
	is_deeply([left_behind()], [], '... and nothing is left behind');
}

# Ended from outside, at several moments: while initdb runs, while the application loads, when all stands.
for my $case (['KILL', 0.3], ['TERM', 1.6], ['KILL', undef]) {
	my ($signal, $after) = @$case;
	pipe(my $read, my $write) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		PgtopTest::child_environment(\%environment);
		open STDOUT, '>&', $write or POSIX::_exit(126);
		open STDERR, '>', '/dev/null' or POSIX::_exit(126);
		exec @PGTOP, '--demo', '--once', '--format=json' or POSIX::_exit(127);
	}
	close $write;
	if (defined $after) {
		Time::HiRes::sleep($after);
	} else {
		wait_for { glob "$tmp/*/data/postmaster.pid" } 60, 'the server of the demo';
	}
	kill $signal, $pid;
	waitpid $pid, 0;
	eval { wait_for { !left_behind() } 20, 'everything to be gone' };
	is_deeply([left_behind()], [], "SIG$signal " . ($after // 'when the server runs') . ': nothing is left behind');
}

{
	my $fake = temp_dir();
	write_file("$fake/initdb", "#!/bin/sh\necho 'initdb: error: \033[31mno room'\nexit 1\n");
	write_file("$fake/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 16.2'\n");
	chmod 0755, "$fake/initdb", "$fake/postgres";
	my $result = run_pgtop(['--demo', '--once'], env => { %environment, PATH => "$fake:$ENV{PATH}" });
	is($result->{status}, 1, 'initdb fails: status 1');
	like($result->{err}, qr/initdb failed.*no room/s, '... and its words are shown');
	unlike($result->{err}, qr/\033/, '... cleaned');
	is($result->{out}, '', '... and nothing on stdout');
	is_deeply([left_behind()], [], '... and nothing is left behind');
}

done_testing;
