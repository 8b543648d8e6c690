# The program on a bare pseudo-terminal: every byte it sends is kept, and the line discipline can be looked at.
#
#	my $pty = PgtopTest::Pty->spawn(command => [...], width => 80, height => 24);
#	$pty->wait_output(qr/live/);
#	$pty->type('q');
#	my $status = $pty->wait_exit;       # as $?
package PgtopTest::Pty;

use strict;
use warnings;

use Carp qw(croak);
use IO::Pty;
use IO::Select;
use POSIX qw(:termios_h WNOHANG);
use Time::HiRes ();

use PgtopTest;
use PgtopTest::Reaper;

# Options: command (list), width, height, env.
sub spawn
{
	my ($class, %option) = @_;
	my $pty = IO::Pty->new or croak "pty: $!";
	my $slave = $pty->slave;
	$slave->set_winsize($option{height} || 24, $option{width} || 80);
	my $self = bless { pty => $pty, slave => $slave, output => '', status => undef }, $class;
	$self->{before} = $self->termios;
	my $pid = fork() // croak "fork: $!";
	if ($pid == 0) {
		PgtopTest::child_environment($option{env});
		# Whoever runs the tests in the background of a script has these ignored, and what is ignored is inherited.
		local @SIG{qw(INT QUIT)} = ('DEFAULT', 'DEFAULT');
		$pty->make_slave_controlling_terminal;
		POSIX::dup2(fileno($slave), $_) for 0, 1, 2;
		my @command = @{ $option{command} };
		{ no warnings; exec { $command[0] } @command; }
		POSIX::_exit(127);
	}
	PgtopTest::Reaper::promise(process => $pid);
	$self->{pid} = $pid;
	$pty->blocking(0);
	return $self;
}

sub pid
{
	return $_[0]{pid};
}

# The line discipline as text, for comparing.
sub termios
{
	my ($self) = @_;
	my $termios = POSIX::Termios->new;
	$termios->getattr(fileno $self->{slave}) // croak "tcgetattr: $!";
	return join ' ', $termios->getiflag, $termios->getoflag, $termios->getcflag, $termios->getlflag,
		map { $termios->getcc($_) } 0 .. POSIX::NCCS() - 1;
}

# Whether it is as it was before the program started.
sub restored
{
	my ($self) = @_;
	return $self->termios eq $self->{before};
}

# Takes what is there, waiting at most so long for the first byte. Gives false when there was nothing.
sub pump
{
	my ($self, $seconds) = @_;
	return 0 if !$self->{pty};
	return 0 if !IO::Select->new($self->{pty})->can_read($seconds);
	my $n = sysread $self->{pty}, $self->{output}, 65536, length $self->{output};
	return $n ? 1 : 0;
}

# Takes what comes until nothing has come for so long.
sub settle
{
	my ($self, $quiet) = @_;
	1 while $self->pump($quiet || 0.3);
	return $self;
}

# All bytes so far; forget() starts anew.
sub output
{
	return $_[0]{output};
}

sub forget
{
	$_[0]{output} = '';
	return $_[0];
}

sub wait_output
{
	my ($self, $wanted, $what, $seconds) = @_;
	my $deadline = Time::HiRes::time() + patience($seconds || 20);
	while ($self->{output} !~ $wanted) {
		my $left = $deadline - Time::HiRes::time();
		croak 'waited in vain for ' . ($what || $wanted) . ' in ' . length($self->{output}) . ' bytes: '
			. substr($self->{output}, -300) if $left <= 0;
		$self->pump($left < 0.2 ? $left : 0.2);
	}
	return $self;
}

sub type
{
	my ($self, $bytes) = @_;
	syswrite $self->{pty}, $bytes;
	return $self;
}

sub resize
{
	my ($self, $width, $height) = @_;
	$self->{slave}->set_winsize($height, $width);
	kill 'WINCH', $self->{pid};
	return $self;
}

# Closes our side: the terminal is gone for the program.
sub hang_up
{
	my ($self) = @_;
	CORE::close delete $self->{$_} for qw(slave pty);
	return $self;
}

# Waits until the program has ended, reading on meanwhile; gives its wait status.
sub wait_exit
{
	my ($self, $seconds) = @_;
	wait_for {
		$self->pump(0) if $self->{pty};
		waitpid($self->{pid}, WNOHANG) == $self->{pid} ? (($self->{status} = $?), 1)[1] : 0;
	} $seconds || 20, "process $self->{pid} to end";
	$self->settle(0.05) if $self->{pty};
	return $self->{status};
}

sub running
{
	my ($self) = @_;
	return !defined $self->{status} && waitpid($self->{pid}, WNOHANG) == 0;
}

1;
