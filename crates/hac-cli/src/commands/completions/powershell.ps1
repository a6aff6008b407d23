# Completions of @NAME@ for PowerShell: the program itself says what a word may become.

Register-ArgumentCompleter -Native -CommandName '@NAME@' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # A quote that is open is not part of the word.
    $current = $wordToComplete -replace '^[''"]|[''"]$', ''
    $words = @()
    foreach ($element in $commandAst.CommandElements) {
        $end = $element.Extent.EndOffset
        if ($end -lt $cursorPosition -or ($end -eq $cursorPosition -and $wordToComplete -eq '')) {
            if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $words += $element.Value
            } else {
                $words += $element.Extent.Text
            }
        }
    }
    # One character stands before the last word: Windows PowerShell drops an empty argument.
    $answer = @(& '@NAME@' __complete powershell @words ('=' + $current) 2>$null)
    # Where nothing is returned, PowerShell completes files.
    if ($answer.Count -lt 2 -or $answer[0] -ne 'words') {
        return
    }
    $answer | Select-Object -Skip 1 | ForEach-Object {
        $word, $meaning = $_ -split "`t", 2
        if (-not $meaning) {
            $meaning = $word
        }
        $typed = if ($word -match '[\s''"`$;&|(){}<>,@#]') { "'" + $word.Replace("'", "''") + "'" } else { $word }
        [System.Management.Automation.CompletionResult]::new($typed, $word, 'ParameterValue', $meaning)
    }
}
