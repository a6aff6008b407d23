#compdef @NAME@

# Completions of @NAME@ for zsh: the program itself says what a word may become.

@FUNCTION@() {
    local program=${${(Q)words[1]}/#\~\//$HOME/} line word
    local -a answer described
    answer=("${(@f)$("$program" __complete zsh "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    if [[ $answer[1] == files ]]; then
        _files
        return
    fi
    (( $#answer > 1 )) || return 1
    for line in "${(@)answer[2,-1]}"; do
        word=${${line%%$'\t'*}//:/\\:}
        if [[ $line == *$'\t'* ]]; then
            described+=("$word:${line#*$'\t'}")
        else
            described+=("$word")
        fi
    done
    _describe -t values @NAME@ described
}

if [[ $funcstack[1] == @FUNCTION@ ]]; then
    @FUNCTION@ "$@"
else
    compdef @FUNCTION@ @NAME@
fi
