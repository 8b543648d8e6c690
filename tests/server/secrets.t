# Passwords in statements that run, or ran last: nowhere to be seen.
use strict;
use warnings;
use lib 'tests/lib';

use JSON::PP ();
use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start;
$server->psql('CREATE ROLE sec LOGIN; CREATE TABLE orders (id int)');

my $idle = $server->session;
$idle->query("ALTER ROLE sec PASSWORD 'hunter3secret'");
my $holder = $server->session;
$holder->query('BEGIN; LOCK TABLE orders');
$holder->query("CREATE ROLE other PASSWORD \$x\$hunter3secret\$x\$");
my $waiting = $server->session;
$waiting->send("INSERT INTO orders SELECT length(password) FROM (SELECT 1, 'x' AS password) AS s WHERE password = E'hunter3\\'secret'");
$waiting->until_waiting;

my $report = once($server);
my %by_pid = map { $_->{pid} => $_->{query} } rows($report, 'activity');
is($by_pid{ $idle->pid }, "ALTER ROLE sec PASSWORD '***';", 'what ran last');
is($by_pid{ $holder->pid }, "CREATE ROLE other PASSWORD '***';", 'in a transaction');
like($by_pid{ $waiting->pid }, qr/WHERE password = '\*\*\*';$/, 'what waits');
unlike(JSON::PP->new->encode($report), qr/hunter3/, 'nowhere in a report');
unlike(once_text($server), qr/hunter3/, 'nor as text');

my $screen = PgtopTest::Screen->new(width => 160, height => 50, command => [@PGTOP, $server->connection_options]);
$screen->shows(qr/live \d\d:\d\d:\d\d/, 'the screen comes alive');
for my $pane (2, 3) {
	$screen->keys($pane, 'a');
	$screen->shows(qr/ROLE (sec|other) PASSWORD '\*\*\*'/, "pane $pane");
	unlike($screen->capture, qr/hunter3/, 'nor there');
}
$screen->keys('q');
done_testing;
