# What the shells complete: typed into a bash and, where they are installed, a zsh and a fish, and run.
use strict;
use warnings;
use lib 'tests/lib';

use PgtopTest;
use Test::More;

my $dir = temp_dir();
mkdir "$dir/$_" or die "$dir/$_: $!" for qw(bin config config/pgtop-prod config/pgtop-prod/themes files);

# What is run in the place of the program says what it was given; asked by a completion it knows the themes as the program does.
write_file("$dir/bin/pgtop-prod", <<"END", 0755);
#!/bin/sh
[ "\$*" = --list-themes ] && ! [ -t 1 ] && exec @PGTOP --list-themes
printf 'given:'
printf ' <%s>' "\$@"
printf ' end\\n'
END
write_file("$dir/config/pgtop-prod/themes/$_.json", read_file("$ROOT/themes/dark.json")) for 'own one', 'zz$(touch pwned)';
write_file("$dir/services", "# a comment\n[production]\nhost=db1\n\n [staging]\nhost=db2\n[zz\$(touch pwned)]\n[ugly one]\n");
write_file("$dir/files/limits.json", '{}');

my %env = (
	HOME => $dir, PATH => "$dir/bin:$ENV{PATH}", XDG_CONFIG_HOME => "$dir/config", PGSERVICEFILE => "$dir/services",
	TERM => 'xterm', INPUTRC => '/dev/null', PGSYSCONFDIR => $dir, HISTFILE => undef,
);

my @lines = (
	# typed before Tab => what the program is given
	['--theme=da', '--theme=dark'],
	['--theme da', '--theme', 'dark'],
	['--theme=own', '--theme=own one'],
	['--theme=zz', '--theme=zz$(touch pwned)'],
	['--pane=over', '--pane=overview'],
	['--once --pane=locks --pane ma', '--once', '--pane=locks', '--pane', 'matviews'],
	['--show-sql=unu', '--show-sql=unused_indexes'],
	['--format=js', '--format=json'],
	['--config=files/li', '--config=files/limits.json'],
	['--list-t', '--list-themes'],
	['--read', '--read-only'],
	['ser', 'service='],
	['service=pro', 'service=production'],
	['-d service=sta', '-d', 'service=staging'],
	['service=ugly', 'service=ugly one'],
	['service=zz', 'service=zz$(touch pwned)'],
	['--port=54', '--port=54'],
);

sub is_completed_by
{
	my ($shell, $prepare, @command) = @_;
	unlink "$dir/pwned";
	my $pty = PgtopTest::Pty->spawn(command => [@command], env => \%env, width => 200);
	$pty->type("cd $dir; PS1='rea''dy> '; $prepare\r");
	for my $line (@lines) {
		my ($typed, @given) = @$line;
		$pty->wait_output(qr/ready> /, "$shell to be ready")->forget;
		$pty->type("pgtop-prod $typed\t\r");
		$pty->wait_output(qr/given:.* end\r?\n/, "$shell to run $typed");
		my ($said) = $pty->output =~ /given: (.*) end\r?\n/;
		is($said, join(' ', map { "<$_>" } @given), "$shell completes $typed");
	}
	ok(!-e "$dir/pwned", "$shell: nothing that stands in a name is run");
	$pty->wait_output(qr/ready> /)->type("exit\r")->wait_exit;
	return;
}

sub has
{
	my ($shell) = @_;
	return grep { -x "$_/$shell" } split /:/, $ENV{PATH};
}

subtest bash => sub {
	is_completed_by('bash', ". $ROOT/man/completions/pgtop-prod.bash", qw(bash --norc --noprofile -i));

	my $report = run_command(['bash', '--norc', '-c', <<"END"], env => \%env);
. $ROOT/man/completions/pgtop-prod.bash
COMP_WORDS=(pgtop-prod --) COMP_CWORD=1
_pgtop_prod 2> /dev/null
printf '%s\\n' "\${COMPREPLY[@]}"
END
	my @offered = sort map { (s{=$}{}r) } split /\n/, $report->{out};
	my @options = sort { $a cmp $b } run_pgtop(["--help"])->{out} =~ /^ .*?(--[a-z-]+)/mg;
	is_deeply(\@offered, \@options, 'all options are offered, and nothing else');
};

subtest zsh => sub {
	plan skip_all => 'no zsh here' if !has('zsh');
	is_completed_by('zsh', "fpath=($ROOT/man/completions \$fpath); autoload -Uz compinit; compinit -u -D", qw(zsh -f -i));
};

subtest fish => sub {
	plan skip_all => 'no fish here' if !has('fish');
	my $offered = sub {
		my ($line) = @_;
		my $answer = run_command(['fish', '--no-config', '-c',
			"cd $dir; source $ROOT/man/completions/pgtop-prod.fish; complete --do-complete \$argv[1]", '--', "pgtop-prod $line"],
			env => \%env);
		return [map { (s{\t.*}{}r) } split /\n/, $answer->{out}];
	};
	for my $line (@lines) {
		my ($typed, @given) = @$line;
		next if $typed =~ /^(?:ser|--port=54)$/;
		my ($word) = $typed =~ /(\S*)$/;
		my $wanted = $given[-1] =~ s/([ \$()])/\\$1/gr;
		my $got = $offered->($typed);
		ok((grep { $_ eq $wanted || $_ eq $given[-1] } @$got), "fish completes $typed") or diag("wanted $wanted; offered: @$got");
	}
	is_deeply([sort @{ $offered->('--format=') }], [map { ("--format=$_") } qw(csv json text)], 'fish offers the words of a list');
	ok(!-e "$dir/pwned", 'fish: nothing that stands in a name is run');
};

done_testing;
