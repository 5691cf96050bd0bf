using Semel.Protocol;

namespace Semel.Cli.Completion;

/// <summary>
/// What each shell is told. None of them knows a command or an option: they hand over the words of the line and take one candidate a line, with its meaning
/// behind a tab.
/// </summary>
public static class CompletionScript
{
    /// <summary>In place of candidates: whatever files there are, or folders. No name begins so.</summary>
    public const string Files = ":files", Folders = ":folders";

    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <exception cref="CommandException">There is no script for it.</exception>
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" or "powershell" => PowerShell,
        _ => throw CommandException.Usage($"SHELL is '{shell}', but must be one of: {string.Join(", ", Shells)}.", NearestName.Question(shell, Shells)),
    };

    // COMP_WORDS has what stands between the breaks of words, equals signs among them; the rule puts those together again. What readline replaces begins behind
    // the last break, as the candidates do.
    const string Bash = """
        # bash completion for semel: source <(semel completion bash)
        _semel() {
            local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} line
            [[ $current == "=" ]] && current=
            program=${program/#\~/$HOME}
            COMPREPLY=()
            while IFS= read -r line; do
                case $line in
                    :files) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
                    :folders) compopt -o filenames 2>/dev/null; while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
                    *) COMPREPLY+=("${line%%$'\t'*}") ;;
                esac
            done < <("$program" __complete "$COMP_CWORD" -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        }
        complete -F _semel semel

        """;

    const string Zsh = """
        #compdef semel
        # zsh completion for semel: source <(semel completion zsh), or a file _semel in $fpath
        _semel() {
            local line
            local -a described
            while IFS= read -r line; do
                case $line in
                    :files) _files; return ;;
                    :folders) _files -/; return ;;
                    *$'\t'*) described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
                    *) described+=("${line//:/\\:}") ;;
                esac
            done < <("${words[1]}" __complete $((CURRENT - 1)) -- "${(@)words[2,CURRENT]}" 2>/dev/null)
            (( $#described )) && _describe -V 'semel' described
        }
        if [[ $funcstack[1] == _semel ]]; then _semel "$@"; else compdef _semel semel; fi

        """;

    const string Fish = """
        # fish completion for semel: semel completion fish > ~/.config/fish/completions/semel.fish
        function __semel_candidates
            set -l words (commandline -opc) (commandline -ct)
            for line in ($words[1] __complete (math (count $words) - 1) -- $words[2..-1] 2>/dev/null)
                switch $line
                    case :files
                        __fish_complete_path (commandline -ct)
                    case :folders
                        __fish_complete_directories (commandline -ct)
                    case '*'
                        echo $line
                end
            end
        end
        complete -c semel -f -k -a '(__semel_candidates)'

        """;

    const string PowerShell = """
        # PowerShell completion for semel: semel completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName semel -ScriptBlock {
            param($begun, $line, $cursor)
            $words = @($line.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })
            $before = @($words | Select-Object -Skip 1)
            if ($begun -ne '' -and $before.Count -gt 0) { $before = @($before | Select-Object -SkipLast 1) }
            $count = $before.Count + 1
            $asked = @('__complete', "$count", '--') + $before
            if ($begun -ne '') { $asked += $begun }
            foreach ($found in & $words[0] @asked 2>$null) {
                $text, $help = $found -split "`t", 2
                if ($text -eq ':files' -or $text -eq ':folders') {
                    Get-ChildItem -Path "$begun*" -Directory:($text -eq ':folders') | ForEach-Object { Resolve-Path -Relative $_ }
                } else {
                    if (-not $help) { $help = $text }
                    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $help)
                }
            }
        }

        """;
}
