# Completions of @NAME@ for bash: the program itself says what a word may become.

@FUNCTION@() {
    local program=${1/#\~\//$HOME/} answer word first=yes
    COMPREPLY=()
    answer=$("$program" __complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return 0
    while IFS= read -r word; do
        if [[ $first ]]; then
            first=
            if [[ $word == files ]]; then
                # bash before 4.0 has no compopt.
                compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$2"))
                return 0
            fi
        else
            COMPREPLY+=("$word")
        fi
    done <<<"$answer"
}

complete -F @FUNCTION@ @NAME@
