# However the program ends, the terminal is as it was: keys, signals, crashes; and when the terminal goes, the program goes.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start;
# A crash must not leave a core file behind.
my @command = ('sh', '-c', 'ulimit -c 0; exec "$@"', 'sh', @PGTOP, $server->connection_options, '--interval=0.5');
my $rmcup = "\e[?1049l";
my $cnorm = "\e[?25h";

sub start
{
	my $pty = PgtopTest::Pty->spawn(command => \@command);
	$pty->wait_output(qr/live/, 'the first answer');
	ok(!$pty->restored, 'while it runs the line discipline is its own');
	return $pty;
}

sub is_restored
{
	my ($pty, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($pty->restored, "$what: the line discipline is as before");
	my $output = $pty->output;
	my $left = rindex $output, $rmcup;
	cmp_ok($left, '>', rindex($output, "\e[?1049h"), "$what: the alternate screen is left");
	cmp_ok(rindex($output, "\e[?25h"), '>', rindex($output, "\e[?25l"), "$what: the cursor is shown") if $output =~ /\e\[\?25l/;
	unlike(substr($output, $left), qr/\e\[\?(?:1|1000|1002|1006|2004)h/, "$what: no mode stays on");
}

for my $key (['q', 'q'], ["\x03", '^C'], ["\e", undef]) {
	my ($bytes, $name) = @$key;
	my $pty = start();
	$pty->type($bytes);
	if (!defined $name) {
		$pty->settle(0.3);
		ok($pty->running, 'Esc never ends it');
		$pty->type('q');
		$pty->wait_exit;
		next;
	}
	is($pty->wait_exit, 0, "$name: exit 0");
	is_restored($pty, $name);
}

for my $signal (qw(TERM HUP INT QUIT)) {
	my $pty = start();
	kill $signal, $pty->pid;
	my $status = $pty->wait_exit;
	ok(defined $status, "SIG$signal ends it");
	is_restored($pty, "SIG$signal");
}

require Config;
my %number;
@number{ split ' ', $Config::Config{sig_name} } = split ' ', $Config::Config{sig_num};
for my $signal (qw(SEGV ABRT BUS FPE ILL)) {
	my $pty = start();
	kill $signal, $pty->pid;
	my $status = $pty->wait_exit;
	SKIP: {
		skip 'a sanitizer or Valgrind answers crashes itself', 1 if ($status & 127) != $number{$signal} && ($ENV{ASAN_OPTIONS} || @PGTOP > 1);
		is($status & 127, $number{$signal}, "SIG$signal: it ends by that very signal");
		is_restored($pty, "SIG$signal");
	}
}

# The terminal goes away.
for my $what ('hang-up', 'hang-up while the server does not answer') {
	my $pty = start();
	my $backend = $server->psql(q{SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'pgtop-prod'});
	kill 'STOP', $backend if $what ne 'hang-up';
	$pty->hang_up;
	my $status = $pty->wait_exit;
	ok(defined $status, "$what: the program goes too");
	isnt($status & 127, 9, "$what: by itself");
	kill 'CONT', $backend;
	$server->wait_sql(q{SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'pgtop-prod'}, "$what: its session goes");
	pass("$what: and its session");
}

# Without somebody who reads: the other end is open, but nothing takes what is sent.
{
	my $pty = PgtopTest::Pty->spawn(command => [@command, '--interval=0.1'], width => 200, height => 60);
	$pty->wait_output(qr/live/, 'the first answer');
	my $pid = $pty->pid;
	$pty->type('123' x 200);
	kill 'TERM', $pid;
	ok(defined $pty->wait_exit, 'SIGTERM while much is to be written');
	is_restored($pty, 'SIGTERM while much is to be written');
}

is(run_pgtop([$server->connection_options, '--once'], env => { TERM => undef })->{status}, 0, '--once needs no terminal');

done_testing;
