# A throwaway PostgreSQL server: a private directory, a socket in it, a loopback TCP port when asked for, any major version that
# tests/lib/servers knows. Ended and removed when the test ends (Reaper.pm).
#
#	my $server = PgtopTest::Server->start(conf => "max_connections = 20\n", tcp => 1);
#	my ($primary, $standby) = PgtopTest::Server->start_pair;
#	my $text = $server->psql('SELECT 1');          # dies on an error
#	my $session = $server->session(user => 'app'); # a psql kept open
package PgtopTest::Server;

use strict;
use warnings;

use Carp qw(croak);
use Encode ();

use PgtopTest;
use PgtopTest::Reaper;

# What every server of ours has. No autovacuum: it would take locks and snapshots of its own.
my $CONF = <<'END';
listen_addresses = ''
fsync = off
autovacuum = off
max_prepared_transactions = 10
wal_level = logical
wal_keep_size = 512MB
hot_standby = on
shared_buffers = 16MB
timezone = 'UTC'
log_timezone = 'UTC'
log_statement = none
log_min_messages = warning
END

# The programs of a major version: (directory, library directory or undef).
sub programs
{
	my ($major) = @_;
	my $list = "$ROOT/tests/lib/servers";
	if (-x $list) {
		my $known = run_command([$list], seconds => 120);
		for (split /\n/, $known->{out}) {
			my ($version, $bin, $lib) = split ' ';
			next if !defined $lib || $version !~ /^\Q$major\E(?:\.|$)/;
			return ($bin, $lib eq '-' ? undef : $lib);
		}
	}
	my $debian = "/usr/lib/postgresql/$major/bin";
	return ($debian, undef) if -x "$debian/postgres";
	croak "no PostgreSQL $major here: make check-matrix fetches it";
}

# Makes a data directory without starting it. Options: version, conf (added lines), hba (whole pg_hba.conf), tcp, initdb
# (further arguments).
sub init
{
	my ($class, %option) = @_;
	my $dir = temp_dir();
	my $self = bless {
		version => $option{version} || $PG_VERSION, dir => $dir, data => "$dir/data", host => $dir,
		port => $option{tcp} ? free_port() : 5432, tcp => $option{tcp},
	}, $class;
	($self->{bin}, $self->{lib}) = programs($self->{version});
	chown((getpwnam 'postgres')[2, 3], $dir) if $> == 0;

	my $made = $self->run_program('initdb', '-D', $self->{data}, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8',
		'--locale=C.UTF-8', @{ $option{initdb} || [] });
	croak "initdb: $made->{err}" if $made->{status};
	$self->configure($CONF . "unix_socket_directories = '$dir'\nport = $self->{port}\n"
		. ($option{tcp} ? "listen_addresses = '127.0.0.1'\n" : '') . ($option{conf} || ''));
	$self->set_hba($option{hba}) if $option{hba};
	return $self;
}

sub start
{
	my ($class, %option) = @_;
	return $class->init(%option)->up;
}

# A primary and a standby that streams from it. The standby begins as a cold copy, before the primary has ever run: not every
# version here has pg_basebackup.
sub start_pair
{
	my ($class, %option) = @_;
	my $primary = $class->init(%option);
	my $standby = $primary->copy;
	$standby->configure("primary_conninfo = 'host=$primary->{host} port=$primary->{port} user=postgres"
		. " application_name=standby1'\nhot_standby_feedback = on\nwal_receiver_status_interval = 1\n"
		. "max_standby_streaming_delay = -1\n");
	write_file("$standby->{data}/standby.signal", '');
	chown((getpwnam 'postgres')[2, 3], "$standby->{data}/standby.signal") if $> == 0;
	$primary->up;
	$standby->up;
	return ($primary, $standby);
}

# A copy of a stopped server, in a directory of its own.
sub copy
{
	my ($self) = @_;
	my $dir = temp_dir();
	my $copy = bless { %$self, dir => $dir, data => "$dir/data", host => $dir }, ref $self;
	$copy->{port} = free_port() if $self->{tcp};
	chown((getpwnam 'postgres')[2, 3], $dir) if $> == 0;
	my $copied = run_command([as_user(), 'cp', '-a', $self->{data}, $copy->{data}]);
	croak "cp: $copied->{err}" if $copied->{status};
	$copy->configure("unix_socket_directories = '$dir'\nport = $copy->{port}\n");
	return $copy;
}

# Runs one of the server's programs as the user who may.
sub run_program
{
	my ($self, $program, @arguments) = @_;
	my @library = $self->{lib} ? ('env', "LD_LIBRARY_PATH=$self->{lib}") : ();
	return run_command([as_user(), @library, "$self->{bin}/$program", @arguments], dir => '/', seconds => 120);
}

# Adds lines to postgresql.conf; the last one of a name holds.
sub configure
{
	my ($self, $lines) = @_;
	open my $file, '>>', "$self->{data}/postgresql.conf" or croak "postgresql.conf: $!";
	print $file $lines;
	close $file;
	return $self;
}

sub set_hba
{
	my ($self, $lines) = @_;
	write_file("$self->{data}/pg_hba.conf", $lines);
	return $self;
}

# A file in the data directory that the server can read, such as a TLS key.
sub put_file
{
	my ($self, $name, $text, $mode) = @_;
	write_file("$self->{data}/$name", $text, $mode);
	chown((getpwnam 'postgres')[2, 3], "$self->{data}/$name") if $> == 0;
}

# Turns TLS on, with a certificate for `localhost` of an authority of our own. Gives the directory that holds authority.crt and the
# certificate of a stranger, stranger.crt; undef where the server is built without TLS.
sub use_tls
{
	my ($self) = @_;
	return if $self->psql('SHOW ssl_library') eq '';
	my $dir = temp_dir();
	my $made = run_command(['sh', '-ec', <<'END'], dir => $dir);
for name in authority stranger; do
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$name -keyout $name.key -out $name.crt
done
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 2 -out server.crt
END
	croak "openssl: $made->{err}" if $made->{status};
	$self->put_file($_, read_file("$dir/$_"), 0600) for qw(server.key server.crt);
	$self->configure("ssl = on\n")->reload;
	$self->wait_sql('SHOW ssl', 'TLS to be on', gives => 'on');
	return $dir;
}

sub up
{
	my ($self) = @_;
	PgtopTest::Reaper::promise(postmaster => $self->{data});
	my $started = $self->run_program('pg_ctl', 'start', '-w', '-t', '60', '-s', '-D', $self->{data}, '-l', "$self->{data}/log");
	croak "pg_ctl start: $started->{err}" . read_file("$self->{data}/log") if $started->{status};
	return $self;
}

sub stop
{
	my ($self, $mode) = @_;
	my $stopped = $self->run_program('pg_ctl', 'stop', '-w', '-t', '60', '-s', '-D', $self->{data}, '-m', $mode || 'fast');
	croak "pg_ctl stop: $stopped->{err}" if $stopped->{status};
	return $self;
}

sub reload
{
	my ($self) = @_;
	my $done = $self->run_program('pg_ctl', 'reload', '-s', '-D', $self->{data});
	croak "pg_ctl reload: $done->{err}" if $done->{status};
	return $self;
}

sub postmaster_pid
{
	my ($self) = @_;
	return PgtopTest::Reaper::postmaster_pid($self->{data});
}

sub log_text
{
	my ($self) = @_;
	return read_file("$self->{data}/log");
}

# -h -p -U -d, for psql and for the program alike. Options: user, dbname, host.
sub connection_options
{
	my ($self, %option) = @_;
	return ('-h', $option{host} || $self->{host}, '-p', $self->{port}, '-U', $option{user} || 'postgres',
		'-d', $option{dbname} // 'postgres');
}

sub psql_command
{
	my ($self, %option) = @_;
	return ('psql', '-XAtq', $self->connection_options(%option));
}

# The answer as unaligned text without the last line feed; dies when a statement fails. Options: user, dbname, env; bytes => 1
# gives and takes bytes instead of characters.
sub psql
{
	my ($self, $sql, %option) = @_;
	my $in = $option{bytes} ? $sql : Encode::encode('UTF-8', $sql);
	my $result = run_command([$self->psql_command(%option), '-v', 'ON_ERROR_STOP=1'], in => $in, env => $option{env});
	croak "psql: $result->{err}in: $sql" if $result->{status};
	my $out = $option{bytes} ? $result->{out} : Encode::decode('UTF-8', $result->{out});
	$out =~ s/\n\z//;
	return $out;
}

# Waits until a query gives t (or the text wanted).
sub wait_sql
{
	my ($self, $sql, $what, %option) = @_;
	my $want = $option{gives} // 't';
	return wait_for { $self->psql($sql, %option) eq $want } 30, $what || $sql;
}

sub session
{
	my ($self, %option) = @_;
	return PgtopTest::Session->new($self, %option);
}

# Waits until the standby has replayed what the primary has written so far.
sub wait_replayed
{
	my ($self, $standby) = @_;
	my $lsn = $self->psql('SELECT pg_current_wal_lsn()');
	return $standby->wait_sql("SELECT pg_last_wal_replay_lsn() >= '$lsn'::pg_lsn", 'the standby to replay');
}

# Waits until so many sessions wait for a lock.
sub wait_waiting
{
	my ($self, $pid) = @_;
	return $self->wait_sql("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $pid AND NOT granted)", "$pid to wait for a lock");
}

sub version_at_least
{
	my ($self, $major) = @_;
	return $self->{version} >= $major;
}

1;
