# While names are being resolved, for ever if need be, the screen is there and answers keys; no resolver outlives the program.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

plan skip_all => 'a sanitizer must be loaded first' if $ENV{ASAN_OPTIONS};
my $dir = temp_dir();
my $built = run_command([$ENV{CC} || 'cc', '-shared', '-fPIC', '-O1', '-o', "$dir/slow_dns.so", "$ROOT/tests/tty/preload/slow_dns.c", '-ldl']);
is($built->{status}, 0, 'the slow resolver is built') or BAIL_OUT($built->{err});
my %slow = (LD_PRELOAD => "$dir/slow_dns.so", SLOW_DNS => "$dir/hang");

my $server = PgtopTest::Server->start(tcp => 1);
my @options = ('-p', $server->{port}, '-U', 'postgres', '-d', 'postgres', '--interval=0.5');

sub answers_keys
{
	my ($screen, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$screen->keys('2');
	$screen->shows(qr/^activity\b/m, "$what: 2 is answered");
	$screen->keys('?');
	$screen->shows(qr/^help\b/m, "$what: ? is answered");
	$screen->keys('Escape', '1');
	$screen->shows(sub { $_[0] !~ /^help/m }, "$what: Esc is answered");
}

# From the start.
my $screen = PgtopTest::Screen->new(command => [@PGTOP, '-h', 'slow.example', @options, '--connect-timeout=30'], env => \%slow,
	width => 100, height => 30);
$screen->shows(qr/\? help  q quit/, 'the screen opens while the name is being resolved');
answers_keys($screen, 'resolving');
my $pid = $screen->pid;
my @resolvers = children_of($pid);
cmp_ok(scalar @resolvers, '<=', 1, 'one resolver at most');
$screen->keys('q');
is($screen->wait_ended, '0 but true', 'q ends it at once');
wait_for { !grep { kill 0, $_ } @resolvers } 20, 'the resolver to end';
pass('and the resolver');
$screen->close;

# One slow name does not keep us from the next host.
my $report = run_pgtop(['-h', 'slow.example,localhost', @options, '--once', '--connect-timeout=1', '--format=json'], env => \%slow);
is($report->{status}, 0, 'of several hosts the one that can be resolved is used') or diag($report->{err});
my $none = run_pgtop(['-h', 'slow.example', @options, '--once', '--connect-timeout=1'], env => \%slow);
is($none->{status}, 3, 'with --once the deadline ends it: exit 3');
like($none->{err}, qr/slow\.example/, 'and the name is said');

# Later: the server goes while names cannot be resolved.
$screen = PgtopTest::Screen->new(command => [@PGTOP, '-h', 'localhost', @options], env => \%slow, width => 100, height => 30);
$screen->wait_until(qr/live \d\d:\d\d:\d\d/);
write_file("$dir/hang", '');
$server->stop;
$screen->shows(qr/^\S.*\bDOWN\b/, 'the server is down and its name cannot be resolved');
$server->up;
answers_keys($screen, 'down, resolving');
cmp_ok(scalar(children_of($screen->pid)), '<=', 1, 'one resolver at most');
unlink "$dir/hang";
$screen->shows(qr/live \d\d:\d\d:\d\d/, 'live again once the name is there', 60);
$screen->keys('q');
$screen->wait_ended;

done_testing;
