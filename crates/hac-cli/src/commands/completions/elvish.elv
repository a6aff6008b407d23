# Completions of @NAME@ for elvish: the program itself says what a word may become.

use str

set edit:completion:arg-completer[@NAME@] = {|@words|
    var answer = [(e:@NAME@ __complete elvish $@words)]
    if (eq $answer[0] files) {
        edit:complete-filename $@words
    } else {
        for line $answer[1..] {
            var parts = [(str:split "\t" $line)]
            if (== (count $parts) 1) {
                put $parts[0]
            } else {
                edit:complex-candidate $parts[0] &display=$parts[0]'  '$parts[1]
            }
        }
    }
}
