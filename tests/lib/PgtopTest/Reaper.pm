# Ends what a test started, however the test ends: normally, by a failure, by a signal, by kill -9.
#
# A child process of its own session reads promises from a pipe. When the pipe closes (the test has ended) it ends the servers and
# tmux servers it was told of and removes the directories. The test's END only closes the pipe and waits for that.
package PgtopTest::Reaper;

use strict;
use warnings;

use File::Path ();
use IO::Handle;
use POSIX ();

my ($pipe, $reaper, $owner);

# Promises: dir => path; process => pid; postmaster => data directory; tmux => socket. The newest are ended first,
# directories last.
sub promise
{
	my ($kind, $what) = @_;
	start() if !$reaper;
	$what .= ' ' . (start_time($what) // 0) if $kind eq 'process';
	print $pipe "$kind $what\n";
}

# When a process began, in clock ticks since boot: with the pid it names one process and no later one. undef: it is gone.
sub start_time
{
	my ($pid) = @_;
	open my $handle, '<', "/proc/$pid/stat" or return;
	my $stat = <$handle> // return;
	$stat =~ s/^.*\) //s;
	return (split ' ', $stat)[19];
}

sub start
{
	pipe(my $read, my $write) or die "pipe: $!";
	my $pid = fork() // die "fork: $!";
	if ($pid == 0) {
		close $write;
		POSIX::setsid();
		# A pipeline that reads the test's output must not wait for us.
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', '/dev/null';
		$SIG{$_} = 'IGNORE' for qw(INT TERM HUP PIPE);
		my @promises = map { chomp; [split / /, $_, 2] } <$read>;
		keep(\@promises);
		POSIX::_exit(0);
	}
	close $read;
	$write->autoflush(1);
	($pipe, $reaper, $owner) = ($write, $pid, $$);
}

# For a child that is forked and runs on without exec: our end of the pipe must close with the test, not with that child.
sub disown
{
	close $pipe if $pipe;
	$reaper = undef;
}

sub keep
{
	my ($promises) = @_;
	for my $promise (reverse @$promises) {
		my ($kind, $what) = @$promise;
		if ($kind eq 'tmux') {
			system("tmux -S $what kill-server >/dev/null 2>&1");
		} elsif ($kind eq 'process') {
			end_process(split ' ', $what);
		} elsif ($kind eq 'postmaster') {
			end_postmaster($what);
		}
	}
	for my $promise (grep { $_->[0] eq 'dir' } @$promises) {
		File::Path::remove_tree($promise->[1], { error => \my $ignored });
	}
}

sub end_process
{
	my ($pid, $began) = @_;
	my $alive = sub { (start_time($pid) // -1) == $began };
	return if !$alive->();
	kill 'CONT', $pid;
	kill 'TERM', $pid;
	for (1 .. 40) {
		return if !$alive->();
		select undef, undef, undef, 0.05;
	}
	kill 'KILL', $pid;
}

# An immediate shutdown: nobody needs the data any more. A stopped process would never see the signal.
sub end_postmaster
{
	my ($data) = @_;
	my $pid = postmaster_pid($data) or return;
	return if !kill 0, $pid;
	my @children = PgtopTest::children_of($pid);
	kill 'CONT', $pid, @children;
	kill 'QUIT', $pid;
	for (1 .. 100) {
		return if !kill 0, $pid;
		select undef, undef, undef, 0.05;
	}
	kill 'KILL', $pid, @children;
}

sub postmaster_pid
{
	my ($data) = @_;
	open my $handle, '<', "$data/postmaster.pid" or return;
	my ($pid) = <$handle> =~ /^(\d+)/;
	return $pid;
}

END {
	# A forked child that dies by accident must not end what its parent still uses.
	if ($reaper && $owner == $$) {
		local $?;
		close $pipe;
		waitpid $reaper, 0;
	}
}

1;
