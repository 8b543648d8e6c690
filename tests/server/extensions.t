# An extension that comes, moves to a schema with a hostile name, grows and goes while somebody looks on.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;
use Time::HiRes ();

my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
my $HOSTILE = q{we"ird; DROP TABLE orders; -- '{schema}' $1};
(my $quoted = $HOSTILE) =~ s/"/""/g;
$server->psql(<<"END");
CREATE ROLE mon LOGIN;
GRANT pg_monitor TO mon;
CREATE TABLE orders (id int PRIMARY KEY, status text);
INSERT INTO orders VALUES (1, 'new');
CREATE SCHEMA "$quoted";
GRANT USAGE ON SCHEMA "$quoted" TO mon;
END

# A test: the pane has the statement, counted as the server counts it.
sub is_there
{
	my ($what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $report = once($server, { user => 'mon' });
	is(pane($report, 'slow_queries')->{state}, 'ok', "$what: the pane is there") or diag(pane($report, 'slow_queries')->{reason});
	my ($row) = grep { ($_->{query} // '') =~ /^SELECT status FROM orders WHERE id/ } rows($report, 'slow_queries');
	ok($row, "$what: with the statement and its text") or return;
	my $schema = $server->psql(q{SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'pg_stat_statements'});
	is($row->{calls}, $server->psql("SELECT calls FROM $schema.pg_stat_statements(true) WHERE query LIKE 'SELECT status FROM orders WHERE id%'"),
		"$what: called as often as the server says");
}

is(pane(once($server, { user => 'mon' }), 'slow_queries')->{state}, 'unavailable', 'without the extension there is no pane');
$server->psql(qq{CREATE EXTENSION pg_stat_statements SCHEMA "$quoted"});
$server->psql('SELECT status FROM orders WHERE id = 1') for 1 .. 3;
is_there('in a schema with a hostile name');
is($server->psql('SELECT count(*) FROM orders'), 1, 'whose words are only a name');

# A name that cannot be shown as it is cannot be sent as it is.
$server->psql(q{CREATE SCHEMA E'two\nlines'; GRANT USAGE ON SCHEMA E'two\nlines' TO mon} =~ s/E'two\\nlines'/U&"two\\000Alines"/gr);
$server->psql('ALTER EXTENSION pg_stat_statements SET SCHEMA U&"two\000Alines"');
my $pane = pane(once($server, { user => 'mon' }), 'slow_queries');
is($pane->{state}, 'unavailable', 'a name with a line feed: unavailable');
ok(defined $pane->{reason} && length $pane->{reason}, 'and why is said');
$server->psql(qq{ALTER EXTENSION pg_stat_statements SET SCHEMA "$quoted"});

# While the screen looks on. r asks now: what came since is there at once, not after the minute in which it would be noticed by itself.
# Each step is proved by a statement that was not there before; its text may be asked for again after a second.
my $config = write_file(temp_dir() . '/config.json', '{ "limits": { "retry_unknown_texts_s": 1 } }');
my $screen = PgtopTest::Screen->new(width => 160, height => 50,
	command => [@PGTOP, $server->connection_options(user => 'mon'), '--interval=0.5', '--pane=slow_queries', "--config=$config"]);
my $missing = qr/queries  unavailable: /;

# A test: a statement that is sent now comes to be seen. `asked`: somebody presses r, once.
sub comes
{
	my ($name, $asked, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$server->psql("CREATE TABLE orders_$name (status text)");
	$server->psql("SELECT status FROM orders_$name");
	$screen->keys('r') if $asked;
	my $ago = Time::HiRes::time();
	$screen->shows(sub {
		# The collector is asked every ten seconds; so often r is pressed that this test need not wait for that.
		if ($asked && Time::HiRes::time() - $ago > 2) {
			$ago = Time::HiRes::time();
			$screen->keys('r');
		}
		$_[0] =~ /SELECT status FROM orders_$name/ && $_[0] !~ $missing;
	}, $what);
}

$screen->shows(qr/SELECT status FROM orders/, 'the screen shows what is there');
$screen->keys('\\');
$screen->type('query:orders');
$screen->keys('Enter');
comes('before', 1, 'and what comes');
$server->psql('ALTER EXTENSION pg_stat_statements SET SCHEMA public');
comes('moved', 0, 'moved to another schema: nobody need do anything');
$server->psql('DROP EXTENSION pg_stat_statements');
$screen->keys('r');
$screen->shows($missing, 'dropped: it says so');
$server->psql('CREATE EXTENSION pg_stat_statements');
comes('created', 1, 'created again, asked now: it is back');
my $oldest = $server->psql(q{SELECT min(version) FROM pg_available_extension_versions WHERE name = 'pg_stat_statements' AND version IN ('1.8', '1.9')});
$server->psql("DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements VERSION '$oldest'");
comes('older', 1, "version $oldest: it is asked as that wants it");
$server->psql('ALTER EXTENSION pg_stat_statements UPDATE');
comes('updated', 1, 'updated: it is asked anew');
$screen->keys('q');
$screen->wait_ended;
$screen->close;

# Before anybody could read which extensions there are, none is said to be missing.
my $locker = $server->session;
$locker->query('BEGIN; LOCK TABLE pg_extension IN ACCESS EXCLUSIVE MODE');
$screen = PgtopTest::Screen->new(width => 160, height => 50,
	command => [@PGTOP, $server->connection_options(user => 'mon'), '--interval=0.5', '--pane=slow_queries']);
$screen->shows(qr/queries  skipped: which extensions this database has could not be read yet/, 'pg_extension locked: skipped, not unavailable');
$screen->keys('1');
$screen->shows(sub { $_[0] =~ /^findings/m && $_[0] !~ /pg_stat_statements/ }, 'and no finding says that it is missing');
$locker->query('ROLLBACK');
$screen->keys('4');
$screen->shows(qr/SELECT status FROM orders/, 'then it is read');

# Another session of the same server.
$server->psql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mon'});
$screen->shows(sub { $_[0] =~ /live \d\d:/ && $_[0] !~ /queries  stale/ && $_[0] =~ /SELECT status FROM orders/ }, 'after a connection was lost the texts are there');
$screen->keys('q');
$screen->wait_ended;
$screen->close;
unlike($server->log_text, qr/syntax error/, 'no statement was broken by a name');

done_testing;
