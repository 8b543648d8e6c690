# --demo: it comes up with all of its trouble, the report tells of it, and however the program ends nothing is left behind.
use strict;
use warnings;
use lib 'tests/lib';

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
	is(scalar(grep { ($_->{query} // '') =~ /^ALTER TABLE orders/ && $_->{waiters} >= 3 } @locks), 1,
		'a queue behind the migration');
	is_deeply([left_behind()], [], 'nothing is left behind');
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
