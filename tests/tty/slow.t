# Over a slow line, 9600 baud being 960 bytes a second, with forty sessions that wait, stand still and begin anew: what a tick sends takes
# less than a second of it at 80x24 and at 120x40. At 200x60 so it does while they stand still; where they are at work, and nearly all of
# them are on the screen with more of each, it takes less than two. Bytes are counted, no time is measured: what a machine is busy with does not change them.
use strict;
use warnings;
use lib 'tests/lib';

use List::Util qw(shuffle);
use PgtopTest;
use Test::More;

use constant LINE => 960;

srand 1;
my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$server->psql('CREATE EXTENSION pg_stat_statements; CREATE TABLE orders (id int, status text); CREATE INDEX ON orders (status);'
	. 'CREATE MATERIALIZED VIEW per_status AS SELECT status, count(*) FROM orders GROUP BY status');
my $holder = $server->session(application => 'orders-api');
$holder->query('BEGIN; LOCK TABLE orders');
my @waiters = map { $server->session(application => "reader-$_") } 1 .. 12;
$_->send("SELECT status, count(*) FROM orders WHERE id > 17 GROUP BY status ORDER BY 2 DESC")->until_waiting for @waiters;
my @workers = map { $server->session(application => "worker-$_") } 1 .. 27;

# A second passes, so that every age is another. With work in it each worker ends its transaction and begins another with a
# statement of its own, in another order than before.
my $round = 0;
sub pass_time
{
	my ($work) = @_;
	if ($work) {
		$round++;
		$workers[$_]->send('COMMIT; BEGIN; SELECT ' . join(', ', map { $_ * $round } 0 .. $_) . ", 'report $_ of day $round'") for shuffle 0 .. $#workers;
		$_->wait for @workers;
	}
	my $then = $server->psql('SELECT clock_timestamp()');
	$server->wait_sql("SELECT clock_timestamp() > '$then'::timestamptz + interval '1 s'", 'a second to pass');
}

sub screen
{
	my ($width, $height, $interval, @arguments) = @_;
	my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, $server->connection_options, "--interval=$interval", @arguments],
		width => $width, height => $height);
	return $pty->wait_output(qr/live/, 'the first answer');
}

# One collection is asked for on each, and all that it sends is taken. Gives the numbers of bytes.
sub tick_bytes
{
	my (@ptys) = @_;
	$_->settle(0.1)->forget->type('r') for @ptys;
	return map {
		my $pty = $_;
		wait_for { $pty->pump(0.5); length $pty->output } 20, 'a tick';
		length $pty->settle(0.5)->output;
	} @ptys;
}

# When all sessions stand still, and when 27 of them have begun anew. At 200x60 a tick is there before the next one comes: by default
# they are two seconds apart.
# The texts of all statements are known before, and with the second tick every rate: a pane is filled only once.
pass_time(1);
my @sizes = ([80, 24, LINE], [120, 40, LINE], [200, 60, 2 * LINE]);
my @pty = map { screen(@$_[0, 1], 3600) } @sizes;
for my $pane (qw(overview activity locks queries indexes matviews stats)) {
	$_->type(":$pane\r\x0ck") for @pty;
	for my $work (undef, undef, 0, 1) {
		pass_time($work // 1);
		my @bytes = tick_bytes(@pty);
		next if !defined $work;
		for my $at (0 .. $#sizes) {
			my ($width, $height, $most) = @{ $sizes[$at] };
			cmp_ok($bytes[$at], '<=', $work ? $most : LINE, "$pane, ${width}x$height, sessions " . ($work ? 'at work' : 'that stand still')
				. ": a tick of $bytes[$at] bytes");
		}
	}
}
for my $pty (@pty) {
	$pty->type('q');
	is($pty->wait_exit, 0, 'ends well');
}

done_testing;
