# Completion of pgtop-prod for fish, from its table of options: `make man` writes it anew.

function __pgtop_prod_services
    set -l folder /etc/postgresql-common
    if set -q PGSYSCONFDIR
        set folder $PGSYSCONFDIR
    else if command -q pg_config
        set folder (pg_config --sysconfdir)
    end
    set -l own ~/.pg_service.conf
    set -q PGSERVICEFILE; and set own $PGSERVICEFILE
    for file in $own $folder/pg_service.conf
        test -r $file; and sed -n 's/^[[:space:]]*\[\([^]]*\)\].*/service=\1/p' $file
    end
end

function __pgtop_prod_themes
    set -l words (commandline -opc)
    command -q $words[1]; and command $words[1] --list-themes 2>/dev/null
    __fish_complete_suffix --complete=(commandline -ct | string replace -r '^--theme=' '') .json
end

complete -c pgtop-prod -f -a '(__pgtop_prod_services)'
complete -c pgtop-prod -s 'h' -l host -x -a '(__fish_print_hostnames)' -d 'server\'s host name, address or socket directory'
complete -c pgtop-prod -s 'p' -l port -x -d 'server\'s port'
complete -c pgtop-prod -s 'U' -l username -x -d 'role to connect as'
complete -c pgtop-prod -s 'd' -l dbname -x -a '(__pgtop_prod_services)' -d 'database, connection string or URI'
complete -c pgtop-prod -s 'w' -l no-password -d 'never ask for a password'
complete -c pgtop-prod -s 'W' -l password -d 'ask for a password before connecting'
complete -c pgtop-prod -l connect-timeout -x -d 'give up on an address after so long (5)'
complete -c pgtop-prod -l demo -d 'watch a throwaway server with an application in trouble'
complete -c pgtop-prod -s 's' -l interval -x -d 'ask this often, 0.1 to 3600 (2)'
complete -c pgtop-prod -l read-only -d 'no command that writes on the server exists'
complete -c pgtop-prod -l theme -x -a '(__pgtop_prod_themes)' -d 'colours; --list-themes names them'
complete -c pgtop-prod -l ascii -d 'draw with ASCII characters only'
complete -c pgtop-prod -l no-color -d 'no colours, as with NO_COLOR in the environment'
complete -c pgtop-prod -l pane -x -a 'overview activity locks slow_queries unused_indexes matviews stats' -d 'open this pane; with --once print only it (repeatable)'
complete -c pgtop-prod -l config -r -F -d 'read this instead of the default config.json'
complete -c pgtop-prod -l once -d 'collect once, print, end; so also when stdout is no terminal'
complete -c pgtop-prod -l format -x -a 'text json csv' -d 'form of what --once prints (text); csv takes one --pane'
complete -c pgtop-prod -l show-sql -a 'activity locks slow_queries unused_indexes matviews stats' -d 'print every statement sent to a server; needs no server'
complete -c pgtop-prod -l list-themes -d 'print the names of the themes'
complete -c pgtop-prod -s 'V' -l version -d 'print the version'
complete -c pgtop-prod -s '?' -l help -d 'print this'
