# Every key and every sequence that a terminal may send, in random order, for a minute, as a role that may only look, on a server that
# is at work and has a queue of locks: nothing on the server changes, nothing is left behind, nothing grows, and the screen is sane.
# Seed and rounds are printed: with both as PGTOP_MASH_SEED and PGTOP_MASH_ROUNDS (of the three parts, with commas) the same keys are pressed
# in the same order, at the same sizes. Without PGTOP_MASH_ROUNDS there are as many as fit into a minute, or into PGTOP_MASH_SECONDS.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use PgtopTest;
use Test::More;
use Time::HiRes ();

my $seed = $ENV{PGTOP_MASH_SEED} // int rand 1_000_000_000;
my $seconds = $ENV{PGTOP_MASH_SECONDS} // 60;
my @rounds = split /,/, $ENV{PGTOP_MASH_ROUNDS} // '';
my @played;
my $checked_elsewhere = $ENV{ASAN_OPTIONS} || @PGTOP > 1;     # a sanitizer or Valgrind has memory and children of its own
diag("PGTOP_MASH_SEED=$seed");
END {
	diag("PGTOP_MASH_SEED=$seed PGTOP_MASH_ROUNDS=" . join(',', @played) . ' presses the same keys') if @played;
}

# A generator of our own: perl's is anybody's who draws a number. Below $most.
my $state = $seed % 2**31;
sub roll
{
	my ($most) = @_;
	$state = ($state * 1_103_515_245 + 12_345) % 2**31;
	return $most * $state / 2**31;
}

my $server = PgtopTest::Server->start(conf => <<'END');
shared_preload_libraries = 'pg_stat_statements'
log_statement = mod
log_line_prefix = '%u %a: '
END
$server->psql(<<'END');
CREATE EXTENSION pg_stat_statements;
CREATE ROLE looker LOGIN IN ROLE pg_monitor;
CREATE TABLE orders (id int PRIMARY KEY, status text);
CREATE TABLE archive (id int);
CREATE INDEX ON orders (status);
CREATE INDEX ON orders (status);
INSERT INTO orders SELECT i, 'new' FROM generate_series(1, 1000) i;
CREATE MATERIALIZED VIEW per_status AS SELECT status, count(*) FROM orders GROUP BY status;
CREATE MATERIALIZED VIEW never_filled AS SELECT * FROM orders WITH NO DATA;
END
my $holder = $server->session(application => 'holder');
$holder->query('BEGIN; LOCK TABLE archive');
my @waiters = map { $server->session(application => "waiter-$_") } 1 .. 9;
$_->send('SELECT count(*) FROM archive')->until_waiting for @waiters;
my $work = temp_dir() . '/work.sql';
write_file($work, "\\set id random(1, 1000)\nUPDATE orders SET status = 'paid' WHERE id = :id;\nSELECT count(*), :id FROM orders WHERE id > :id;\n");
background(sub {
	my ($pgbench) = grep { -x } glob '/usr/lib/postgresql/*/bin/pgbench /usr/pgsql-*/bin/pgbench';
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	exec $pgbench || 'pgbench', '-h', $server->{host}, '-p', $server->{port}, '-U', 'postgres', '-n', '-f', $work, '-c', 8, '-j', 1,
		'-R', 60, '-T', 100_000, 'postgres';
});
$server->wait_sql(q{SELECT count(*) >= 8 FROM pg_stat_activity WHERE application_name = 'pgbench'}, 'the work');

# All that could be changed, asked by hand: each catalog's rows, the settings and their file, when counters were last reset, who is here.
my @catalogs = split /\n/, $server->psql(q{SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' ORDER BY 1});
sub server_state
{
	my $catalogs = join ' UNION ALL ', map { "SELECT '$_' AS name, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM pg_catalog.$_ t" } @catalogs;
	return $server->psql(qq{$catalogs;
		SELECT 'settings', md5(string_agg(name || ' ' || setting, ' ' ORDER BY name)) FROM pg_settings;
		SELECT 'resets', datname, stats_reset FROM pg_stat_database ORDER BY 2;
		SELECT 'reset', stats_reset FROM pg_stat_statements_info;
		SELECT 'session', pid, backend_start, application_name FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND application_name !~ '^(pgtop-prod|psql)' ORDER BY 2;})
		. read_file("$server->{data}/postgresql.auto.conf");
}

sub ours
{
	return $server->psql(q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'looker'});
}

my $screen;
my @size;
sub resize
{
	@size = @_;
	$screen->resize(@size);
}

sub start
{
	@size = (100, 30);
	$screen = PgtopTest::Screen->new(command => [@PGTOP, $server->connection_options(user => 'looker'), '--interval=0.5'],
		width => $size[0], height => $size[1]);
	$screen->wait_until(qr/live \d\d:\d\d:\d\d/);
}

# ^\ is there to end a program that hangs, and leaves a core file; the rest is anybody's.
my @bytes = grep { $_ != 0x1c } 0 .. 0xff;
my @sequences = (map({ "\e[$_" } qw(A B C D H F Z M 1~ 3~ 4~ 5~ 6~ 7~ 8~ 2~ 11~ 24~ 1;5C 1;2D 200~ 201~ I O <0;1;1M <64;5;5M M!!! 999;999H ?1;2c 24;80R)),
	map({ "\eO$_" } qw(A B C D H F M P Q R S)), "\e", "\e[", "\eO", "\e\e", "\eq", "\xff\xfe", "\xe2\x82", "\xf0\x9f\x92\xa9", "\xc3\xa9", "\xe2\x80\xae",
	"\e]52;c;AAAA\a", "\ePq\e\\", "\t", "\r", 'Z' x 300);
my @commands = split ' ', 'pane next-pane interval window sort-left sort-right invert all details owner pause wrap preview theme refresh redraw'
	. ' copy help rights quit suspend activity locks slow_queries indexes matviews stats overview drop reindex terminate cancel explain analyze undo';
sub any_key
{
	my $dice = roll(1);
	return $sequences[roll(scalar @sequences)] if $dice < 0.15;
	if ($dice < 0.18) {
		my $word = $commands[roll(scalar @commands)];
		return ":$word" . (roll(1) < 0.3 ? ' ' . int roll(20) : '') . (roll(1) < 0.8 ? "\r" : "\e");
	}
	# What the program listens to comes more often than what it does not.
	return substr("jkgGhlnNo/\\<>isarvwtyfeCEKRDrS123456789:? +-\t\r\e", roll(48), 1) if $dice < 0.6;
	return chr $bytes[roll(scalar @bytes)];
}

# Sixty keys. Where it may end they stop with the one that is meant to end it: what is typed behind it goes to the shell, ^C to whoever
# is still cleaning up. Where it may not, all that has a q or a ^C in it is left out: the end of half a sequence, q would end it, too.
sub keys_of_a_round
{
	my ($may_end) = @_;
	my $keys = '';
	for my $key (map { any_key() } 1 .. 60) {
		next if $key =~ /[q\x03]/ && (!$may_end || $key eq "\x03" && $keys =~ /q/);
		$keys .= $key;
		last if $key eq 'q' || $key eq "\x03" || $key =~ /^:quit\b.*\r/;
	}
	return $keys;
}

# Mashes until the rounds of this part are played or its time is over; gives how often the program was told to end and did.
sub mash
{
	my ($for, $may_end) = @_;
	my $part = @played;
	my $until = Time::HiRes::time() + $for;
	my $ended = 0;
	push @played, 0;
	while (@rounds ? $played[$part] < $rounds[$part] : Time::HiRes::time() < $until || $may_end && !$ended && $played[$part] < 1000) {
		# All is drawn before anything is done, whatever becomes of it.
		my $keys = keys_of_a_round($may_end);
		my @sizes;
		push @sizes, [20 + int roll(220), 3 + int roll(70)] if roll(1) < 0.1;
		push @sizes, [60 + int roll(160), 15 + int roll(50)] if roll(1) < 0.1;
		$played[$part]++;
		if ($keys ne '' && !$screen->ended) {
			$screen->tmux('send-keys', '-t', 't', '-H', map { sprintf '%02x', ord } split //, $keys);
			resize(@$_) for @sizes;
		}
		next if !$screen->ended;
		is($screen->ended, '0 but true', 'told to end, it ends well') or diag($screen->capture);
		is($screen->ask('alternate_on'), '0', 'and gives the screen back');
		return $ended if !$may_end;
		$ended++;
		$screen->close;
		start();
	}
	return $ended;
}

# Back to a picture that is known: nothing open, nothing paused, the overview, a size that holds everything.
sub come_back
{
	resize(120, 40);
	# As long as the screen is too small it takes no keys.
	$screen->wait_until(sub { length((split /\n/, $_[0])[0]) == 120 }, 'the new size');
	$screen->keys(('Escape') x 12, '1');
	$screen->type(":interval 0.5\r");
	$screen->wait_until(sub {
		$screen->keys('Space') if $_[0] =~ /\bPAUSED\b/;
		$_[0] =~ /^\S.*\blive \d\d:\d\d:\d\d$/m && $_[0] =~ /^findings/m;
	}, 'the overview', 30);
}

# Descriptors, children, resident memory in kB.
sub resources
{
	my $pid = $screen->pid;
	my @descriptors = map { my $to = readlink // ''; $to =~ s/:\[\d+\]//; $to } glob "/proc/$pid/fd/*";
	return (join(' ', sort @descriptors), join(' ', children_of($pid)), read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : 0);
}

my $before = server_state();
start();
my $ends = mash($seconds / 6, 1);
cmp_ok($ends, '>=', 1, "the program ended and was started again $ends times");

# From here on it is one process, without the keys that end it.
come_back();
mash($seconds / 3, 0);
come_back();
my ($descriptors, $children, $memory) = resources();
mash($seconds / 2, 0);
is($screen->ended, '', 'it lives') or BAIL_OUT('nothing is left to look at');
come_back();
my ($descriptors_after, $children_after, $memory_after) = resources();
is($descriptors_after, $descriptors, 'as many descriptors as before');
is($children_after, $children, 'no child is left') if !$checked_elsewhere;
cmp_ok($memory_after - $memory, '<=', 2048, "no more than 2 MB more memory ($memory kB before, $memory_after kB after)") if !$checked_elsewhere;

# The screen: each part where it belongs, and what the terminal shows is what a whole repaint shows.
my @line = split /\n/, $screen->capture;
like($line[0], qr/^postgres on \S+  primary .* live \d\d:\d\d:\d\d$/, 'the header says where and how fresh');
like($line[1], qr/^1 overview  ?2 activity.*3 locks/, 'the pane bar');
like($line[2], qr{^ *\d+/\d+ conn}, 'the vitals');
like($line[39], qr/^\S.*\? help  q quit$/, 'the hints');
is((grep { length > 120 } @line) + 0, 0, 'nothing is wider than the screen');
my $same = eval {
	wait_for {
		$screen->keys('Space');
		$screen->wait_until(qr/PAUSED/);
		my $shown = $screen->capture;
		$screen->keys('C-l');
		my $anew = $screen->capture;
		$screen->keys('Space');
		$screen->wait_until(qr/ live /);
		s/^.*\n// for $shown, $anew;
		$shown eq $anew;
	} 20, 'two equal pictures';
};
ok($same, 'a whole repaint changes nothing');

is(ours(), 1, 'one session of ours on the server');
$screen->keys('q');
is($screen->wait_ended, '0 but true', 'q ends it');
is($screen->ask('alternate_on'), '0', 'and gives the screen back');
$screen->close;
wait_for { ours() == 0 } 30, 'our session to end';

is(server_state(), $before, 'nothing on the server has changed');
# Of ours the server has written down nothing but limits of our own that took effect, and ends in the middle of an answer.
my $ordinary = qr/canceling statement due to (?:statement|lock) timeout|STATEMENT: |could not (?:send data to|receive data from) client|connection to client lost/;
my @said = grep { /^looker / && !/$ordinary/ } split /\n/, $server->log_text;
is(join("\n", @said), '', 'and it has nothing to say of us');

done_testing;
