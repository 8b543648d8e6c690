# shellcheck shell=bash
# Completion of pgtop-prod for bash, from its table of options: `make man` writes it anew.

# Offers those of the lines read that begin with $1, each behind $2. Not by `compgen -W`: it would expand what stands in a
# name, and names come from files.
_pgtop_prod_offer() {
	local name
	while IFS= read -r name; do
		[[ -n $name && $name == "$1"* ]] || continue
		printf -v name %q "$name"
		COMPREPLY+=("$2${name//\\=/=}")
	done
}

_pgtop_prod_services() {
	local file
	for file in "${PGSERVICEFILE:-$HOME/.pg_service.conf}" \
		"${PGSYSCONFDIR:-$(pg_config --sysconfdir 2> /dev/null || echo /etc/postgresql-common)}/pg_service.conf"; do
		[[ -r $file ]] && sed -n 's/^[[:space:]]*\[\([^]]*\)\].*/\1/p' "$file"
	done
}

_pgtop_prod_files() {
	local name
	while IFS= read -r name; do
		COMPREPLY+=("$2$name")
	done < <(compgen -f -- "$1")
	compopt -o filenames 2> /dev/null
}

_pgtop_prod() {
	local word=${COMP_WORDS[COMP_CWORD]} option='' before='' kind='' words='' joined='' newline=$'\n'
	COMPREPLY=()
	[[ $COMP_CWORD -gt 0 ]] && option=${COMP_WORDS[COMP_CWORD - 1]}
	# `=` is a word of its own, unless somebody took it out of COMP_WORDBREAKS.
	if [[ $word == '=' ]]; then
		word='' joined=yes
	elif [[ $option == '=' ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]} joined=yes
	elif [[ $word == *=* ]]; then
		option=${word%%=*} before=${word%%=*}= word=${word#*=} joined=yes
	fi

	case $option in
	-h | --host) kind=hosts ;;
	-p | --port) kind=nothing ;;
	-U | --username) kind=nothing ;;
	-d | --dbname) kind=database ;;
	--connect-timeout) kind=nothing ;;
	-s | --interval) kind=nothing ;;
	--theme) kind=themes ;;
	--pane) kind=words words='overview activity locks slow_queries unused_indexes matviews stats' ;;
	--config) kind=files ;;
	--format) kind=words words='text json csv' ;;
	--show-sql) [[ -n $joined ]] && kind=words words='activity locks slow_queries unused_indexes matviews stats' ;;
	service) [[ -n $joined ]] && kind=services ;;
	esac
	case $kind in
	nothing) ;;
	words) _pgtop_prod_offer "$word" "$before" <<< "${words// /$newline}" ;;
	hosts) _pgtop_prod_offer "$word" "$before" < <(compgen -A hostname) ;;
	services) _pgtop_prod_offer "$word" "$before" < <(_pgtop_prod_services) ;;
	files) _pgtop_prod_files "$word" "$before" ;;
	themes)
		_pgtop_prod_offer "$word" "$before" < <("${COMP_WORDS[0]/#\~/$HOME}" --list-themes 2> /dev/null)
		[[ ${#COMPREPLY[@]} -gt 0 ]] || _pgtop_prod_files "$word" "$before"
		;;
	*)
		words='service='
		if [[ -n $joined ]]; then
			words=''
		elif [[ -z $kind && $word == -* ]]; then
			words=''
			words+='--host='
			words+=' --port='
			words+=' --username='
			words+=' --dbname='
			words+=' --no-password'
			words+=' --password'
			words+=' --connect-timeout='
			words+=' --demo'
			words+=' --interval='
			words+=' --read-only'
			words+=' --theme='
			words+=' --ascii'
			words+=' --no-color'
			words+=' --pane='
			words+=' --config='
			words+=' --once'
			words+=' --format='
			words+=' --show-sql'
			words+=' --list-themes'
			words+=' --version'
			words+=' --help'
		fi
		_pgtop_prod_offer "$word" '' <<< "${words// /$newline}"
		[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
		;;
	esac
	return 0
}

complete -F _pgtop_prod pgtop-prod
