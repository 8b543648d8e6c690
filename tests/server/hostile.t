# Text from a server is hostile: escapes, control, bidi and zero-width characters and bytes that are no characters, in query texts,
# role, application and database names and errors. All of it is shown, none of it raw; and no encoding costs a pane.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use Encode ();
use JSON::PP ();
use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start(conf => "shared_preload_libraries = 'pg_stat_statements'\n");
my $evil = "ev\e[31mil\a\x{9b}5m\x{202e}\x{200b}\x{7f}\r\n";
my $quoted = sub { '"' . ($_[0] =~ s/"/""/gr) . '"' };
$server->psql("CREATE ROLE @{[$quoted->($evil)]} LOGIN; CREATE DATABASE @{[$quoted->($evil)]}; CREATE TABLE @{[$quoted->($evil)]} (i int);"
	. "GRANT ALL ON @{[$quoted->($evil)]} TO @{[$quoted->($evil)]}");
$server->psql("CREATE DATABASE $_->[0] TEMPLATE template0 ENCODING '$_->[1]' LC_COLLATE 'C' LC_CTYPE 'C'")
	for ['ascii', 'SQL_ASCII'], ['latin', 'LATIN1'], ['windows', 'WIN1252'], ['japan', 'EUC_JP'];

# Where we connect, an index and a view have such names, and statements such texts.
my @connected = ('postgres', $evil, 'latin', 'ascii', 'windows', 'japan');
for my $dbname (@connected) {
	my $name = $quoted->($dbname =~ /^(?:latin|windows|japan)$/ ? "ev\e[31mil\a\x7f\r\n" : $evil);
	my ($index, $view) = map { $name =~ s/"\z/$_"/r } qw(index view);
	$server->psql("CREATE EXTENSION pg_stat_statements; CREATE TABLE plain (i int); CREATE INDEX $index ON plain (i);"
		. "CREATE MATERIALIZED VIEW $view AS SELECT i AS $name FROM plain", dbname => Encode::encode('UTF-8', $dbname));
}

# Sessions that sit there with such texts: a lock on a table of that name by a role of that name, and its waiter.
my $table = $quoted->($evil);
my $holder = $server->session(user => Encode::encode('UTF-8', $evil), application => Encode::encode('UTF-8', "app\e[2J\x{202e}x"));
$holder->query("BEGIN; LOCK TABLE $table; SELECT 'a\e]0;title\a\x{9b}31m\x{202e}\x{200b}\x{feff}\x{2066}\x{ad}\x{e000}日本語e\x{301}'");
my $waiter = $server->session(user => Encode::encode('UTF-8', $evil), dbname => 'postgres');
$waiter->send("/* \e[31m */ SELECT * FROM $table")->until_waiting;
my $elsewhere = $server->session(dbname => Encode::encode('UTF-8', $evil));
$elsewhere->query("SELECT 'elsewhere'");

# Bytes that are no UTF-8: a session may send what it likes to a database in SQL_ASCII.
sub raw_session
{
	my ($dbname, $encoding, $bytes) = @_;
	my $session = $server->session(dbname => $dbname, env => { PGCLIENTENCODING => $encoding });
	print { $session->{in} } "$bytes;\n";
	return $session;
}
my @raw = (
	raw_session('ascii', 'SQL_ASCII', "SELECT 'raw \xff\xfe\xe9\x81 \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80 end', pg_sleep(1000)"),
	raw_session('latin', 'LATIN1', "SELECT 'latin \xe9\x81\x9b end', pg_sleep(1000)"),
);
$server->wait_sql(q{SELECT count(*) = 2 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}, 'the raw texts');

# What must not be in any output: control characters but line feeds, C1, DEL, format characters.
sub is_clean
{
	my ($bytes, $what, $allowed) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $text = eval { Encode::decode('UTF-8', my $copy = $bytes, Encode::FB_CROAK) };
	ok(defined $text, "$what: is valid UTF-8") or return;
	$text =~ s/$allowed//g if $allowed;
	my @bad = $text =~ /([\x00-\x09\x0b-\x1f\x7f-\x9f]|\p{Cf}|\x{2028}|\x{2029})/g;
	is(join(' ', map { sprintf 'U+%04X', ord } @bad), '', "$what: has nothing raw");
	return $text;
}

sub check_strings
{
	my ($value) = @_;
	return map { check_strings($_) } values %$value if ref $value eq 'HASH';
	return map { check_strings($_) } @$value if ref $value eq 'ARRAY';
	return () if !defined $value || ref $value;
	return $value =~ /[\x00-\x08\x0b-\x1f\x7f-\x9f]|\p{Cf}/ ? ($value) : ();
}

for my $dbname (@connected) {
	my $what = 'connected to ' . ($dbname eq $evil ? 'a database of a hostile name' : $dbname);
	my $raw = Encode::encode('UTF-8', $dbname);
	my $result = run_pgtop(once_command($server, { dbname => $raw }));
	is($result->{status}, 0, "$what: exit 0") or diag($result->{err});
	my $text = is_clean($result->{out}, "$what: text") // '';
	my $json = run_pgtop(once_command($server, { dbname => $raw }, '--format=json'));
	is_clean($json->{out}, "$what: JSON");
	my $report = eval { JSON::PP->new->utf8->decode($json->{out}) } || {};
	is(scalar(check_strings($report)), 0, "$what: nothing raw in its strings");
	for my $name (qw(stats activity locks slow_queries unused_indexes matviews)) {
		is($report->{panes}{$name}{state}, 'ok', "$what: $name is ok") or diag($report->{panes}{$name}{reason});
		next if $dbname ne 'postgres';
		my $csv = run_pgtop(once_command($server, { dbname => $raw }, '--format=csv', "--pane=$name"));
		is_clean($csv->{out}, "$what: CSV of $name", qr/\t|\r(?=\n)/);
	}
	like($report->{panes}{$_}{rows}[0]{ { unused_indexes => 'index', matviews => 'matview' }->{$_} } // '', qr/^ev\\x1b\[31mil/,
		"$what: an odd name in $_") for qw(unused_indexes matviews);
	for my $session ($holder, $waiter, $elsewhere, @raw) {
		ok(row_by($report, 'activity', pid => $session->pid), "$what: no session is lost") if $report->{panes};
	}
	next if $dbname ne 'postgres';

	# What it looks like where the server speaks our encoding.
	my $row = row_by($report, 'activity', pid => $holder->pid);
	like($row->{user}, qr/^ev\\x1b\[31mil\\x07/, "$what: an escape in a name shows");
	like($row->{user}, qr/<U\+202E><U\+200B>\\x7f/, "$what: so do bidi, zero-width and DEL");
	like($row->{query}, qr/a\\x1b\]0;title\\x07/, "$what: escapes in a query show");
	like($row->{query}, qr/<U\+202E><U\+200B><U\+FEFF><U\+2066><U\+00AD>/, "$what: format characters in a query show");
	like($row->{query}, qr/日本語e\x{301}/, "$what: what is only foreign stays as it is");
	like(row_by($report, 'activity', pid => $raw[0]->pid)->{query}, qr/raw \x{fffd}.*end/, "$what: bytes that are none show as such");
	like(row_by($report, 'activity', pid => $elsewhere->pid)->{database}, qr/^ev\\x1b\[31mil/, "$what: a database's name");
	like(row_by($report, 'locks', pid => $waiter->pid)->{object}, qr/ev\\x1b\[31mil/, "$what: a table's name");
	like($text, qr/ev\\x1b\[31mil/, "$what: the text shows them the same way");
}

# Errors, ours and the server's.
for my $arguments (['-h', $server->{host}, '-U', 'postgres', '-d', "no\e[31m\x{c2}\x{9b}\x{e2}\x{80}\x{ae}"], ['-h', "/no\e[31m/where"],
	["--no\e[31m"], ['-h', $server->{host}, '-U', "no\e[31m\n\n", '-d', 'postgres']) {
	my $result = run_pgtop([@$arguments, '--once']);
	cmp_ok($result->{status}, '>=', 2, 'an error');
	is_clean($result->{err}, 'a message that quotes hostile words');
	is(($result->{err} =~ tr/\n//), 1, 'is one line');
}

# On the terminal: every byte it gets.
my $pty = PgtopTest::Pty->spawn(width => 200, height => 50,
	command => [@PGTOP, $server->connection_options(dbname => Encode::encode('UTF-8', $evil)), '--pane=activity', '--interval=0.3']);
$pty->wait_output(qr/\\x1b\]0;title/, 'the hostile query on the screen');
for my $keys ('a', '3', '1', '4', "\r", "\e", '5', "\r", "\e", '6', "\r", "\e", '2', 'a', "\r", "\e", '/x1b', "\r", '\\ev', "\r") {
	$pty->type($keys)->settle(0.2);
}
my $bytes = $pty->output;
$pty->type('q');
ok(defined eval { Encode::decode('UTF-8', my $copy = $bytes, Encode::FB_CROAK); 1 }, 'the terminal gets valid UTF-8');
unlike($bytes, qr/\e\]0;title/, 'no title is set');
unlike($bytes, qr/\a/, 'nothing rings, and the palette is left alone');
unlike($bytes, qr/\xe2\x80[\x8b-\x8f\xaa-\xae]|\xef\xbb\xbf|\xe2\x81[\xa0-\xaf]/, 'no format character is sent');
unlike($bytes, qr/\xc2[\x80-\x9f]|\x7f/, 'no control character but our own');
unlike($bytes, qr/\e\[31mil/, 'no colour that a name asks for');

done_testing;
