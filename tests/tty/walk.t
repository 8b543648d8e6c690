# The README's walk through the demo, key by key as it stands there, in a window of 80x24: each row shows what it says.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';

use Encode ();
use PgtopTest;
use Test::More;

my ($walk) = Encode::decode('UTF-8', read_file('README.md')) =~ /^## Five minutes with the demo\n(.*?)^## /ms;
my @rows = map { [/^\| ((?:`[^`]+` ?)+)\| / ? $1 =~ /`([^`]+)`/g : ()] } grep { /^\| `/ } split /\n/, $walk;

# What is to be on the screen after each row's keys, in the order of the rows.
my @wanted = (
	qr/^locks .*● \d+ app +holds RowExclusive.*ALTER TABLE/ms,
	qr/12 behind.*idle in transaction.*holds .*RowExclusive on public\.users.*UPDATE users SET last_seen_at/s,
	qr/^findings .*12 sessions wait for pid \d+/ms,
	qr/^locks .*● xa-8812 billing/ms,
	qr/^activity .*idle tx.*by xa-8812/ms,
	qr/^activity .*filter user:app !idle/m,
	qr/^activity .*a shows all.*idle tx/ms,
	qr/^queries .*▲ +[89]\d\.\d%/ms,
	qr/^query .*WHERE user_id = \$1/ms,
	qr/^indexes .*1 to mend, 5 to drop, 1 to keep.*mend users_email_key.*drop orders_amount_idx/ms,
	qr/^index orders_amount_idx .*counted +since.*CREATE INDEX orders_amount_idx/ms,
	qr/^matviews .*top_products +≥/ms,
	qr/^materialized view top_products.*CREATE UNIQUE INDEX CONCURRENTLY ON public\.top_products/ms,
	qr/^findings .*^done +Copied /ms,
	qr/^rights .*GRANT pg_monitor TO monitor;/ms,
	qr/theme /,
	qr/PAUSED/,
	qr/^help /m,
);

is(scalar @rows, @wanted + 1, 'every row of the walk is followed, and the last one leaves');

my $dir = temp_dir();
chmod 01777, $dir;
my %env = (TMPDIR => $dir, XDG_STATE_HOME => "$dir/state", XDG_CONFIG_HOME => "$dir/config");
my $screen = PgtopTest::Screen->new(command => [@PGTOP, '--demo'], env => \%env, width => 80, height => 24);
$screen->wait_until(qr/^■ 12 sessions wait for pid \d+, 9 of them behind ALTER TABLE users.*5 indexes, .*▲ Materialized view top_products is at least/ms,
	'the findings of the walk', 150);

my %key = (Enter => 'Enter', Esc => 'Escape', Space => 'Space', '↓' => 'Down');

# The beginning of the title line, without figures: it tells panes and views apart and stands still from tick to tick.
sub place
{
	my ($picture) = @_;
	return substr((split /\n/, $picture)[4] // '', 0, 40) =~ tr/0-9//dr;
}

sub press
{
	for my $key (@_) {
		my $before = place($screen->capture);
		$key{$key} ? $screen->keys($key{$key}) : $screen->type($key);
		# A key right behind Esc would make one of the two.
		$screen->wait_until(sub { place($_[0]) ne $before }, 'Esc to leave') if $key eq 'Esc';
	}
}

for my $i (0 .. $#wanted) {
	press(@{ $rows[$i] });
	$screen->shows($wanted[$i], join(' ', @{ $rows[$i] }) . ' shows what the README says');
}
$screen->keys('Escape');
$screen->wait_until(qr/^findings /m, 'the findings');
$screen->keys('q');
is($screen->wait_ended(60), '0 but true', 'and q leaves');
$screen->close;

done_testing;
