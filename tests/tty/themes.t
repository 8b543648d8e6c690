# Themes on real terminals, byte by byte: as many colours as the terminal has, those of the theme and no others; who chooses the
# theme; t, what it remembers, and for how long.
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

# A terminal of 16 colours is not in every terminal database.
my $home = temp_dir();
my ($config, $state, $terminfo) = map { "$home/$_" } qw(config state terminfo);
mkdir $_ for $config, "$config/pgtop-prod", "$config/pgtop-prod/themes", $state, $terminfo;
write_file("$home/xterm-16color.ti", <<'END');
xterm-16color|xterm with 16 colours,
	colors#16, pairs#256,
	setab=\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm,
	setaf=\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm,
	use=xterm,
END
is(run_command(['tic', '-x', '-o', $terminfo, "$home/xterm-16color.ti"])->{status}, 0, 'a terminal of 16 colours is made');
my %env = (XDG_CONFIG_HOME => $config, XDG_STATE_HOME => $state, TERMINFO => $terminfo, COLORFGBG => undef, NO_COLOR => undef,
	TERM => 'xterm-256color');

sub start
{
	my ($env, @arguments) = @_;
	my $pty = PgtopTest::Pty->spawn(command => [@command, @arguments], env => { %env, %$env });
	return $pty->wait_output(qr/wait for pid/, 'the finding');
}

sub stop
{
	my ($pty) = @_;
	$pty->type('q');
	is($pty->wait_exit, 0, 'it ends well');
	return $pty->output;
}

# All that a run on the overview and the locks sends.
sub bytes_of
{
	my ($env, @arguments) = @_;
	my $pty = start($env, @arguments);
	$pty->type('3')->wait_output(qr/waits\b/, 'locks');
	return stop($pty);
}

# The SGR parameters in it, as a set: `1`, `31`, `38;5;110`, ...
sub looks
{
	my ($bytes) = @_;
	my %look;
	while ($bytes =~ /\e\[([\d;]*)m/g) {
		my $parameters = $1;
		$look{$1}++ while $parameters =~ s/((?:38|48);5;\d+)//;
		$look{$_}++ for grep { length } split /;/, $parameters;
	}
	return \%look;
}

sub has
{
	my ($look, $what, @wanted) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(join(' ', grep { !$look->{$_} } @wanted), '', "$what: @wanted");
}

sub has_none
{
	my ($look, $what, $pattern) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(join(' ', sort grep { /^(?:$pattern)$/ } keys %$look), '', $what);
}

# The current pane, the root's sign and the waiting ones' in each theme.
my %colours = (
	'dark' => [qw(38;5;16 48;5;110 38;5;210 38;5;141)],
	'light' => [qw(38;5;231 48;5;26 38;5;88 38;5;54)],
	'colour-blind' => [qw(38;5;16 48;5;117 38;5;209 38;5;141)],
	'high-contrast' => [qw(38;5;16 48;5;123 48;5;16 38;5;210 38;5;219)],
	'mono' => [qw(7 1 4)],
);
my $any = qr/3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;5;\d+/;
my $basic = qr/3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;5;(?:\d|1[0-5])/;

for my $theme (sort keys %colours) {
	my $look = looks(bytes_of({}, "--theme=$theme"));
	has($look, "256 colours, $theme", @{ $colours{$theme} });
	has_none($look, "$theme: none that users repaint", $basic);
	has_none($look, "$theme: nothing dim, nothing blinks", '[25]');
	has_none($look, "$theme: no colour at all", $any) if $theme eq 'mono';
}

# tmux keeps what stands in each cell: the theme that paints its ground leaves no hole in it. As a terminal that does not erase in
# the colour of the ground, so that every cell is written.
{
	my $screen = PgtopTest::Screen->new(command => [@command, '--theme=high-contrast'], term => 'screen-256color');
	$screen->wait_until(qr/wait for pid/);
	my @line = split /\n/, $screen->tmux('capture-pane', '-p', '-e', '-N', '-t', 't');
	is(scalar @line, 24, 'painted to the last line');
	is((grep { (my $text = $_) =~ s/\e\[[\d;]*m//g; length $text != 80 } @line) + 0, 0, 'and to the end of every line');
	my $ground = '';
	my @holes;
	for my $line (@line) {
		for my $part (split /(\e\[[\d;]*m)/, $line) {
			next if $part eq '';
			if ($part =~ /^\e\[(.*)m$/) {
				my $parameters = ";$1;";
				$ground = '' if $parameters =~ /;0?;/ && $parameters !~ /8;5;0;/;
				$ground = '' if $parameters =~ /;49;/;
				$ground = $1 if $parameters =~ /;48;5;(\d+);/;
			} else {
				push @holes, $part if $ground eq '';
			}
		}
	}
	is("@holes", '', 'and no cell is left to the terminal');
	$screen->close;
}

for my $term (qw(xterm-16color screen linux)) {
	next if system("TERMINFO=$terminfo infocmp $term >/dev/null 2>&1");
	my $look = looks(bytes_of({ TERM => $term }));
	has($look, "$term", qw(31 35 36 1 4 7));
	has_none($look, "$term: no more than eight, no dim", '9[0-7]|10[0-7]|[34]8;5;\d+|[25]');
	has_none($look, "$term: never blue on dark", '34');
	$look = looks(bytes_of({ TERM => $term }, '--theme=light'));
	has($look, "$term, light", qw(31 35 34 1 4 7));
	has_none($look, "$term, light: never yellow, never cyan", '3[36]');
}
for my $case (['vt100', { TERM => 'vt100' }], ['NO_COLOR', { NO_COLOR => '1' }], ['--no-color', {}, '--no-color']) {
	my ($name, @run) = @$case;
	my $look = looks(bytes_of(@run, '--theme=high-contrast'));
	has($look, $name, qw(1 4 7));
	has_none($look, "$name: no colours", $any);
}

{
	my $pty = start({ NO_COLOR => '1' }, '--theme=light');
	$pty->type('t')->wait_output(qr/without colours all look the same/, 't');
	pass('t says why nothing is to be seen of another theme');
	stop($pty);
	unlink "$state/pgtop-prod/look.json";
}

# Who chooses.
# A message that replaces another is sent as what differs; the file is what tells that a choice was made.
sub until_chosen
{
	my ($pty, $theme) = @_;
	my $file = "$state/pgtop-prod/look.json";
	wait_for { $pty->pump(0); -e $file && read_file($file) =~ /"theme": "\Q$theme\E"/ } 20, "$theme to be chosen";
	return $pty->settle(0.2);
}

sub is_theme
{
	my ($bytes, $theme, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	has(looks($bytes), $what, @{ $colours{$theme} });
}
sub starts_with
{
	my ($theme, $what, $env, @arguments) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $bytes = stop(start($env || {}, @arguments));
	is_theme($bytes, $theme, "$what: $theme") if $theme ne 'mono';
	has_none(looks($bytes), "$what: mono", $any) if $theme eq 'mono';
	return $bytes;
}
# The overview shows no tree; the tab and critical are what tells.
$colours{$_} = [@{ $colours{$_} }[1, 2]] for qw(dark light colour-blind);
$colours{'high-contrast'} = [qw(48;5;123 48;5;16)];

starts_with('dark', 'nobody says anything');
starts_with('light', 'COLORFGBG', { COLORFGBG => '0;15' });
starts_with('dark', 'COLORFGBG', { COLORFGBG => '15;0' });
starts_with('colour-blind', '--theme beats COLORFGBG', { COLORFGBG => '0;15' }, '--theme=colour-blind');

my $pty = start({});
$pty->forget->type('t')->wait_output(qr/theme high-contrast/, 't says its name');
is_theme($pty->output, 'high-contrast', 't: seen at once');
until_chosen($pty->settle(0.2)->forget->type('t'), 'light');
is_theme($pty->output, 'light', 't again: the next');
stop($pty);
ok(-s "$state/pgtop-prod/look.json", 'the choice is kept');
ok(!-e "$config/pgtop-prod/config.json", 'and config.json is not written');
starts_with('light', 'remembered');
starts_with('light', 'remembered, whatever COLORFGBG says', { COLORFGBG => '15;0' });
starts_with('colour-blind', '--theme beats it', {}, '--theme=colour-blind');
starts_with('light', '--theme was for its run');
write_file("$config/pgtop-prod/config.json", qq({ "theme": "colour-blind" }\n));
starts_with('colour-blind', 'config.json said something later');
$pty = start({});
until_chosen($pty->type(":theme mono\r"), 'mono');
stop($pty);
starts_with('mono', 't was later still');

# Themes of one's own, and bad ones.
my $json = read_file("$ROOT/themes/dark.json");
(my $own = $json) =~ s/"fg": 16, "bg": 110/"fg": 16, "bg": 99/;
(my $bad = $json) =~ s/"fg": 210/"fg": 9/;
write_file("$config/pgtop-prod/themes/own.json", $own);
write_file("$config/pgtop-prod/themes/bad.json", $bad);
has(looks(stop(start({}, '--theme=own'))), 'by its name', '48;5;99');
has(looks(stop(start({}, "--theme=$config/pgtop-prod/themes/own.json"))), 'by its path', '48;5;99');
like(run_pgtop(['--list-themes'], env => \%env)->{out}, qr/^bad\nown\n/m, '--list-themes names them');
for my $case (["$config/pgtop-prod/themes/bad.json", qr/bad\.json:11:26: role "critical", "fg": expected a colour from 16 to 255/],
	['bad', qr/bad\.json:11:26: role "critical"/], ['pink', qr/no theme pink; there are .*own/],
	['/nowhere.json', qr{/nowhere\.json: No such file}]) {
	my ($theme, $says) = @$case;
	my $result = run_pgtop([$server->connection_options, "--theme=$theme"], env => \%env);
	is($result->{status}, 2, "--theme=$theme: exit 2");
	like($result->{err}, qr/^pgtop-prod: .*$says/, 'in one line, with its place');
	is($result->{out}, '', 'and nothing on stdout');
}
$pty = start({}, '--theme=mono');
$pty->type('t')->wait_output(qr/bad\.json:11:26: role "critical"/, 't says what is wrong with a bad one');
until_chosen($pty->forget->type('t'), 'own');
has(looks($pty->output), 'and goes on behind it', '48;5;99');
stop($pty);
unlink "$config/pgtop-prod/themes/own.json";
like(starts_with('colour-blind', 'a remembered one that is gone: the one of config.json'), qr/the theme chosen last: no theme own/, 'with a note');

# What the most important keys are is said at the first run, and only then.
%env = (%env, XDG_CONFIG_HOME => "$home/new-config", XDG_STATE_HOME => "$home/new-state");
like(stop(start({})), qr/note.*q quits/s, 'the first run begins with the keys');
unlike(stop(start({})), qr/q quits/, 'the second does not');

done_testing;
