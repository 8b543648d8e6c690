# CPU time of the client beside Debian's pg_top at the same interval: forty sessions, 160x50, the activity pane; five alternating
# windows, the median of the ratios.
use strict;
use warnings;

use Bench;
use PgtopTest;

my $window = $ENV{BENCH_WINDOW} || 60;
my ($pg_top) = grep { -x } map { ("$_/pg_top", "$_/pgtop") } split /:/, $ENV{PATH};
if (!defined $pg_top) {
	print "there is no pg_top to compare with\n";
	exit 1;
}
my $server = PgtopTest::Server->start;
start_load($server);

sub nanoseconds
{
	my ($ready, @command) = @_;
	my $pty = PgtopTest::Pty->spawn(command => \@command, width => 160, height => 50);
	$pty->wait_output($ready);
	drain($pty, 5);
	my $before = cpu_ns($pty->pid);
	drain($pty, $window);
	my $used = cpu_ns($pty->pid) - $before;
	$pty->type('q');
	$pty->wait_exit;
	return $used;
}

my @ratio;
for my $round (1 .. 5) {
	my $ours = nanoseconds(qr/live/, @PGTOP, $server->connection_options, '--pane=activity', '--interval=2');
	my $theirs = nanoseconds(qr/PID/, $pg_top, $server->connection_options, '-s', 2);
	printf "  round %d: %.2f ms a minute, pg_top %.2f ms\n", $round, $ours * 60 / $window / 1e6, $theirs * 60 / $window / 1e6;
	push @ratio, $ours / $theirs;
}
row("CPU time, times pg_top's", median(@ratio), 1, '%.2f', '');
