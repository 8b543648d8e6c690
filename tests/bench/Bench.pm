# What the measurements share: rows, order statistics, load.
package Bench;

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(sum);
use POSIX ();
use Time::HiRes ();

use PgtopTest;

our @EXPORT = qw(row median centile busy_machine resident cpu_ns start_load drain parts_of server_cost);

my $missed = 0;

# Prints a row: the figure must not exceed the bound.
sub row
{
	my ($what, $figure, $bound, $format, $unit) = @_;
	my $fine = defined $figure && $figure <= $bound;
	$missed ||= !$fine;
	printf "%-44s %14s %18s  %s\n", $what, defined $figure ? sprintf("$format $unit", $figure) : 'unknown',
		'<= ' . sprintf("$format $unit", $bound), $fine ? 'ok' : 'MISSED';
	STDOUT->flush;
}

sub centile
{
	my ($share, @values) = @_;
	@values = sort { $a <=> $b } @values;
	return $values[POSIX::ceil($share * @values) - 1];
}

sub median
{
	return centile(0.5, @_);
}

# Makes the machine busy: two processes a processor that only count. Gives what ends them.
sub busy_machine
{
	my $processors = grep { /^processor/ } split /\n/, read_file('/proc/cpuinfo');
	my @pids;
	for (1 .. 2 * $processors) {
		push @pids, background(sub { 1 while 1 });
	}
	return sub {
		kill 'TERM', @pids;
		waitpid $_, 0 for @pids;
	};
}

# Resident memory in kB.
sub resident
{
	my ($pid) = @_;
	return read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : undef;
}

# CPU time used so far, in nanoseconds.
sub cpu_ns
{
	my ($pid) = @_;
	return (split ' ', read_file("/proc/$pid/schedstat"))[0];
}

# Forty sessions, some of them at work now and then.
sub start_load
{
	my ($server) = @_;
	my ($pgbench) = grep { -x } glob '/usr/lib/postgresql/*/bin/pgbench /usr/pgsql-*/bin/pgbench';
	my @command = ($pgbench || 'pgbench', '-h', $server->{host}, '-p', $server->{port}, '-U', 'postgres');
	my $made = run_command([@command, '-i', '-s', 1, '-q', 'postgres'], seconds => 120);
	die "pgbench: $made->{err}" if $made->{status};
	my $pid = background(sub {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		exec @command, '-n', '-c', 40, '-j', 1, '-R', 20, '-T', 100000, 'postgres';
	});
	$server->wait_sql(q{SELECT count(*) >= 40 FROM pg_stat_activity WHERE application_name = 'pgbench'}, 'the load');
	return $pid;
}

# Takes what a pty sends for so many seconds and gives the number of bytes.
sub drain
{
	my ($pty, $seconds) = @_;
	my $before = length $pty->output;
	my $end = Time::HiRes::time() + $seconds;
	while ((my $left = $end - Time::HiRes::time()) > 0) {
		$pty->pump($left);
	}
	return length($pty->output) - $before;
}

# Whether `PRODUCT N and later`, `N to M`, `N and earlier` or `N` in a heading of --show-sql holds for a version; true without one.
sub within
{
	my ($when, $product, $version) = @_;
	my ($from, $rest) = $when =~ /$product(\d+)( and later| and earlier| to (?:1\.)?\d+|)/ or return 1;
	return $version >= $from if $rest eq ' and later';
	return $version <= $from if $rest eq ' and earlier';
	my ($to) = $rest =~ /(\d+)$/;
	return $version >= $from && $version <= ($to // $from);
}

# The statements of a collector for this server, as --show-sql has them; of parts with one name the first that fits.
sub parts_of
{
	my ($server, $collector) = @_;
	my $shown = run_pgtop(["--show-sql=$collector"]);
	die $shown->{err} if $shown->{status};
	my ($schema, $extension) = split /\|/, $server->psql(q{SELECT extnamespace::regnamespace, split_part(extversion, '.', 2)}
		. q{ FROM pg_extension WHERE extname = 'pg_stat_statements'});
	my (%known, @parts);
	for my $block (split /\n\n/, $shown->{out}) {
		my ($name, $when) = $block =~ /^-- $collector, (\w+): (.*)/m or next;
		next if $when =~ /on a standby/ || !within($when, 'PostgreSQL ', $server->{version})
			|| !within($when, 'pg_stat_statements 1\.', $extension);
		next if $known{$name}++;
		$block =~ s/^--.*\n//mg;
		$block =~ s/;\s*\z//;
		$block =~ s/\bSCHEMA\./$schema./g if defined $schema;
		push @parts, $block;
	}
	return @parts;
}

# CPU time of the server for each group (an array of statements), in milliseconds: medians of so many rounds, the groups in turn.
sub server_cost
{
	my ($server, $rounds, @groups) = @_;
	my $conninfo = "host=$server->{host} port=$server->{port} user=postgres dbname=postgres";
	my $in = join "--\n", map { join '', map { "$_\n\n" } @$_ } @groups;
	my $done = run_command(["$ENV{PGTOP_BUILD}/tests/bench/server_cost", $conninfo, $rounds], in => $in, seconds => 300);
	die $done->{err} if $done->{status};
	return split ' ', $done->{out};
}

END {
	$? ||= 1 if $missed;
}

1;
