# The view of rights against real roles: each line it shows is whole, and run as it stands it opens what it says; a superuser's lines make a role
# from which nothing is hidden.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
$server->psql(<<'END');
CREATE ROLE app LOGIN;
CREATE ROLE "Bare 1" LOGIN;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO app, "Bare 1";
CREATE TABLE orders (id int PRIMARY KEY)
END
my $app = $server->session(user => 'app');
$app->query('SELECT count(*) FROM pg_class');

sub rights_of
{
	my ($user) = @_;
	my $screen = PgtopTest::Screen->new(width => 160, height => 40,
		command => [@PGTOP, $server->connection_options(user => $user), '--interval=0.3']);
	$screen->wait_until(qr/ live \d\d:\d\d:\d\d$/m);
	$screen->type(':rights');
	$screen->keys('Enter');
	$screen->wait_until(sub { $_[0] =~ /^rights  /m && $_[0] !~ /Not asked yet/ }, 'the view of rights, of all panes');
	return $screen;
}

# The lines to copy, each one whole on its line of this wide screen.
sub lines_of
{
	my ($screen) = @_;
	return $screen->capture =~ /^  \d+  (\S.*;)\s*$/mg;
}

subtest 'a role without rights' => sub {
	my $screen = rights_of('Bare 1');
	$screen->wait_until(sub { $_[0] =~ /GRANT pg_read_all_stats TO "Bare 1";/ && $_[0] =~ /CREATE EXTENSION pg_stat_statements;/ },
		'the lines of both');
	$screen->shows(qr/^rights  \d+ lines open what is hidden from Bare 1/m, 'they are counted');
	$screen->shows(qr/^ +activity +\d+ of \d+ rows$/m, 'of activity: how many rows are hidden');
	$screen->shows(qr/^ +queries +all of it: pg_stat_statements is loaded, but not created in postgres/m, 'of queries: why there are none');
	my @lines = lines_of($screen);
	is(scalar(grep { $_ eq 'GRANT pg_read_all_stats TO "Bare 1";' } @lines), 1, 'one line for all that it opens');
	$server->psql($_) for @lines;
	$screen->keys('r');
	$screen->wait_until(sub { $_[0] =~ /^rights  (?:nothing is hidden from|no line opens more to) Bare 1/m }, 'run as they stand, they open it');
	is_deeply([lines_of($screen)], [], 'nothing is left to be run');
	$screen->keys('Escape', '2', 'a');
	$screen->wait_until(qr/SELECT count\(\*\) FROM pg_class/);
	$screen->shows(qr/\bapp\b.*SELECT count/, 'what was hidden is there');
	$screen->close;
};

subtest 'a superuser' => sub {
	my $screen = rights_of('postgres');
	$screen->shows(qr/^rights  postgres is a superuser/m, 'is told that it is one');
	my @lines = lines_of($screen);
	is_deeply(\@lines, ['CREATE ROLE monitor LOGIN;', 'GRANT pg_monitor TO monitor;', 'GRANT CONNECT ON DATABASE postgres TO monitor;'],
		'and which lines make a smaller role');
	$server->psql($_) for @lines;
	$screen->close;
};

subtest 'the smaller role' => sub {
	my $screen = rights_of('monitor');
	$screen->shows(qr/^rights  (?:nothing is hidden from|no line opens more to) monitor/m, 'nothing is hidden from it');
	$screen->keys('Escape', '2', 'a');
	$screen->wait_until(qr/SELECT count\(\*\) FROM pg_class/);
	$screen->shows(qr/\bapp\b.*SELECT count/, 'it sees the sessions of others');
	$screen->close;
};

done_testing();
