# A session that stays open: psql over pipes, so that a test can hold locks, wait behind them, and look.
#
#	my $s = $server->session(user => 'app', application => 'orders-api');
#	$s->query('BEGIN');                 # waits for the answer and gives it; dies on an error
#	$s->send('LOCK TABLE t');           # does not wait
#	$s->wait;                           # until what was sent is answered
package PgtopTest::Session;

use strict;
use warnings;

use Carp qw(croak);
use Encode ();
use IO::Handle;
use IO::Select;
use POSIX ();
use Time::HiRes ();

use PgtopTest;

sub new
{
	my ($class, $server, %option) = @_;
	pipe(my $in_read, my $in_write) or croak "pipe: $!";
	pipe(my $out_read, my $out_write) or croak "pipe: $!";
	my @command = $server->psql_command(%option);
	my $client = fork() // croak "fork: $!";
	if ($client == 0) {
		PgtopTest::child_environment($option{env});
		$ENV{PGAPPNAME} = $option{application} if defined $option{application};
		POSIX::dup2(fileno($in_read), 0);
		POSIX::dup2(fileno($out_write), $_) for 1, 2;
		{ no warnings; exec { $command[0] } @command; }
		POSIX::_exit(127);
	}
	CORE::close $in_read;
	CORE::close $out_write;
	$in_write->autoflush(1);
	my $self = bless { client => $client, in => $in_write, out => $out_read, text => '', marks => 0, server => $server }, $class;
	$self->{pid} = $self->query('SELECT pg_backend_pid();');
	croak "no session: $self->{pid}" if $self->{pid} !~ /^\d+$/;
	return $self;
}

# The process of the server that serves this session.
sub pid
{
	return $_[0]{pid};
}

# Sends statements without waiting for the answer. A semicolon is added.
sub send
{
	my ($self, $sql) = @_;
	$self->{marks}++;
	my $bytes = Encode::encode('UTF-8', $sql);
	$bytes .= ';' if $bytes !~ /;\s*\z/;
	print { $self->{in} } "$bytes\n\\echo mark-$self->{marks}-\n" or croak "psql is gone: $!";
	return $self;
}

# Waits until everything sent is answered and gives the answers, errors among them.
sub wait
{
	my ($self, $seconds) = @_;
	my $deadline = Time::HiRes::time() + patience($seconds || 30);
	my $select = IO::Select->new($self->{out});
	my $mark = "mark-$self->{marks}-\n";
	while ((my $at = index $self->{text}, $mark) < 0) {
		my $left = $deadline - Time::HiRes::time();
		croak "session $self->{client} did not answer; so far: $self->{text}" if $left <= 0;
		next if !$select->can_read($left);
		sysread($self->{out}, $self->{text}, 65536, length $self->{text}) or croak "psql ended: $self->{text}";
	}
	my $text = $self->{text};
	$self->{text} = '';
	$text =~ s/^mark-\d+-\n//mg;
	$text =~ s/\n\z//;
	return Encode::decode('UTF-8', $text);
}

sub query
{
	my ($self, $sql, %option) = @_;
	my $text = $self->send($sql)->wait;
	croak "$text\nin: $sql" if $text =~ /^(?:ERROR|FATAL):/m && !$option{may_fail};
	return $text;
}

# Waits until this session waits for a lock.
sub until_waiting
{
	my ($self) = @_;
	$self->{server}->wait_waiting($self->{pid});
	return $self;
}

# Ends the session; what it had open is rolled back. Returns when the server process is gone.
sub close
{
	my ($self) = @_;
	return if !$self->{client};
	kill 'TERM', $self->{client};
	CORE::close $self->{in};
	waitpid $self->{client}, 0;
	$self->{client} = 0;
	eval { $self->{server}->psql("SELECT pg_terminate_backend($self->{pid})") };
	my $server = $self->{server};
	eval { $server->wait_sql("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $self->{pid})", 'a session to end') };
	return;
}

sub DESTROY
{
	my ($self) = @_;
	return if !$self->{client};
	local ($?, $!, $@);
	CORE::close $self->{in};
	kill 'KILL', $self->{client};
	waitpid $self->{client}, 0;
}

1;
