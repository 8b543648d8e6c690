# Every statement of ours says whose it is: pg_stat_statements, as a superuser reads it, has no entry of our role without the mark.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $MARK = '/* pgtop-prod */';
my $server = PgtopTest::Server->start(conf => <<'END');
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
pg_stat_statements.track_utility = on
END
$server->psql(<<'END');
CREATE EXTENSION pg_stat_statements;
CREATE ROLE mon LOGIN;
GRANT pg_monitor TO mon;
CREATE ROLE bare LOGIN;
CREATE TABLE orders (id int PRIMARY KEY, status text);
CREATE INDEX orders_status_idx ON orders (status);
CREATE MATERIALIZED VIEW totals AS SELECT status, count(*) FROM orders GROUP BY 1;
GRANT ALL ON orders TO bare;
END

sub texts
{
	my ($role) = @_;
	return split /\x1e/, $server->psql("SELECT string_agg(query, chr(30) ORDER BY query)\n"
		. "FROM pg_stat_statements(true) AS s JOIN pg_roles AS r ON r.oid = s.userid WHERE r.rolname = '$role'");
}

# A test: nothing of the role's is without the mark, and it is behind the first word.
sub all_marked
{
	my ($role, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	# pg_get_viewdef() asks by itself, in words of its own, which are counted with pg_stat_statements.track = all.
	my @texts = grep { !/^SELECT \* FROM pg_catalog\.pg_rewrite WHERE ev_class = \$1/ } texts($role);
	cmp_ok(scalar @texts, '>', 5, "$what: there are entries");
	is(join("\n--\n", grep { !m{^[\s(]*[A-Z]+ \Q$MARK\E\s} } @texts), '', "$what: each has the mark behind its first word");
}

$server->psql('SELECT pg_stat_statements_reset()');
for my $role (qw(mon bare)) {
	my $holder = $server->session(user => 'postgres');
	$holder->query('BEGIN; LOCK TABLE orders');
	once($server, { user => $role });
	$holder->query('ROLLBACK');
	all_marked($role, "$role, --once");
}

# The screen: with details open, through a minute's facts, asked again and again.
my $screen = PgtopTest::Screen->new(width => 160, height => 50,
	command => [@PGTOP, $server->connection_options(user => 'mon'), '--interval=0.3']);
$screen->shows(qr/live \d\d:\d\d:\d\d/, 'the screen comes alive');
for my $pane (2 .. 7) {
	$screen->keys($pane);
	$screen->keys('r');
	$screen->keys('Enter');
	$screen->keys('Escape');
}
$screen->shows(qr/live \d\d:\d\d:\d\d/, 'and goes on');
$screen->keys('q');
$screen->wait_ended;
$screen->close;
all_marked('mon', 'the screen');

# What --show-sql prints has it, too: it is what is sent.
my $shown = run_pgtop(['--show-sql'])->{out};
my @shown = grep { /\S/ } split /;\n/, $shown =~ s/^--.*\n//mgr;
cmp_ok(scalar @shown, '>', 20, '--show-sql prints statements');
is(join("\n--\n", grep { !m{^[\s(]*[A-Z]+ \Q$MARK\E(?:\s|\z)} && !/^STATEMENT\z/ } @shown), '', '--show-sql prints the mark');

done_testing;
