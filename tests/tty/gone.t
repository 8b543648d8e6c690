# The server does not answer, is gone, comes back, was never there: the screen goes on, says so and since when, and is live again;
# at most one abandoned session of ours is ever left.
use strict;
use warnings;
use lib 'tests/lib';

use IO::Select;
use IO::Socket::UNIX;
use PgtopTest;
use Test::More;

my $server = PgtopTest::Server->start(tcp => 1, hba => <<'END');
local all secret scram-sha-256
local all all    trust
host  all all    127.0.0.1/32 trust
END
$server->psql(q{CREATE ROLE app LOGIN; CREATE ROLE limited LOGIN CONNECTION LIMIT 1; CREATE TABLE orders (id int); GRANT ALL ON orders TO app;
	SET password_encryption = 'scram-sha-256'; CREATE ROLE secret LOGIN PASSWORD 'geheim' IN ROLE pg_monitor});
my $live = qr/^\S.* live \d\d:\d\d:\d\d$/m;
my $stamp = qr/\d\d:\d\d:\d\d/;

sub screen
{
	my (@arguments) = @_;
	my %option = ref $arguments[0] ? %{ shift @arguments } : ();
	return PgtopTest::Screen->new(command => [@PGTOP, $server->connection_options(%option), '--interval=0.5', @arguments],
		width => 110, height => 32);
}

# Our sessions on the server, asked through a session that is open already.
my $observer = $server->session(application => 'observer');
sub ours
{
	return split /\n/, $observer->query(q{SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgtop-prod%' ORDER BY backend_start});
}

sub answers_keys
{
	my ($screen, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$screen->keys('2');
	$screen->shows(qr/^activity\b/m, "$what: 2 is answered");
	$screen->keys('?');
	$screen->shows(qr/^help\b/m, "$what: ? is answered");
	$screen->keys('Escape');
	$screen->shows(sub { $_[0] !~ /^help\b/m }, "$what: Esc is answered");
	$screen->keys('3');
	$screen->shows(qr/^locks\b/m, "$what: 3 is answered");
}

sub is_sane
{
	my ($screen, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $picture = $screen->capture;
	is($screen->ended, '', "$what: it lives");
	isnt($picture =~ /\S/ ? 1 : 0, 0, "$what: no blank screen");
	unlike(join("\n", (split /\n/, $picture)[2, 3]), qr/(?:^|\s)-\d/, "$what: no negative figure");
}

my $holder = $server->session(user => 'app', application => 'orders-api');
$holder->query('BEGIN; LOCK TABLE orders');
my $waiter = $server->session(user => 'app');
$waiter->send('SELECT * FROM orders')->until_waiting;

# Our server process is stopped.
{
	my $screen = screen('--pane=locks');
	$screen->wait_until($live);
	$screen->wait_until(qr/@{[$holder->pid]} app +holds/);
	my ($backend) = ours();
	kill 'STOP', $backend;
	my $picture = $screen->shows(qr/^\S.*NO ANSWER +\d+\w* +from $stamp$/m, 'stopped: NO ANSWER, and since when');
	like($picture, qr/^locks  stale, from $stamp: the server has not answered since/m, 'stopped: the pane says stale');
	like($picture, qr/@{[$holder->pid]} app +holds/, 'stopped: and keeps its rows');
	answers_keys($screen, 'stopped');
	$screen->keys('Enter');
	$screen->shows(qr/Esc back/, 'stopped: details open');
	$screen->keys('Escape');
	my $most = 0;
	# Long enough for a further attempt to connect, and for its successors if there were any.
	wait_for {
		my $n = ours();
		$most = $n if $n > $most;
		$screen->capture =~ /NO ANSWER +(\d+)/ ? $1 >= 8 : $n > 1 && $screen->capture =~ $live;
	} 60, 'time to pass';
	cmp_ok($most, '<=', 2, 'stopped: at most one session is abandoned');
	is_sane($screen, 'stopped');
	kill 'CONT', $backend;
	$screen->shows($live, 'continued: live again');
	unlike($screen->line(1), qr/NO ANSWER/, 'continued: NO ANSWER is gone');
	wait_for { ours() == 1 } 30, 'one session of ours to be left';
	pass('continued: one session of ours is left');
	is_sane($screen, 'continued');
	$screen->shows(qr/^locks  1 root, 1 waiting.*every/m, 'continued: the pane is fresh');
	$screen->keys('q');
	$screen->wait_ended;
	$screen->close;
	wait_for { ours() == 0 } 30, 'our session to end';
}

# The postmaster is stopped: our session goes on; when that goes too, no new one can come about.
{
	my $screen = screen('--pane=activity');
	$screen->wait_until($live);
	my $postmaster = $server->postmaster_pid;
	kill 'STOP', $postmaster;
	my ($from) = $screen->line(1) =~ /live ($stamp)/;
	$screen->shows(sub { ($_[0] =~ /live ($stamp)$/m ? $1 : $from) ne $from }, 'postmaster stopped: our session is answered');
	my ($backend) = ours();
	$observer->query("SELECT pg_terminate_backend($backend)");
	$screen->shows(qr/^\S.*(?:DOWN|NO ANSWER) +\d\w* +from $stamp$/m, 'and our process ended: DOWN, and since when');
	answers_keys($screen, 'postmaster stopped');
	is_sane($screen, 'postmaster stopped');
	kill 'CONT', $postmaster;
	$screen->shows($live, 'postmaster continued: live again', 40);
	wait_for { ours() == 1 } 40, 'one session of ours to be left';
	pass('postmaster continued: one session of ours is left');
	is_sane($screen, 'postmaster continued');
	$screen->keys('q');
	$screen->wait_ended;
	$screen->close;
}

# The server is stopped and started, in every way.
$_->close for $waiter, $holder;
for my $mode (qw(fast immediate)) {
	my $screen = screen();
	$screen->wait_until($live);
	$screen->wait_until(qr{\d+/\d+ conn});
	$server->stop($mode);
	my $picture = $screen->shows(qr/^\S.* DOWN +\d\w* +from $stamp$/m, "$mode stop: DOWN, and since when");
	like($picture, qr{\d+/\d+ conn}, "$mode stop: the figures stay");
	answers_keys($screen, "$mode stop");
	$screen->keys('1');
	$screen->shows(qr/[Cc]onnection.* lost/, "$mode stop: a finding says so");
	is_sane($screen, "$mode stop");
	$server->up;
	$screen->shows($live, "$mode start: live again", 40);
	is_sane($screen, "$mode start");
	$screen->shows(sub { $_[0] !~ /[Cc]onnection.* lost/ }, "$mode start: the finding is gone");
	# Rates count from the new start: nothing is negative at the second sample either.
	my ($from) = $screen->line(1) =~ /live ($stamp)/;
	$screen->wait_until(sub { ($_[0] =~ /live ($stamp)$/m ? $1 : $from) gt $from }, 'another sample');
	is_sane($screen, "$mode start, second sample");
	$screen->keys('q');
	$screen->wait_ended;
	$screen->close;
}
$observer = $server->session(application => 'observer');

# Too many clients, until one goes.
{
	my $only = $server->session(user => 'limited');
	my $screen = screen({ user => 'limited' });
	$screen->shows(qr/too many connections/, 'too many clients: the reason is shown');
	$screen->shows(qr/never connected, since \d\d:\d\d/, 'and since when');
	is($screen->ended, '', 'and it goes on');
	$only->close;
	$screen->shows($live, 'live once there is room', 40);
	$screen->close;
}

# A password that is asked for, refused, and changed meanwhile.
{
	my $screen = screen({ user => 'secret' });
	$screen->shows(qr/[Pp]assword.*:/, 'a password is asked for before the screen');
	unlike($screen->capture, qr/1 overview/, 'not on it');
	$screen->type("geheim\n");
	my $picture = $screen->shows($live, 'with it the screen opens');
	unlike($picture, qr/geheim/, 'and does not show it');
	$server->psql(q{SET password_encryption = 'scram-sha-256'; ALTER ROLE secret PASSWORD 'anders'});
	$server->stop->up;
	$screen->shows(qr/[Pp]assword/, 'when it is refused later it is asked for on the screen', 40);
	# A server may lock an account after a few: the same password is not tried over and over.
	my $refused = sub { scalar(() = $server->log_text =~ /password authentication failed for user "secret"/g) };
	wait_for { $refused->() } 30, 'the refusal in the log';
	my $most = time + 8;
	wait_for { time > $most || $refused->() > 1 } 30, 'some seconds to pass';
	is($refused->(), 1, 'and not tried again for now');
	$screen->type("anders\n");
	$screen->shows($live, 'and the new one is taken', 40);
	unlike($screen->capture, qr/anders/, 'and not shown');
	$screen->close;
	my $wrong = screen({ user => 'secret' });
	$wrong->wait_until(qr/[Pp]assword.*:/);
	$wrong->type("falsch\n");
	is($wrong->wait_ended, '3', 'a wrong one at the start: exit 3');
	like($wrong->capture, qr/password authentication failed/, 'and says why');
	$wrong->close;
}

# Started before there is a server.
{
	my $later = PgtopTest::Server->init;
	my $screen = PgtopTest::Screen->new(command => [@PGTOP, $later->connection_options, '--interval=0.5'], width => 80, height => 24);
	my $picture = $screen->shows(qr/never connected, since \d\d:\d\d/, 'no server yet: said, and since when');
	like($picture, qr/No such file|refused/, 'with the reason');
	like($picture, qr/next try/, 'and what is done about it');
	$screen->keys('?');
	$screen->shows(qr/^help\b/m, 'no server yet: keys are answered');
	$screen->keys('Escape');
	$later->up;
	$screen->shows($live, 'live once it is there', 40);
	$screen->keys('1');
	$screen->shows(qr/^findings/m, 'with everything');
	is_sane($screen, 'once it is there');
	$screen->close;
}

# Somebody takes connections and says nothing, until there is a server.
{
	my $later = PgtopTest::Server->init;
	my ($name, $told) = ("$later->{dir}/.s.PGSQL.$later->{port}", temp_dir() . '/told');
	my $listener = IO::Socket::UNIX->new(Local => $name, Listen => 20) or die "$name: $!";
	chmod 0777, $name;
	write_file($told, '');
	my $silent = background(sub {
		my $all = IO::Select->new($listener);
		while (my @ready = $all->can_read) {
			for my $one (@ready) {
				if ($one == $listener) {
					$all->add(scalar $listener->accept);
					open my $file, '>>', $told;
					print $file $all->count - 1, "\n";
					close $file;
				} elsif (!sysread $one, my $bytes, 4096) {
					$all->remove($one);
					close $one;
				}
			}
		}
	});
	close $listener;
	my $screen = PgtopTest::Screen->new(width => 100, height => 24,
		command => [@PGTOP, $later->connection_options, '--interval=0.5', '--connect-timeout=0.5']);
	$screen->shows(qr/no answer within 0\.5 s/, 'silence: said');
	my @open;
	wait_for { @open = split /\n/, read_file($told); @open >= 6 } 25, 'six attempts';
	pass('silence: tried again and again');
	is((grep { $_ > 1 } @open), 0, 'silence: one at a time');
	$screen->shows(sub { $_[0] !~ /next try in [1-9]\d s/ }, 'silence: no long pause is announced');
	kill 'KILL', $silent;
	waitpid $silent, 0;
	unlink $name;
	$later->up;
	$screen->shows($live, 'silence: live once there is a server', 20);
	$screen->keys('q');
	$screen->wait_ended;
	$screen->close;
}

# The database is dropped under the screen: no password would help, and it is live again when there is one of that name.
{
	$server->psql('CREATE DATABASE gone');
	my $screen = screen({ dbname => 'gone' });
	$screen->wait_until($live);
	$server->psql('DROP DATABASE gone WITH (FORCE)');
	$screen->shows(qr/^\S.*DOWN +\d+\w* +from $stamp$/m, 'database dropped: DOWN');
	$screen->keys('Enter');
	$screen->shows(qr/database "gone" does not exist/, 'database dropped: it says why');
	unlike($screen->capture, qr/password for/, 'database dropped: nobody is asked for a password');
	$server->psql('CREATE DATABASE gone');
	$screen->shows($live, 'database made again: live');
}

done_testing;
