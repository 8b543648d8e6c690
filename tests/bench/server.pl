# What being watched costs the server: CPU time and statements of the sessions that watch, forty others at hand, by a role with
# pg_monitor, every two seconds, from the connect to the end; of peers that are installed beside it, in turn.
use strict;
use warnings;

use Bench;
use PgtopTest;
use POSIX ();
use Time::HiRes ();

my $window = $ENV{BENCH_WINDOW} || 60;
my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$server->psql('CREATE EXTENSION pg_stat_statements; CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher;');
start_load($server);
my $session = $server->session;
my $postmaster = $server->postmaster_pid;

# CPU time of the server processes that have ended, in ms: pg_top connects anew for each picture.
sub ended_ms
{
	my ($rest) = read_file("/proc/$postmaster/stat") =~ /\) (.*)/;
	my ($user, $system) = (split ' ', $rest)[13, 14];
	return ($user + $system) * 1000 / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# CPU time in ms and number of statements, each a minute, and the longest of these in ms.
sub watched_by
{
	my ($ready, @command) = @_;
	$session->query('SELECT pg_stat_statements_reset()');
	my ($before, $began) = (ended_ms(), Time::HiRes::time());
	my $pty = PgtopTest::Pty->spawn(command => \@command, width => 160, height => 50);
	$pty->wait_output($ready);
	drain($pty, $window);
	my $minutes = (Time::HiRes::time() - $began) / 60;
	$pty->type('q');
	$pty->wait_exit;
	wait_for { $session->query(q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'watcher'}) == 0 } 20, 'its sessions to end';
	my ($calls, $longest) = split /\|/, $session->query(q{SELECT sum(calls), round(max(max_exec_time)::numeric, 1)}
		. q{ FROM pg_stat_statements WHERE userid = 'watcher'::regrole});
	return ((ended_ms() - $before) / $minutes, $calls / $minutes, $longest);
}

my @connection = $server->connection_options(user => 'watcher');
my %peer = (
	pg_activity => [qr/QUERIES/, @connection, '--refresh', 2],
	pg_top => [qr/PID/, @connection, '-s', 2],
);
my @ours = watched_by(qr/live/, @PGTOP, @connection, '--interval=2');
row('server: CPU time a minute', $ours[0], 600, '%.0f', 'ms');
row('server: longest statement', $ours[2], 100, '%.1f', 'ms');
printf "  pgtop-prod: %.0f ms and %.0f statements a minute, the longest %.1f ms\n", @ours;
for my $name (sort keys %peer) {
	my ($program) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH};
	next if !defined $program;
	my ($ready, @options) = @{ $peer{$name} };
	printf "  %s: %.0f ms and %.0f statements a minute, the longest %.1f ms\n", $name, watched_by($ready, $program, @options);
}
