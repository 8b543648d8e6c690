# Every key and every byte sequence a terminal may send, in random order, for a minute, as a role that may only look, on a server
# that is busy and locked: nothing on the server changes, nothing is left behind, nothing grows, and the screen is sane afterwards.
# The seed is printed; PGTOP_MASH_SEED repeats the order, PGTOP_MASH_SECONDS makes it longer (or shorter).
use strict;
use warnings;
use lib 'tests/lib';

use IO::Pty ();
use PgtopTest;
use Test::More;
use Time::HiRes ();

my $seed = $ENV{PGTOP_MASH_SEED} // int rand 1e9;
my $seconds = $ENV{PGTOP_MASH_SECONDS} // 60;
srand $seed;
diag("PGTOP_MASH_SEED=$seed");

my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\nlog_statement = mod\n");
$server->psql(<<'END');
CREATE EXTENSION pg_stat_statements;
CREATE ROLE looker LOGIN IN ROLE pg_monitor;
ALTER ROLE looker SET default_transaction_read_only = on;
CREATE TABLE orders (id int PRIMARY KEY, status text);
CREATE INDEX orders_status_idx ON orders (status);
CREATE INDEX orders_status_twin_idx ON orders (status);
INSERT INTO orders SELECT i, 'new' FROM generate_series(1, 1000) i;
CREATE MATERIALIZED VIEW per_status AS SELECT status, count(*) FROM orders GROUP BY status;
CREATE MATERIALIZED VIEW never AS SELECT * FROM orders WITH NO DATA;
END

# Work that goes on until it is told to stop, and a queue behind a lock that moves on now and then.
my @sessions = map { $server->session(application => "app-$_") } 1 .. 12;
my $stop = 0;
my $work = background(sub {
	my ($pgbench) = grep { -x } glob '/usr/lib/postgresql/*/bin/pgbench /usr/pgsql-*/bin/pgbench';
	my $script = temp_dir_of($server) . '/work.sql';
	write_file($script, "\\set id random(1, 1000)\nUPDATE orders SET status = 'paid' WHERE id = :id;\nSELECT count(*), :id FROM orders WHERE id > :id;\n");
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	exec $pgbench || 'pgbench', '-h', $server->{host}, '-p', $server->{port}, '-U', 'postgres', '-n', '-f', $script, '-c', 6, '-j', 1, '-R', 60,
		'-T', 100000, 'postgres';
});
