# 15 000 indexes that nothing reads: what they cost the server once a minute, and the client that shows them.
use strict;
use warnings;

use Bench;
use PgtopTest;

my ($TABLES, $ROUNDS) = (3000, 20);
my $server = PgtopTest::Server->start(conf => "max_locks_per_transaction = 256\nshared_buffers = 128MB\n");
$server->psql("CREATE TABLE parent (id integer PRIMARY KEY);\nSELECT format('CREATE TABLE t%s (id integer PRIMARY KEY, parent integer REFERENCES parent,"
	. " a integer, b text, c timestamptz); CREATE INDEX ON t%s (parent); CREATE INDEX ON t%s (a); CREATE INDEX ON t%s (b);"
	. " CREATE INDEX ON t%s (c, a)', n, n, n, n, n) FROM generate_series(1, $TABLES) n \\gexec\nVACUUM ANALYZE;");

my ($cost) = server_cost($server, $ROUNDS, [grep { !/\$1/ } parts_of($server, 'unused_indexes')]);
row('15 000 indexes: server time a collection', $cost, 150, '%.1f', 'ms');

my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, $server->connection_options, '--pane=unused_indexes'], width => 160, height => 50);
$pty->wait_output(qr/to drop/, 'the indexes', 60);
drain($pty, 3);
$pty->type('a')->type('G');
drain($pty, 3);
row('15 000 indexes: resident memory', resident($pty->pid) / 1024, 48, '%.1f', 'MiB');
$pty->type('q');
$pty->wait_exit;

my $conninfo = "host=$server->{host} port=$server->{port} user=postgres dbname=postgres";
my $measured = run_command(["$ENV{PGTOP_BUILD}/tests/bench/slices", $conninfo, 'unused_indexes', 3 * $TABLES], seconds => 180);
my %longest = $measured->{out} =~ /^(\w+) ([\d.]+)$/mg;
printf "  %d rows shown; %s\n", $longest{rows} // 0, $measured->{err};
row("15 000 indexes: longest $_", $measured->{status} ? undef : $longest{$_}, 4, '%.2f', 'ms') for qw(turn dispatch draw key);
