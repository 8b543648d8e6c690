# What the server and tty tests stand on: the program under test, conditions with deadlines, and a promise that everything
# started here is ended, however the test ends.
#
#	use lib 'tests/lib';
#	use PgtopTest;
#
#	my $server = PgtopTest::Server->start;          # a throwaway server of its own (PgtopTest/Server.pm)
#	my $busy = $server->session;                    # a psql kept open (PgtopTest/Session.pm)
#	my $report = once($server, '--pane=locks');     # --once --format=json, decoded
#	my $screen = PgtopTest::Screen->new(...);       # the program in tmux (PgtopTest/Screen.pm)
#	my $pty = PgtopTest::Pty->spawn(...);           # the program on a bare pty, bytes counted (PgtopTest/Pty.pm)
#
# Rules: a test waits for a condition with a deadline, it never sleeps and hopes; it never asserts how long something took.
#
# Environment: PGTOP, the command under test (build/pgtop-prod; may be several words, as for valgrind); PG_VERSION, the major
# version of the servers (15); PGTOP_TEST_PATIENCE, by which every deadline is multiplied (1).
package PgtopTest;

use strict;
use warnings;
use utf8;

use Carp qw(croak);
use Cwd qw(abs_path);
use Encode ();
use Exporter qw(import);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use File::Basename qw(dirname);
use File::Path ();
use File::Temp ();
use IO::Select;
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes ();

use PgtopTest::Reaper;

our @EXPORT = qw(@PGTOP $ROOT $PG_VERSION as_user wait_for run_command run_pgtop once once_text rows row_by pane column_named
	is_json_number temp_dir write_file read_file free_port patience once_command is_bounded background children_of);

our $ROOT = abs_path(dirname(__FILE__) . '/../..');
our $PG_VERSION = $ENV{PG_VERSION} || 15;
our @PGTOP = split ' ', $ENV{PGTOP} || "$ROOT/build/pgtop-prod";
my $patience = $ENV{PGTOP_TEST_PATIENCE} || 1;

# A relative path must stay good when a test changes directory or runs through a shell in tmux.
$_ = -e $_ ? abs_path($_) : $_ for grep { m{/} } @PGTOP;

binmode($_, ':encoding(UTF-8)')
	for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

# Nothing of the caller's surroundings may decide how a test ends.
delete $ENV{$_} for grep { /^PG/ && !/^(?:PGTOP|PG_VERSION)/ } keys %ENV;
delete $ENV{$_} for qw(NO_COLOR COLORFGBG COLUMNS LINES TMUX ESCDELAY XDG_CONFIG_HOME XDG_STATE_HOME PSQLRC LANGUAGE);
$ENV{LC_ALL} = 'C.UTF-8';
$ENV{TZ} = 'UTC';
$ENV{TERM} = 'xterm-256color';
$ENV{HOME} = temp_dir();

$SIG{PIPE} = 'IGNORE';
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

sub patience
{
	my ($seconds) = @_;
	return $seconds * $patience;
}

# The pids of a process's children. Read from /proc: a small machine has no ps.
sub children_of
{
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/task/$pid/children" or return;
	return split ' ', <$file> // '';
}

# A directory that is removed at the end; its path is short, because a socket's path may have 107 bytes only.
sub temp_dir
{
	my $dir = File::Temp::mkdtemp('/tmp/pgtt.XXXXXX');
	chmod 0755, $dir;
	PgtopTest::Reaper::promise(dir => $dir);
	return $dir;
}

# PostgreSQL refuses to run as root. Gives what to put before a command that must run as an ordinary user.
sub as_user
{
	return $> == 0 ? qw(setpriv --reuid=postgres --regid=postgres --init-groups --) : ();
}

# Waits until the block gives a true value, and gives it back; dies with `what` at the deadline.
sub wait_for(&$$)
{
	my ($condition, $seconds, $what) = @_;
	my $deadline = Time::HiRes::time() + patience($seconds);
	my $pause = 0.02;
	while (1) {
		my $value = $condition->();
		return $value if $value;
		croak "waited $seconds s in vain for $what" if Time::HiRes::time() > $deadline;
		Time::HiRes::sleep($pause);
		$pause = $pause * 1.5 if $pause < 0.2;
	}
}

# Runs a command to its end: { status, signal, out, err, timed_out }. Options: in => text for stdin, env => { NAME => value or
# undef }, seconds => deadline, dir => working directory. Output is bytes.
sub run_command
{
	my ($command, %option) = @_;
	pipe(my $in_read, my $in_write) or die "pipe: $!";
	pipe(my $out_read, my $out_write) or die "pipe: $!";
	pipe(my $err_read, my $err_write) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		child_environment($option{env});
		chdir $option{dir} if $option{dir};
		setpgrp(0, 0);
		POSIX::dup2(fileno($in_read), 0);
		POSIX::dup2(fileno($out_write), 1);
		POSIX::dup2(fileno($err_write), 2);
		{ no warnings; exec { $command->[0] } @$command; }
		print STDERR "$command->[0]: $!\n";
		POSIX::_exit(127);
	}
	close $_ for $in_read, $out_write, $err_write;
	syswrite $in_write, $option{in} if defined $option{in};
	close $in_write;

	my %result = (out => '', err => '', timed_out => 0);
	my %name = (fileno($out_read) => 'out', fileno($err_read) => 'err');
	my $select = IO::Select->new($out_read, $err_read);
	my $deadline = Time::HiRes::time() + patience($option{seconds} || 60);
	while ($select->count) {
		my $left = $deadline - Time::HiRes::time();
		if ($left <= 0) {
			$result{timed_out} = 1;
			last;
		}
		for my $handle ($select->can_read($left)) {
			my $n = sysread $handle, my $bytes, 65536;
			if ($n) {
				$result{$name{fileno $handle}} .= $bytes;
			} else {
				$select->remove($handle);
			}
		}
	}
	kill 'KILL', -$pid if $result{timed_out};
	waitpid $pid, 0;
	$result{status} = $? >> 8;
	$result{signal} = $? & 127;
	return \%result;
}

# In a forked child: the environment of the command to come, and signals as they are by default.
sub child_environment
{
	my ($env) = @_;
	$SIG{$_} = 'DEFAULT' for qw(PIPE INT TERM HUP);
	for my $name (keys %{ $env || {} }) {
		if (defined $env->{$name}) {
			$ENV{$name} = $env->{$name};
		} else {
			delete $ENV{$name};
		}
	}
}

# Runs the code in a process of its own, which ends with the test at the latest; gives its pid.
sub background
{
	my ($code) = @_;
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		PgtopTest::Reaper::disown();
		child_environment({});
		eval { $code->() };
		POSIX::_exit($@ ? 1 : 0);
	}
	PgtopTest::Reaper::promise(process => $pid);
	return $pid;
}

# Runs the program; as run_command().
sub run_pgtop
{
	my ($arguments, %option) = @_;
	return run_command([@PGTOP, @$arguments], %option);
}

# The command line of a report about a server. Options in front: { user => , dbname => }.
sub once_command
{
	my ($server, @arguments) = @_;
	my $option = ref $arguments[0] eq 'HASH' ? shift @arguments : {};
	return ['--once', $server->connection_options(%$option), @arguments];
}

# The decoded report: once($server, { user => 'x' }, '--pane=locks'). Dies when the program does not exit with 0.
sub once
{
	my $command = once_command(@_);
	my $result = run_pgtop([@$command, '--format=json']);
	croak "pgtop-prod @$command: exit $result->{status}, signal $result->{signal}: $result->{err}"
		if $result->{status} != 0 || $result->{signal} != 0;
	return JSON::PP->new->utf8->decode($result->{out});
}

# The report as text (default) or with --format=csv among the arguments, decoded from UTF-8.
sub once_text
{
	my $command = once_command(@_);
	my $result = run_pgtop($command);
	croak "pgtop-prod @$command: exit $result->{status}, signal $result->{signal}: $result->{err}"
		if $result->{status} != 0 || $result->{signal} != 0;
	return Encode::decode('UTF-8', $result->{out});
}

sub pane
{
	my ($report, $name) = @_;
	return $report->{panes}{$name} || croak "the report has no pane $name";
}

sub rows
{
	my ($report, $name) = @_;
	return @{ pane($report, $name)->{rows} };
}

# The only row whose columns have these values; undef when there is none.
sub row_by
{
	my ($report, $name, %want) = @_;
	my @found = grep {
		my $row = $_;
		!grep { ($row->{$_} // '(null)') ne $want{$_} } keys %want;
	} rows($report, $name);
	croak scalar(@found) . " rows of $name have @{[%want]}" if @found > 1;
	return $found[0];
}

sub column_named
{
	my ($report, $pane, $name) = @_;
	my ($column) = grep { $_->{name} eq $name } @{ pane($report, $pane)->{columns} };
	return $column;
}

# Whether a decoded JSON value was a number, not a string of digits.
sub is_json_number
{
	my ($value) = @_;
	return 0 if !defined $value || ref $value;
	require B;
	my $flags = B::svref_2object(\$value)->FLAGS;
	return ($flags & (B::SVf_IOK() | B::SVf_NOK())) && !($flags & B::SVf_POK()) ? 1 : 0;
}

# A test: low <= got <= high.
sub is_bounded
{
	my ($got, $low, $high, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $fine = defined $got && $got >= $low && $got <= $high;
	ok($fine, $what) or diag(sprintf '%s is not within %s and %s', $got // 'undef', $low, $high);
	return $fine;
}

sub write_file
{
	my ($file, $text, $mode) = @_;
	open my $handle, '>:raw', $file or croak "$file: $!";
	print $handle utf8::is_utf8($text) ? Encode::encode('UTF-8', $text) : $text;
	close $handle or croak "$file: $!";
	chmod $mode, $file if defined $mode;
	return $file;
}

sub read_file
{
	my ($file) = @_;
	open my $handle, '<:raw', $file or croak "$file: $!";
	local $/;
	return scalar <$handle> // '';
}

# A TCP port of the loopback interface that nobody listens on.
sub free_port
{
	require IO::Socket::INET;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 1) or croak "socket: $!";
	return $socket->sockport;
}

require PgtopTest::Server;
require PgtopTest::Session;
require PgtopTest::Screen;
require PgtopTest::Pty;

1;
