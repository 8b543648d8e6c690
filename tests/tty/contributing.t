# What CONTRIBUTING.md says step by step, done on a copy of the tree: its files written, its diffs applied, its commands run.
# A collector described there gets its pane, its JSON, its help, its line in the manual.
use strict;
use warnings;
use lib 'tests/lib';

use JSON::PP;
use PgtopTest;
use Test::More;

my $tree = temp_dir() . '/tree';
my $built = $ENV{PGTOP_BUILD} || "$ROOT/build";
my $server = PgtopTest::Server->start;
my %env = (PGHOST => $server->{host}, PGPORT => $server->{port}, PGUSER => 'postgres', PGDATABASE => 'postgres',
	O => undef, DESTDIR => undef, MAKELEVEL => undef, MAKEFLAGS => make_flags(), XDG_CONFIG_HOME => $tree, XDG_STATE_HOME => $tree);

# What the make around this was told, but for where it builds and the jobs it shares with others: with other flags all would be compiled anew.
sub make_flags
{
	my ($said) = ($ENV{MAKEFLAGS} // '') =~ /(?:^| )-- (.*)/;
	my @words = grep { /^(?:CC|CFLAGS|CPPFLAGS|HARDENING|LDFLAGS|WERROR)=/ } ($said // '') =~ /((?:\\.|[^\\ ])+)/g;
	return join ' ', '-j2 --', @words;
}

# The blocks of the section in the order in which they stand: [language, file or '', text].
sub blocks
{
	my ($text) = read_file("$ROOT/CONTRIBUTING.md") =~ /^## Step by step\n(.*?)^## /ms or die 'CONTRIBUTING.md has no steps';
	my @blocks;
	push @blocks, [$1, $2 // '', $3] while $text =~ /^```(\w+)(?: (\S+))?\n(.*?)^```$/msg;
	return @blocks;
}

sub in_tree
{
	my ($what, @command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = run_command(\@command, dir => $tree, env => \%env, seconds => 300);
	ok($result->{status} == 0 && !$result->{signal} && !$result->{timed_out}, $what)
		or diag(substr $result->{out} . $result->{err}, -3000);
	return $result->{out};
}

sub done
{
	my ($language, $file, $text) = @_;
	if ($file ne '') {
		ok(!-e "$tree/$file", "$file is new");
		write_file("$tree/$file", $text);
	} elsif ($language eq 'diff') {
		my ($named) = $text =~ m{^\+\+\+ b/(\S+)}m;
		write_file("$tree/../step.diff", $text);
		in_tree("the change of $named applies", 'patch', '-p1', '--no-backup-if-mismatch', '-i', "$tree/../step.diff");
	} elsif ($language eq 'sh') {
		in_tree($_, 'sh', '-c', $_) for split /\n/, $text;
	} else {
		fail("what is to be done with a block of $language?");
	}
	return;
}

my $before = run_pgtop(['--once', '--pane=databases'], env => \%env);
is($before->{status}, 2, 'there is no such pane yet');

my $copied = run_command(['sh', "$ROOT/tests/lib/copy", $tree], env => { O => $built });
is($copied->{status}, 0, 'the tree is copied') or BAIL_OUT($copied->{err});
# What was built is not built again; what else lies there is not of this build.
mkdir "$tree/build" or die "$tree/build: $!";
in_tree('and what was built', 'sh', '-c', 'tar -c -C "$1" --exclude=./asan --exclude=./lint --exclude=./deb . | tar -x -C build', 'sh', $built);
done(@$_) for blocks();

my $report = decode_json(in_tree('JSON is printed', 'build/pgtop-prod', '--once', '--format=json'));
my %row = map { $_->{name} => $_ } @{ $report->{panes}{databases}{rows} };
is($report->{panes}{databases}{state}, 'ok', 'the pane is there');
is_deeply([sort keys %{ $row{postgres} }], [qw(commits damaged name sessions since)], 'its rows have its columns');
cmp_ok($row{postgres}{sessions}, '>=', 1, 'with what the server says');
ok(is_json_number($row{postgres}{commits}), 'a rate has its two samples');
is($report->{checks}{'damaged-pages'}, $server->psql('SHOW data_checksums') eq 'on' ? 'ok' : 'n/a', 'its check is judged');

my $screen = PgtopTest::Screen->new(command => ['build/pgtop-prod'], dir => $tree, env => { %env, MAKEFLAGS => undef }, width => 120, height => 40);
$screen->wait_until(qr/live \d\d:\d\d:\d\d/);
$screen->keys('8');
$screen->shows(qr{^databases .*\n.*\bdatabase\b.*commits/s}m, '8 is its pane, with its titles');
$screen->shows(qr/^\W*postgres +\d+/m, 'and its rows');
$screen->keys('?');
$screen->shows(qr/^help  databases/m, 'it has help');
$screen->keys('Escape');
$screen->type(':databases');
$screen->shows(qr/databases: sessions, commits, damaged pages/, 'and its line behind the prompt');
$screen->keys('Enter');
$screen->type(':middle');
$screen->shows(qr/Go to the row in the middle/, 'as has the command');
$screen->keys('Enter', 'q');
$screen->wait_ended;

my $manual = read_file("$tree/man/pgtop-prod.1");
like($manual, qr/^\.Ss 8 databases\nDatabases: sessions, commits, damaged pages\.$/m, 'the manual has the pane');
like($manual, qr/^\.It\ndamaged-pages$/m, 'and the check');
like($manual, qr/^\.Ic \\&:middle\n\.Xc\nGo to the row in the middle\.$/m, 'and the command');
for my $shell (qw(pgtop-prod.bash _pgtop-prod pgtop-prod.fish)) {
	like(read_file("$tree/man/completions/$shell"), qr/matviews stats databases/, "$shell completes it");
}
like(in_tree('themes are listed', 'build/pgtop-prod', '--list-themes'), qr/^dusk$/m, 'the theme is compiled in');

done_testing;
