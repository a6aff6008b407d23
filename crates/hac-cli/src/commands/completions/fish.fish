# Completions of @NAME@ for fish: the program itself says what a word may become.

function _@FUNCTION@_answer
    set -l current (commandline -ct)
    set -l answer (command @NAME@ __complete fish (commandline -opc) "$current" 2>/dev/null)
    set -l kind $answer[1]
    set -e answer[1]
    if test "$kind" = files
        __fish_complete_path "$current"
    else if set -q answer[1]
        printf '%s\n' $answer
    end
end

complete -c @NAME@ -f -a '(_@FUNCTION@_answer)'
