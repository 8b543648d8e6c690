# 5000 statements: what one collection costs the server beside counting them, and whether their texts are asked for again.
use strict;
use warnings;

use Bench;
use PgtopTest;

my ($STATEMENTS, $ROUNDS) = (5000, 40);
my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.max = 10000\n");
my $columns = join ', ', map { "c$_ integer" } 0 .. 19;
my $make = "SELECT format('SELECT c%s, c%s, c%s FROM t', n % 20, n / 20 % 20, n / 400)"
	. " FROM generate_series(0, $STATEMENTS - 1) n \\gexec\n";
# Twice: a statement that has run once tells less of itself.
$server->psql("CREATE EXTENSION pg_stat_statements; CREATE TABLE t ($columns);\n$make$make");

my @parts = grep { !/\$1|pg_roles|pg_database/ } parts_of($server, 'slow_queries');
my ($ours, $counting) = server_cost($server, $ROUNDS, \@parts, ['SELECT count(*) FROM pg_stat_statements(false)']);
printf "  one collection %.2f ms, counting %.2f ms\n", $ours, $counting;
row("$STATEMENTS statements: cost, times counting", $ours / $counting, 2, '%.2f', '');

# The texts are asked for once; with nothing new, never again.
my $watch = $server->session;
my $texts = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ~ 'pg_stat_statements' AND query ~ 'unnest'";
my $figures = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ~ 'pgtop-prod' AND query ~ 'stddev_ns'";
$watch->query($_) for $texts, $figures;
my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, $server->connection_options, '--pane=slow_queries'], width => 160, height => 50);
$pty->wait_output(qr/live/);
# Our own statements are new ones, and their texts are asked for half a minute later.
wait_for { drain($pty, 1); $watch->query($texts) >= 2 } 90, 'the texts of our own statements';
my ($asked, $collected) = ($watch->query($texts), $watch->query($figures));
wait_for { drain($pty, 1); $watch->query($figures) >= $collected + 7 } 120, 'seven collections';
row('texts asked for in a minute with nothing new', $watch->query($texts) - $asked, 0, '%d', '');
$pty->type('q');
$pty->wait_exit;
