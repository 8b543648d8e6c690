# The program in tmux: a real terminal with a fixed size whose picture can be read.
#
#	my $screen = PgtopTest::Screen->new(command => [@PGTOP, $server->connection_options], width => 80, height => 24);
#	$screen->wait_until(qr/live \d\d:\d\d:\d\d/);
#	$screen->keys('3', 'Enter');
#	$screen->resize(120, 40);
#
# Every one has a tmux server of its own (a socket in a private directory) without anybody's configuration; it is ended with the test.
package PgtopTest::Screen;

use strict;
use warnings;

use Carp qw(croak);
use Encode ();
use Test::More;

use PgtopTest;
use PgtopTest::Reaper;

# Options: command (list), width, height, term (TERM inside), env => { NAME => value }, dir.
sub new
{
	my ($class, %option) = @_;
	my $dir = temp_dir();
	my $socket = "$dir/tmux";
	my $term = $option{term} || 'xterm-256color';
	write_file("$dir/tmux.conf", <<"END");
set -g status off
set -g default-terminal "$term"
set -g remain-on-exit on
set -g escape-time 0
set -g history-limit 2000
set -g allow-rename off
set -g default-shell /bin/sh
END
	my $self = bless { socket => $socket, dir => $dir }, $class;
	PgtopTest::Reaper::promise(tmux => $socket);
	my %env = %{ $option{env} || {} };
	my @set = map { defined $env{$_} ? "$_=$env{$_}" : ('-u', $_) } sort keys %env;
	my @unset = map { $set[$_] eq '-u' ? @set[$_, $_ + 1] : () } 0 .. $#set;
	my @values = grep { /=/ } @set;
	my $made = run_command(['tmux', '-u', '-S', $socket, '-f', "$dir/tmux.conf", 'new-session', '-d', '-s', 't',
		'-x', $option{width} || 80, '-y', $option{height} || 24, '-c', $option{dir} || $ROOT, '--',
		'env', @unset, @values, @{ $option{command} }]);
	croak "tmux: $made->{err}" if $made->{status};
	return $self;
}

sub tmux
{
	my ($self, @arguments) = @_;
	my $result = run_command(['tmux', '-u', '-S', $self->{socket}, @arguments]);
	croak "tmux @arguments: $result->{err}" if $result->{status};
	return Encode::decode('UTF-8', $result->{out});
}

# Keys by tmux's names (`Enter`, `Escape`, `C-c`, `Up`, `j`).
sub keys
{
	my ($self, @keys) = @_;
	$self->tmux('send-keys', '-t', 't', '--', @keys);
	return $self;
}

# Text as it is typed.
sub type
{
	my ($self, $text) = @_;
	$self->tmux('send-keys', '-l', '-t', 't', '--', $text);
	return $self;
}

# The picture: lines joined by line feeds, without trailing blanks.
sub capture
{
	my ($self) = @_;
	return $self->tmux('capture-pane', '-p', '-t', 't');
}

# The same with its colours as SGR sequences.
sub capture_escapes
{
	my ($self) = @_;
	return $self->tmux('capture-pane', '-p', '-e', '-t', 't');
}

# A line of the picture, the first is 1.
sub line
{
	my ($self, $number) = @_;
	return (split /\n/, $self->capture)[$number - 1] // '';
}

# Waits until the picture matches (or, with a code reference, until it says so of the picture) and gives it.
sub wait_until
{
	my ($self, $wanted, $what, $seconds) = @_;
	my $picture = '';
	my $test = ref $wanted eq 'CODE' ? $wanted : sub { $_[0] =~ $wanted };
	my $found = eval { wait_for { $picture = $self->capture; $test->($picture) } $seconds || 20, 'it'; 1 };
	croak 'waited in vain for ' . ($what || $wanted) . " on the screen:\n$picture" if !$found;
	return $picture;
}

# A test: the picture comes to match.
sub shows
{
	my ($self, $wanted, $what, $seconds) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $picture = eval { $self->wait_until($wanted, $what, $seconds) };
	my $error = $@;
	ok(defined $picture, $what) or diag($error);
	return $picture // $self->capture;
}

sub resize
{
	my ($self, $width, $height) = @_;
	$self->tmux('resize-window', '-t', 't', '-x', $width, '-y', $height);
	return $self;
}

# A tmux format such as `alternate_on`.
sub ask
{
	my ($self, $name) = @_;
	my $answer = $self->tmux('display-message', '-p', '-t', 't', "#{$name}");
	chomp $answer;
	return $answer;
}

# The process that tmux started: the program, for `env` has become it.
sub pid
{
	return $_[0]->ask('pane_pid');
}

# Whether the command has ended; gives '' or its exit status ("0 but true" for 0), `signal N`.
sub ended
{
	my ($self) = @_;
	return '' if $self->ask('pane_dead') ne '1';
	my $signal = $self->ask('pane_dead_signal');
	return "signal $signal" if $signal ne '';
	# The pane is dead as soon as its pty is closed, a moment before the status is known; and tmux now and then misses the
	# signal that tells it, until the next one.
	my $status = $self->ask('pane_dead_status');
	kill 'CHLD', $self->ask('pid') if $status eq '';
	return $status eq '0' ? '0 but true' : $status;
}

sub wait_ended
{
	my ($self, $seconds) = @_;
	return wait_for { $self->ended } $seconds || 20, "the program to end; the screen is:\n" . $self->capture;
}

sub close
{
	my ($self) = @_;
	run_command(['tmux', '-S', $self->{socket}, 'kill-server']);
	return;
}

1;
