# Resident memory: by socket; over TLS beside a bare libpq client.
use strict;
use warnings;

use Bench;
use PgtopTest;

my $server = PgtopTest::Server->start(tcp => 1);
start_load($server);

# Resident memory after some ticks with every pane seen.
sub ours
{
	my (@to) = @_;
	my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, @to, '--interval=0.5'], width => 160, height => 50);
	$pty->wait_output(qr/live/);
	for my $key (qw(2 a 3 7 1 2)) {
		$pty->type($key);
		drain($pty, 2);
	}
	my $kb = resident($pty->pid);
	$pty->type('q');
	$pty->wait_exit;
	return $kb;
}

row('resident memory by socket', ours($server->connection_options) / 1024, 12, '%.1f', 'MiB');

my $keys = $server->use_tls;
if (defined $keys) {
	my $conninfo = "host=localhost port=$server->{port} user=postgres dbname=postgres sslmode=verify-full sslrootcert=$keys/authority.crt";
	my $bare = "$ENV{PGTOP_BUILD}/tests/bench/bare_client";
	my $pty = PgtopTest::Pty->spawn(command => [$bare, $conninfo]);
	$pty->wait_output(qr/connected/);
	my $kb = resident($pty->pid);
	$pty->type("\n");
	$pty->wait_exit;
	row('resident memory over TLS, above bare libpq', (ours($conninfo) - $kb) / 1024, 4, '%.1f', 'MiB');
}
