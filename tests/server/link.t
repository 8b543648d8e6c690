# How a connection comes about, or does not: everything psql understands, and one clear line with the right exit status where it fails.
use strict;
use warnings;
use lib 'tests/lib';

use IO::Socket::INET;
use JSON::PP ();

use PgtopTest;
use Test::More;

my ($primary, $standby) = PgtopTest::Server->start_pair(tcp => 1, hba => <<'END');
local all         postgres trust
local replication all      trust
local all         all      scram-sha-256
host  all         all      127.0.0.1/32 scram-sha-256
END
$primary->psql(<<'END');
SET password_encryption = 'scram-sha-256';
CREATE ROLE secret LOGIN PASSWORD 'geheim' CONNECTION LIMIT 5;
CREATE ROLE limited LOGIN PASSWORD 'geheim' CONNECTION LIMIT 1;
CREATE DATABASE shop;
END
$primary->wait_replayed($standby);
my $dir = temp_dir();
my ($host, $port) = ($primary->{host}, $primary->{port});
my %password = (PGPASSWORD => 'geheim');

sub report
{
	my ($arguments, %env) = @_;
	my $result = run_pgtop([@$arguments, '--once', '--format=json', '--pane=locks'], env => \%env);
	return { error => "exit $result->{status}: $result->{err}" } if $result->{status};
	return JSON::PP->new->utf8->decode($result->{out});
}

sub connects
{
	my ($what, $arguments, $env, %want) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $report = report($arguments, %{ $env || {} });
	is($report->{error}, undef, "$what: connects") or return;
	is($report->{server}{$_}, $want{$_}, "$what: $_ is $want{$_}") for sort keys %want;
}

sub refuses
{
	my ($what, $arguments, $env, $status, $says, $lines) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = run_pgtop([@$arguments, '--once'], env => $env || {});
	is($result->{status}, $status, "$what: exit $status") or diag($result->{err});
	is($result->{signal}, 0, "$what: no crash");
	is($result->{out}, '', "$what: nothing on stdout");
	like($result->{err}, $says, "$what: says why");
	is(($result->{err} =~ tr/\n//), $lines || 1, "$what: in one line for each address") or diag($result->{err});
	unlike($result->{err}, qr/geheim/, "$what: shows no password");
}

# The ways to say where.
my @to = ('-h', $host, '-p', $port);
connects('options', [@to, '-U', 'postgres', '-d', 'shop'], {}, database => 'shop', user => 'postgres', role => 'primary');
connects('long options', ["--host=$host", "--port=$port", '--username=postgres', '--dbname=shop'], {}, database => 'shop');
connects('a database as the word', [@to, '-U', 'postgres', 'shop'], {}, database => 'shop');
connects('conninfo as the word', ["host=$host port=$port user=postgres dbname=shop"], {}, database => 'shop');
connects('conninfo behind -d', ['-d', "host=$host port=$port user=postgres dbname=shop"], {}, database => 'shop');
connects('conninfo above options, as psql has it', ['-h', '/nowhere', '-p', 1, "host=$host port=$port user=postgres dbname=shop"], {},
	database => 'shop');
my $encoded = $host =~ s{/}{%2F}gr;
connects('URI', ["postgresql://postgres\@$encoded:$port/shop"], {}, database => 'shop');
connects('URI with a TCP host', ["postgres://secret:geheim\@127.0.0.1:$port/shop"], {}, database => 'shop', user => 'secret');
connects('environment', [], { PGHOST => $host, PGPORT => $port, PGUSER => 'postgres', PGDATABASE => 'shop' }, database => 'shop');
connects('PGHOSTADDR', [], { PGHOSTADDR => '127.0.0.1', PGPORT => $port, PGUSER => 'secret', PGDATABASE => 'shop', %password },
	database => 'shop');
connects('the role gives the database', [@to, '-U', 'postgres'], {}, database => 'postgres');
connects('a name that must be resolved', ['-h', 'localhost', '-p', $port, '-U', 'secret', 'shop'], \%password, host => 'localhost');
connects("the user's own options stay below our limits", [@to, '-U', 'postgres'],
	{ PGOPTIONS => '-c statement_timeout=1 -c default_transaction_read_only=off' }, user => 'postgres');
connects('another client encoding', [@to, '-U', 'postgres'], { PGCLIENTENCODING => 'LATIN1', PGDATESTYLE => 'German', PGTZ => 'Asia/Tokyo' },
	user => 'postgres');

# Passwords.
my @tcp = ('-h', '127.0.0.1', '-p', $port, '-U', 'secret', '-d', 'shop');
connects('PGPASSWORD', [@tcp], \%password, user => 'secret');
write_file("$dir/pass", "127.0.0.1:$port:shop:secret:geheim\n", 0600);
connects('PGPASSFILE', [@tcp], { PGPASSFILE => "$dir/pass" }, user => 'secret');
connects('passfile in conninfo', ["host=127.0.0.1 port=$port user=secret dbname=shop passfile=$dir/pass"], {}, user => 'secret');
write_file("$ENV{HOME}/.pgpass", "localhost:$port:*:secret:geheim\n", 0600);
connects('.pgpass, by the name of the host', ['-h', 'localhost', '-p', $port, '-U', 'secret', '-d', 'shop'], {}, host => 'localhost');
unlink "$ENV{HOME}/.pgpass";
refuses('a wrong password', [@tcp], { PGPASSWORD => 'falsch' }, 3, qr/password authentication failed for user "secret"/);
refuses('no password, and none may be asked for', [@tcp, '-w'], {}, 3, qr/password/);
refuses('a wrong password in .pgpass', [@tcp], { PGPASSFILE => write_file("$dir/wrong", "*:*:*:*:falsch\n", 0600) }, 3, qr/password/);
refuses('a host that pg_hba.conf does not let in', ['-h', '127.0.0.1', '-p', $port, '-U', 'nobody', '-d', 'shop', '-w'], {}, 3, qr/./);

# Services.
write_file("$dir/service.conf", "[shop]\nhost=$host\nport=$port\nuser=postgres\ndbname=shop\n[other]\nhost=/nowhere\n");
my %services = (PGSERVICEFILE => "$dir/service.conf");
connects('a service in conninfo', ['service=shop'], \%services, database => 'shop');
connects('PGSERVICE', [], { %services, PGSERVICE => 'shop' }, database => 'shop');
connects('options above a service', ['-d', 'service=other', @to, '-U', 'postgres'], \%services, user => 'postgres');
refuses('a service that does not exist', ['service=none'], \%services, 2, qr/none/);
refuses('a malformed service file', ['service=shop'], { PGSERVICEFILE => write_file("$dir/bad.conf", "[shop]\nnonsense\n") }, 2, qr/\S/);

# Nobody there.
my $dead = free_port();
refuses('nobody listens', ['-h', '127.0.0.1', '-p', $dead], {}, 3, qr/127\.0\.0\.1.*$dead.*[Cc]onnection refused/);
refuses('no such socket', ['-h', $dir], {}, 3, qr/\Q$dir\E.*No such file/);
refuses('no such host', ['-h', 'no-such-host.invalid'], {}, 3, qr/no-such-host\.invalid/);
# It takes the connection and says nothing; the address is one of this machine's own.
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.2', LocalPort => $port, Listen => 16) or die "127.0.0.2:$port: $!";
my $patient = '--connect-timeout=' . patience(0.5);
refuses('a host that does not answer', ['-h', '127.0.0.2', '-p', $port, $patient], {}, 3, qr/127\.0\.0\.2.*no answer/);
refuses('no such database', [@to, '-U', 'postgres', '-d', 'nothing'], {}, 3, qr/database "nothing" does not exist/);
refuses('no such role', [@to, '-U', "postgres\e[31m", '-d', 'shop', '-w'], {}, 3, qr/^[^\e]*$/);

# Several hosts, a standby among them.
my $hosts = "127.0.0.1,127.0.0.1";
my @several = ('-h', $hosts, '-p', "$dead,$port", '-U', 'secret', '-d', 'shop');
connects('a first host where nobody listens', [@several], \%password, user => 'secret', role => 'primary');
connects('a first host that does not answer', ['-h', '127.0.0.2,127.0.0.1', '-p', $port, '-U', 'secret', '-d', 'shop', $patient],
	\%password, role => 'primary');
connects('a first host that does not exist', ['-h', 'no-such-host.invalid,localhost', '-p', $port, '-U', 'secret', '-d', 'shop'],
	\%password, role => 'primary');
connects('sockets and addresses in one URI', ["postgresql://secret:geheim\@127.0.0.1:$dead,127.0.0.1:$port/shop"], {}, user => 'secret');
refuses('two hosts, nobody on either', ['-h', $hosts, '-p', "$dead," . free_port()], {}, 3, qr/[Cc]onnection refused/, 2);
my $ports = "$standby->{port},$port";
my $both = "host=$hosts port=$ports user=secret dbname=shop";
connects('any', [$both], \%password, role => 'standby');
connects('read-write over a list with a standby', ["$both target_session_attrs=read-write"], \%password, role => 'primary');
connects('primary', ["$both target_session_attrs=primary"], \%password, role => 'primary');
connects('read-only', ["host=$hosts port=$port,$standby->{port} user=secret dbname=shop target_session_attrs=read-only"], \%password,
	role => 'standby');
connects('prefer-standby', ["host=$hosts port=$port,$standby->{port} user=secret dbname=shop target_session_attrs=prefer-standby"],
	\%password, role => 'standby');
connects('prefer-standby where there is none', ["host=127.0.0.1 port=$port user=secret dbname=shop target_session_attrs=prefer-standby"],
	\%password, role => 'primary');
connects('PGTARGETSESSIONATTRS', [$both], { %password, PGTARGETSESSIONATTRS => 'read-write' }, role => 'primary');
refuses('read-write where there is only a standby',
	["host=127.0.0.1 port=$standby->{port} user=secret dbname=shop target_session_attrs=read-write"], \%password, 3, qr/read-only|standby/);

# Servers that do not take us now, but may later.
my $only = $primary->session(user => 'limited', env => \%password);
refuses('too many connections', [@to, '-U', 'limited', '-d', 'shop'], \%password, 3, qr/too many connections/);
$only->close;

# A server that only says no, in the protocol's own words. Each connection's start-up packet is kept.
sub saying_server
{
	my ($severity, $state, $message) = @_;
	require IO::Socket::INET;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 5) or die "socket: $!";
	my $file = temp_dir() . '/startup';
	background(sub {
		while (my $client = $listener->accept) {
			while (1) {
				my ($head, $body) = ('', '');
				read($client, $head, 4) == 4 or last;
				read $client, $body, unpack('N', $head) - 4;
				if (unpack('N', $body) != 196608) {
					print $client 'N';     # no TLS, no GSS
					$client->flush;
					next;
				}
				write_file($file, substr $body, 4);
				my $error = join('', map { "$_\0" } "S$severity", "V$severity", "C$state", "M$message") . "\0";
				print $client 'E' . pack('N', 4 + length $error) . $error;
				last;
			}
			close $client;
		}
	});
	return ($listener->sockport, $file);
}
my ($starting) = saying_server('FATAL', '57P03', 'the database system is starting up');
refuses('a server that is starting up', ['-h', '127.0.0.1', '-p', $starting, '-U', 'x', '--connect-timeout=1'], {}, 3, qr/starting up/);
my ($full, $startup) = saying_server('FATAL', '53300', "sorry, too many clients \e]0;x\a already \xe2\x80\xae more");
refuses('a server with too many clients, and escapes in what it says', ['-h', '127.0.0.1', '-p', $full, '-U', 'x', '--connect-timeout=1'],
	{}, 3, qr/^[^\e\a]*sorry, too many clients [^\e\a]*x1b[^\e\a]*U\+202E[^\e\a]*$/);
my %sent = split /\0/, read_file($startup);
is($sent{application_name}, 'pgtop-prod', 'our name is in the start-up packet');
is($sent{client_encoding}, 'UTF8', 'and the encoding');
like($sent{options}, qr/default_transaction_read_only=on/, 'our session is read-only from the start');
like($sent{options}, qr/-c *$_=/, "and limits itself: $_") for qw(lock_timeout statement_timeout search_path jit);

# TLS, with an authority of our own.
SKIP: {
	my $keys = $primary->use_tls or skip 'this server is built without TLS', 1;
	my $tls = "port=$port user=secret dbname=shop";
	connects('verify-full', ["host=localhost $tls sslmode=verify-full sslrootcert=$keys/authority.crt"], \%password, host => 'localhost');
	connects('verify-full by environment', ['-h', 'localhost', '-p', $port, '-U', 'secret', 'shop'],
		{ %password, PGSSLMODE => 'verify-full', PGSSLROOTCERT => "$keys/authority.crt" }, host => 'localhost');
	connects('require', ["host=127.0.0.1 $tls sslmode=require"], \%password, user => 'secret');
	connects('verify-full over a list with a dead host',
		["host=127.0.0.1,localhost port=$dead,$port user=secret dbname=shop sslmode=verify-full sslrootcert=$keys/authority.crt"],
		\%password, user => 'secret');
	refuses('a name that the certificate does not have', ["host=127.0.0.1 $tls sslmode=verify-full sslrootcert=$keys/authority.crt"],
		\%password, 3, qr/certificate/);
	refuses('an authority nobody trusts', ["host=localhost $tls sslmode=verify-full sslrootcert=$keys/stranger.crt"], \%password, 3,
		qr/certificate verify failed/);
	refuses('a root certificate that is not there', ["host=localhost $tls sslmode=verify-full sslrootcert=$keys/none.crt"], \%password, 3,
		qr/none\.crt|root certificate/);
}

# Bad usage: exit 2, one line that names the word.
for my $bad (
	[['--nope'], 'nope'], [['-x'], 'x'], [['--format=xml'], 'xml'], [['--interval=0'], '0'], [['--interval=fast'], 'fast'],
	[['-s', '4000'], '4000'], [['--pane=nope'], 'nope'], [['--show-sql=nope'], 'nope'], [['--connect-timeout=soon'], 'soon'],
	[['--port=abc'], 'abc'], [['--theme=nope'], 'nope'], [['--format=csv'], 'pane'],
	[['--format=csv', '--pane=locks', '--pane=stats'], 'pane'], [['one', 'two', 'three'], 'two'], [['-w', '-W'], '-W'],
	[['--interval'], 'interval'], [['host=x nonsense=y'], 'nonsense'], [['postgresql://[::1/x'], ''],
	[["--\e[31mred"], 'red'], [['--theme=/nowhere/x.json'], 'nowhere'], [['--demo', '-h', 'x'], 'demo'],
) {
	my ($arguments, $word) = @$bad;
	my $what = join(' ', @$arguments) =~ s/\e/\\e/gr;
	refuses("bad usage, $what", $arguments, {}, 2, qr/^[^\e]*\Q$word\E/);
}

done_testing;
