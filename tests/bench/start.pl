# From the start to the first screen with data, on a local server; median of twenty.
use strict;
use warnings;

use Bench;
use PgtopTest;
use Time::HiRes qw(time);

my $server = PgtopTest::Server->start;
my @seconds;
for (0 .. 20) {
	my $began = time;
	my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, $server->connection_options], width => 80, height => 24);
	$pty->pump(0.5) while $pty->output !~ /live.*\d+\/\d+/s && time - $began < 10;
	push @seconds, time - $began;
	$pty->type('q');
	$pty->wait_exit;
}
shift @seconds;     # the first one reads everything from disk
row('first screen with data, median of 20', median(@seconds), 0.1, '%.3f', 's');
