# How long a key waits for its answer, beside a bare echo (cat on a pty) in the same run, on a busy machine: with the server well,
# with our server process stopped, with the postmaster stopped, and with name resolution hanging.
use strict;
use warnings;

use Bench;
use PgtopTest;
use Time::HiRes qw(time);

my $KEYS = $ENV{BENCH_KEYS} || 300;
my $server = PgtopTest::Server->start(tcp => 1);
start_load($server);
my $observer = $server->session;

# Seconds from a key to the first byte of the answer.
sub latency
{
	my ($pty, $key) = @_;
	$pty->forget;
	1 while $pty->pump(0.003);
	$pty->forget;
	my $began = time;
	$pty->type($key);
	while (!length $pty->output) {
		$pty->pump(1);
		die "no answer to a key within 10 s\n" if time - $began > 10;
	}
	return time - $began;
}

# The program's and cat's keys in turn, so that both meet the same machine.
sub compare
{
	my ($what, $pty) = @_;
	my $cat = PgtopTest::Pty->spawn(command => ['sh', '-c', 'stty raw -echo && echo ready && exec cat']);
	$cat->wait_output(qr/ready/);
	my $quiet = busy_machine();
	my (@ours, @bare);
	for my $i (1 .. $KEYS) {
		push @bare, latency($cat, 'x');
		# Three keys that always change the picture: down, up, another pane.
		push @ours, latency($pty, $i % 10 == 0 ? '2' : $i % 10 == 9 ? '3' : $i % 2 ? 'j' : 'k');
		Time::HiRes::sleep(0.005 + rand 0.02);
	}
	$quiet->();
	row("keys, p99 over cat: $what", 1000 * (centile(0.99, @ours) - centile(0.99, @bare)), 10, '%.2f', 'ms');
	$cat->type("\x04");
	kill 'TERM', $cat->pid;
	$cat->wait_exit;
}

sub spawn
{
	my ($env, @arguments) = @_;
	my $pty = PgtopTest::Pty->spawn(command => [@PGTOP, @arguments, '-p', $server->{port}, '-U', 'postgres', '-d', 'postgres',
		'--pane=activity'], env => $env, width => 160, height => 50);
	return $pty;
}

sub leave
{
	my ($pty) = @_;
	$pty->type('q');
	$pty->wait_exit;
}

my $pty = spawn({}, '-h', $server->{host});
$pty->wait_output(qr/live/);
$pty->type('a')->settle(0.2);
compare('server well', $pty);

my $backend = $observer->query(q{SELECT pid FROM pg_stat_activity WHERE application_name = 'pgtop-prod'});
kill 'STOP', $backend;
$pty->wait_output(qr/NO ANSWER/, 'NO ANSWER', 30);
compare('our server process stopped', $pty);
kill 'CONT', $backend;
leave($pty);

$pty = spawn({}, '-h', '127.0.0.1');
$pty->wait_output(qr/live/);
$pty->type('a')->settle(0.2);
my $postmaster = $server->postmaster_pid;
kill 'STOP', $postmaster;
$observer->query(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgtop-prod'});
$pty->wait_output(qr/DOWN|NO ANSWER/, 'DOWN', 30);
compare('postmaster stopped', $pty);
kill 'CONT', $postmaster;
leave($pty);

my $dir = temp_dir();
my $built = run_command([$ENV{CC} || 'cc', '-shared', '-fPIC', '-O1', '-o', "$dir/slow_dns.so", "$ROOT/tests/tty/preload/slow_dns.c", '-ldl']);
die $built->{err} if $built->{status};
$pty = spawn({ LD_PRELOAD => "$dir/slow_dns.so", SLOW_DNS => "$dir/hang" }, '-h', 'localhost');
$pty->wait_output(qr/live/);
$pty->type('a')->settle(0.2);
write_file("$dir/hang", '');
$observer->query(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgtop-prod'});
$pty->wait_output(qr/DOWN|NO ANSWER/, 'DOWN', 30);
compare('name resolution hanging', $pty);
leave($pty);
