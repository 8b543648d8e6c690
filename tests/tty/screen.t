# The screen on a real terminal: three sizes, resizes down to nothing, ^Z and fg, several TERMs, ASCII, no colour.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start;
$server->psql('CREATE ROLE app LOGIN; CREATE TABLE orders (id int); GRANT ALL ON orders TO app');
my $holder = $server->session(user => 'app', application => 'orders-api');
$holder->query('BEGIN; LOCK TABLE orders');
my @waiters = map { $server->session(user => 'app', application => 'reader') } 1 .. 3;
$_->send('SELECT * FROM orders')->until_waiting for @waiters;
my @command = (@PGTOP, $server->connection_options, '--interval=0.5');
my $live = qr/live \d\d:\d\d:\d\d/;

sub lines
{
	my ($picture) = @_;
	return split /\n/, $picture;
}

# What stands where, at each size.
for my $size ([80, 24], [120, 40], [200, 60]) {
	my ($width, $height) = @$size;
	my $what = "${width}x$height";
	my $screen = PgtopTest::Screen->new(command => \@command, width => $width, height => $height);
	my @line = lines($screen->shows(qr{$live.*\d/\d+ conn.*wait for pid @{[$holder->pid]}}s, "$what: comes alive with the finding"));
	like($line[0], qr/^postgres on .*  primary  (?:PostgreSQL )?$PG_VERSION.*$live$/, "$what: header");
	is(length $line[0], $width, "$what: the time stands at the right edge");
	like($line[1], qr/^1 overview +2 activity .*3 locks /, "$what: pane bar");
	like($line[2], qr/^ *\d+\/\d+ conn +\d+ active +3 waiting +1 idle in tx/, "$what: first row of vitals");
	like($line[3], qr/^ *\S+ commit +\S+ rollback +\S+ cache hit +\S+ oldest tx/, "$what: second row");
	is(index($line[2], 'active'), 30, "$what: vitals are cells of twenty columns");
	like($line[2], qr/xid/, "$what: more vitals") if $width >= 120;
	like($line[2], qr/lag/, "$what: still more") if $width >= 200;
	like($line[4], qr/^last 10 min/, "$what: sparklines");
	my ($found) = grep { /^\W+\d+ sessions wait for pid/ } @line;
	like($found, qr/^■ 3 sessions wait for pid @{[$holder->pid]}/, "$what: the finding names the cause");
	like($line[$height - 1], qr/^\S.*\? help  q quit$/, "$what: hints, with help and quit at the right");
	is(length $line[$height - 1], $width, "$what: at the right edge");
	is((grep { length > $width } @line) + 0, 0, "$what: nothing is wider than the screen");

	$screen->keys('Enter');
	@line = lines($screen->shows(qr/^locks\b/m, "$what: Enter goes to the proof"));
	like($line[4], qr/^locks  1 root, 3 waiting/, "$what: its title");
	like($line[4], qr/\d+ ms every 500 ms$|every 0\.5 s$|ms every /, "$what: cost and interval");
	like($line[6], qr/^● @{[$holder->pid]} app +holds AccessExclusive/, "$what: the root");
	like($line[7], qr/^[├└] ○ \d+ app +waits AccessShare/, "$what: a waiter");
	like($line[28], qr/^─ @{[$holder->pid]} ─+/, "$what: the preview lies below") if $width == 120;
	like($line[5], qr/.{120}.*\S/, "$what: the preview stands at the right") if $width == 200;
	$screen->keys('2');
	$screen->shows(qr/^activity  \d+ of \d+/m, "$what: 2 is activity");
	$screen->keys('7');
	$screen->shows(qr/^stats\b/m, "$what: 7 is stats");
	$screen->keys('?');
	$screen->shows(qr/^help  stats/m, "$what: ? is help");
	$screen->keys('Escape');
	$screen->shows(qr/^stats\b/m, "$what: Esc goes back");
	$screen->keys('1');
	$screen->shows(qr/^findings/m, "$what: 1 is the overview");
	$screen->keys('q');
	is($screen->wait_ended, '0 but true', "$what: q ends it");
	$screen->close;
}

# Resizes.
my $screen = PgtopTest::Screen->new(command => \@command, width => 120, height => 40);
$screen->wait_until($live);
$screen->keys('3');
$screen->wait_until(qr/^locks/m);
for my $size ([80, 24], [200, 60], [60, 15], [100, 36], [61, 16]) {
	my ($width, $height) = @$size;
	$screen->resize($width, $height);
	$screen->shows(sub {
		my @line = lines($_[0]);
		(grep { /^locks\b/ } @line) && length($line[0]) == $width && $line[0] =~ $live && !grep { length > $width } @line;
	}, "${width}x$height: laid out anew");
}
$screen->resize(48, 10);
$screen->shows(qr/pgtop-prod needs 60x15, this is 48x10\./, 'too small: said in a sentence');
$screen->keys('2', 'Enter', '?');
for my $size ([1, 1], [2, 1], [1, 30], [300, 1], [10, 3], [48, 10]) {
	$screen->resize(@$size);
	is($screen->ended, '', "$size->[0]x$size->[1]: it lives");
}
$screen->shows(qr/needs 60x15, this is 48x10/, 'and says so again');
$screen->resize(80, 24);
$screen->shows(qr/^locks  1 root/m, 'large enough again: keys pressed blind did nothing');
$screen->resize(47, 12);
$screen->wait_until(qr/needs 60x15/);
$screen->keys('q');
is($screen->wait_ended, '0 but true', 'q works on a screen that is too small');
$screen->close;

# ^Z and fg, in a shell.
$screen = PgtopTest::Screen->new(command => ['sh', '-i'], width => 100, height => 30, env => { PS1 => 'prompt> ' });
$screen->wait_until(qr/prompt>/);
$screen->type("stty -g > $screen->{dir}/before; " . join(' ', map { "'$_'" } @command) . "; echo status \$?\n");
$screen->wait_until($live);
is($screen->ask('alternate_on'), '1', 'the program uses the alternate screen');
for my $round (1, 2) {
	$screen->keys('C-z');
	$screen->shows(qr/Stopped|suspended/i, "^Z gives the shell back ($round)");
	is($screen->ask('alternate_on'), '0', 'with its own screen');
	is($screen->ask('cursor_flag'), '1', 'and a cursor');
	$screen->type("stty -g > $screen->{dir}/after$round\n");
	wait_for { -s "$screen->{dir}/after$round" } 20, 'stty';
	is(read_file("$screen->{dir}/after$round"), read_file("$screen->{dir}/before"), 'and its own line discipline');
	$screen->type("fg\n");
	$screen->shows(sub { $_[0] =~ $live && $_[0] =~ /^findings/m }, "fg brings the picture back ($round)");
	is($screen->ask('alternate_on'), '1', 'on the alternate screen');
	$screen->keys('3');
	$screen->shows(qr/^locks/m, 'and it takes keys');
	$screen->keys('1');
	$screen->wait_until(qr/^findings/m);
}
$screen->keys('C-z');
$screen->wait_until(qr/prompt> *$/m);
$screen->resize(80, 24);
$screen->type("fg\n");
$screen->shows(sub { my @line = lines($_[0]); length $line[0] == 80 && $line[0] =~ $live }, 'a resize while it was stopped is seen');
$screen->keys('C-z');
$screen->wait_until(qr/prompt> *$/m);
$screen->type("kill %1; fg\n");
wait_for { $screen->ask('alternate_on') eq '0' && $screen->capture =~ /prompt> *$/m } 20, 'it to end';
$screen->type("stty -g > $screen->{dir}/killed\n");
wait_for { -s "$screen->{dir}/killed" } 20, 'stty';
is(read_file("$screen->{dir}/killed"), read_file("$screen->{dir}/before"), 'ended while it was stopped, the terminal is as before');
$screen->close;

# Terminals. What is sent to each is looked at byte by byte.
sub bytes_of
{
	my ($term, $env, @arguments) = @_;
	my $pty = PgtopTest::Pty->spawn(command => [@command, @arguments], env => { TERM => $term, %$env });
	$pty->wait_output(qr/live/, "$term comes alive");
	$pty->type('3')->wait_output(qr/waits?\b/, "$term shows locks")->type('2')->settle(0.3);
	$pty->type('q');
	is($pty->wait_exit, 0, "$term: ends well");
	ok($pty->restored, "$term: the line discipline is as before");
	return $pty->output;
}
my $colour = qr/\e\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10[0-7])(?:;\d+)*m/;
for my $term (qw(xterm-256color screen screen-256color linux vt100 xterm)) {
	next if system("infocmp $term >/dev/null 2>&1");
	my $bytes = bytes_of($term, {});
	unlike($bytes, qr/[\x80-\xff]/, "$term: ASCII only") if $term eq 'linux';
	like($bytes, qr/\xe2\x97\x8f/, "$term: signs") if $term =~ /xterm|screen/;
	unlike($bytes, $colour, "$term: no colours") if $term eq 'vt100';
	like($bytes, $colour, "$term: colours") if $term =~ /xterm|screen|linux/;
	unlike($bytes, qr/38;5/, "$term: no more colours than it has") if $term !~ /256/;
}
unlike(bytes_of('xterm-256color', {}, '--ascii'), qr/[\x80-\xff]/, '--ascii: ASCII only');
unlike(bytes_of('xterm-256color', { LC_ALL => 'C' }), qr/[\x80-\xff]/, 'a locale that is not UTF-8: ASCII only');
unlike(bytes_of('xterm-256color', {}, '--no-color'), $colour, '--no-color');
unlike(bytes_of('xterm-256color', { NO_COLOR => '1' }), $colour, 'NO_COLOR');
like(bytes_of('xterm-256color', { NO_COLOR => '' }), $colour, 'an empty NO_COLOR means nothing');

# The picture in ASCII has the same words.
$screen = PgtopTest::Screen->new(command => [@command, '--ascii', '--pane=locks'], width => 80, height => 24);
my $picture = $screen->shows(qr/^\@ @{[$holder->pid]} app +holds AccessExclusive/m, '--ascii: the root has its sign');
like($picture, qr/^[|+`\\-]+ o \d+ app +waits AccessShare/m, '--ascii: so have the waiters');
$screen->close;

for my $term ('dumb', undef, 'no-such-terminal', '') {
	my $name = defined $term ? "TERM=$term" : 'no TERM';
	my $pty = PgtopTest::Pty->spawn(command => \@command, env => { TERM => $term });
	my $status = $pty->wait_exit;
	cmp_ok($status >> 8, '>', 0, "$name: refused");
	is($status & 127, 0, "$name: by a message");
	like($pty->output, qr/TERM.*--once|--once.*TERM/s, "$name: which says why and what to do");
	ok($pty->restored, "$name: and leaves the terminal alone");
}
my $refused = run_pgtop([$server->connection_options, '--interval=0.5'], env => { TERM => 'dumb' });
is($refused->{status}, 0, 'TERM=dumb does not matter where stdout is no terminal');

done_testing;
