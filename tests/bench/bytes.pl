# What goes to the terminal: an unchanged picture, a whole one.
use strict;
use warnings;

use Bench;
use PgtopTest;

my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$server->psql('CREATE EXTENSION pg_stat_statements');
# Statements, indexes and views enough to fill their panes.
$server->psql(join ';', map { "CREATE TABLE t$_ AS SELECT i, i AS c$_ FROM generate_series(1, 1000) i; CREATE INDEX ON t$_ (i);"
	. "CREATE MATERIALIZED VIEW v$_ AS SELECT count(c$_) FROM t$_" } 1 .. 40);
# Sessions that stand still, five of them in a transaction: only the clock and their ages change.
my @still = map { $server->session(application => "still-$_") } 1 .. 40;
$_->query('BEGIN; SELECT 1') for @still[0 .. 4];

for my $pane (qw(activity overview stats locks queries indexes matviews)) {
	my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, $server->connection_options, '--interval=1', "--pane=$pane"],
		width => 160, height => 50);
	$pty->wait_output(qr/live/);
	drain($pty, 4);     # rates are there, the first-run note is read
	$pty->type("k");
	drain($pty, 12);    # nothing is `fresh` any more
	my @ticks = map { drain($pty, 1) } 1 .. 11;
	row("bytes a tick, nothing changes: $pane", median(@ticks), 200, '%d', 'B');
	$pty->type('a')->settle(0.4) if $pane eq 'activity';     # a full screen
	$pty->forget->type("\x0c");
	$pty->settle(0.4);
	row("bytes of a full repaint, 160x50: $pane", length $pty->output, 16384, '%d', 'B');
	$pty->type('q');
	$pty->wait_exit;
}
