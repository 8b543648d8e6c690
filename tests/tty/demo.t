# --demo: a throwaway server with an application in trouble; whatever ends the program ends and removes all of it.
use strict;
use warnings;
use lib 'tests/lib';

use JSON::PP ();
use PgtopTest;
use Test::More;

# The demo works in TMPDIR: all it makes is in there, and all it starts works in there or has our mark in its environment.
my $dir = temp_dir();
chmod 01777, $dir;
my $mark = "PGTOP_TEST_MARK=$dir";
my %env = (TMPDIR => $dir, PGTOP_TEST_MARK => $dir);

sub processes
{
	my @found;
	for my $proc (glob '/proc/[0-9]*') {
		my ($pid) = $proc =~ /(\d+)$/;
		next if $pid == $$ || (readlink("$proc/exe") // '') =~ m{/tmux$};
		my $cwd = readlink("$proc/cwd") // '';
		my $about = eval { read_file("$proc/environ") . read_file("$proc/cmdline") } // '';
		push @found, $pid if index($cwd, $dir) == 0 || index($about, $dir) >= 0;
	}
	return @found;
}

sub left
{
	my @left = glob "$dir/* $dir/.[!.]*";
	return @left;
}

sub all_gone
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $gone = eval { wait_for { !processes() && !left() } 30, 'everything to be gone' };
	ok($gone, "$what: no process and no file is left") or diag(join "\n", left(), map { "$_ " . (read_file("/proc/$_/cmdline") =~ tr/\0/ /r) } processes());
}

my $result = run_pgtop(['--demo', '--format=json'], env => \%env, seconds => 90);
is($result->{status}, 0, 'without a terminal it prints the report') or diag($result->{err});
my $report = eval { JSON::PP->new->utf8->decode($result->{out}) } || {};
my %found = map { ($_->{id} => $_) } grep { !defined $_->{folded_into} } @{ $report->{findings} || [] };
ok($found{'lock-queue'}, 'the queue behind the idle transaction is found');
like($found{'lock-queue'}{title} // '', qr/sessions wait for pid \d+, \d+ of them behind ALTER TABLE users/, 'and its cause is named');
is($report->{panes}{$_}{state}, 'ok', "$_ is ok") for qw(stats activity locks);
cmp_ok((grep { $_->{name} eq 'transactions' } @{ $report->{panes}{stats}{rows} })[0]{value}, '>', 0, 'there is live traffic');
all_gone('after the report');

sub demo_screen
{
	my $screen = PgtopTest::Screen->new(command => [@PGTOP, '--demo'], env => \%env, width => 120, height => 40);
	$screen->wait_until(qr/live \d\d:\d\d:\d\d.*sessions wait for pid/s, 'the demo', 90);
	return $screen;
}

my $screen = demo_screen();
$screen->keys('Enter');
$screen->shows(qr/waits AccessExclusive +(?:public\.)?users/, 'the migration waits in the tree');
cmp_ok(scalar processes(), '>', 3, 'a server runs');
cmp_ok(scalar left(), '>', 0, 'in its directory');
$screen->keys('Escape', 'q');
is($screen->wait_ended(60), '0 but true', 'q ends it');
$screen->close;
all_gone('after q');

$screen = demo_screen();
kill 'KILL', $screen->pid;
all_gone('after kill -9');
$screen->close;

$screen = demo_screen();
$screen->close;
all_gone('after a hang-up');

# Before it is there: while the server is being made.
$screen = PgtopTest::Screen->new(command => [@PGTOP, '--demo'], env => \%env);
wait_for { left() } 60, 'the demo to begin';
kill 'KILL', $screen->pid;
all_gone('after kill -9 in the middle of starting');
$screen->close;

# Whoever watches over it is stopped, or gone before it could end anything.
sub supervisor
{
	my ($pid) = children_of($_[0]->pid);
	return $pid;
}

for my $signal (qw(STOP KILL)) {
	$screen = demo_screen();
	my $supervisor = supervisor($screen);
	ok($supervisor, "$signal: there is a supervisor") or next;
	kill $signal, $supervisor;
	$screen->keys('q');
	is($screen->wait_ended(60), '0 but true', "$signal to the supervisor: q ends it");
	$screen->close;
	all_gone("after $signal to the supervisor");
}

# Killed while the server stands still: that cannot end by itself.
$screen = demo_screen();
my ($postmaster) = map { /^(\d+)/ } map { read_file($_) } glob "$dir/pgtop-demo-*/data/postmaster.pid";
kill 'STOP', $postmaster;
kill 'KILL', supervisor($screen);
$screen->keys('q');
is($screen->wait_ended(60), '0 but true', 'supervisor killed, server stopped: q ends it');
$screen->close;
all_gone('after that');

# What the user's environment says about another server.
my %others = (PGTZ => 'bad', PGGEQO => 'bad', PGDATESTYLE => 'bad', PGDATA => '/nowhere', PGHOSTADDR => '127.0.0.9', PGSSLMODE => 'verify-full');
$result = run_pgtop(['--demo', '--once', '--pane=locks'], env => { %env, %others }, seconds => 90);
is($result->{status}, 0, 'PG variables are none of its business') or diag($result->{err});
all_gone('after that');

# Server programs that fail, and say nothing.
my $programs = temp_dir();
write_file("$programs/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 15.0'\n", 0755);
write_file("$programs/initdb", "#!/bin/sh\necho\nexit 3\n", 0755);
$result = run_pgtop(['--demo', '--once'], env => { %env, PATH => "$programs:$ENV{PATH}" }, seconds => 90);
is($result->{status}, 1, 'initdb fails: exit 1');
like($result->{err}, qr/initdb failed: it ended with status 3; its log is empty$/m, 'what is known is said');
unlike($result->{err}, qr/the end of its log/, 'and no log where there is none');
all_gone('after that');
write_file("$programs/initdb", "#!/bin/sh\necho no room >&2\nexit 3\n", 0755);
$result = run_pgtop(['--demo', '--once'], env => { %env, PATH => "$programs:$ENV{PATH}" }, seconds => 90);
like($result->{err}, qr/initdb failed; the end of its log:\nno room$/m, 'one that has something to say is shown');
all_gone('after that');

$result = run_pgtop(['--demo', '--format=json'], env => { %env, PATH => '/nowhere' }, seconds => 90);
cmp_ok($result->{status}, '>=', 0, 'without a PATH it does not crash');
is($result->{signal}, 0, 'but works, or says why not');
all_gone('after that');

done_testing;
