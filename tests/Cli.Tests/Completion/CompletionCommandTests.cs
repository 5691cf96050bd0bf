using Semel.Cli.Completion;
using Semel.Peers;

namespace Semel.Cli.Tests.Completion;

public sealed class CompletionCommandTests(WithBroker broker) : IClassFixture<WithBroker>
{
    /// <summary>bash itself completes the line, by the script that it is given, and prints what it would offer.</summary>
    Ran Bash(string line, string? bootstrap = null)
    {
        var (file, arguments) = TestedProgram.Command();
        var words = line.Split(' ');
        // As bash breaks words: an equals sign stands alone.
        var broken = words.SelectMany(word => word.Split('=') is [var option, var value] && option.StartsWith("--", StringComparison.Ordinal)
            ? new[] { option, "=", value }.Where(part => part.Length > 0) : [word]).Prepend("semel").ToList();
        var script = $$"""
            set -u
            semel() { {{string.Join(' ', arguments.Prepend(file).Select(Quoted))}} "$@"; }
            source <(semel completion bash)
            complete -p semel >/dev/null || exit 9
            compopt() { :; }
            COMP_WORDS=({{string.Join(' ', broken.Select(Quoted))}})
            COMP_CWORD={{broken.Count - 1}}
            _semel
            printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
            """;
        return Ran.Program("bash", ["-c", script], TimeSpan.FromSeconds(30), Path.GetTempPath(), environment: new Dictionary<string,
            string?> { ["SEMEL_BOOTSTRAP_SERVERS"] = bootstrap ?? broker.Broker.BootstrapServers });
    }

    static string Quoted(string word) => $"'{word.Replace("'", "'\\''")}'";

    [Fact]
    public async Task Bash_offers_commands_options_words_topics_groups_and_files()
    {
        if (OperatingSystem.IsWindows()) return;
        await broker.Broker.CreateTopicAsync("completed-orders");
        await broker.Broker.CreateTopicAsync("completed-payments");
        await broker.RunAsync("groups", "reset-offsets", "completed-group", "--topic", "completed-orders", "--to-earliest", "--execute");
        using var folder = new Semel.Cli.Demo.TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "a file.txt"), "");
        (string Line, string Offered)[] cases =
        [
            ("consu", "consume"),
            ("topics cr", "create"),
            ("consume --from-b", "--from-beginning"),
            ("consume --output=j", "json"),
            ("consume --topic completed-o", "completed-orders"),
            ("topics describe completed-", "completed-orders\ncompleted-payments"),
            ("groups describe comp", "completed-group"),
            ($"produce --file {folder.Path}/a", $"{folder.Path}/a file.txt"),
            ($"serve --data-dir {folder.Path[..^1]}", folder.Path),
        ];
        foreach (var (line, offered) in cases)
        {
            var ran = Bash(line);
            Assert.True((0, offered + "\n") == (ran.ExitCode, ran.Output), $"{line}: {ran}");
        }
        var alone = Bash("consume --topic x", "127.0.0.1:1");
        Assert.Equal((0, "\n", ""), (alone.ExitCode, alone.Output, alone.Error));
    }

    [Fact]
    public async Task Each_shell_has_its_script_which_asks_this_program()
    {
        foreach (var shell in CompletionScript.Shells)
        {
            var result = await RunResult.OfAsync("completion", shell);
            Assert.Equal(ExitCode.Success, result.ExitCode);
            Assert.Contains(CandidatesCommand.Name, result.Output);
        }
        var unknown = await RunResult.OfAsync("completion", "bsh");
        Assert.Equal(ExitCode.Usage, unknown.ExitCode);
        Assert.Contains("Did you mean bash?", unknown.Error);
    }

    /// <summary>Not every shell hands an empty word over.</summary>
    [Fact]
    public async Task A_word_that_was_not_begun_may_be_left_out()
    {
        Assert.Equal((await RunResult.OfAsync("__complete", "2", "--", "topics", "")).Output,
            (await RunResult.OfAsync("__complete", "2", "--", "topics")).Output);
        Assert.Equal(ExitCode.Usage, (await RunResult.OfAsync("__complete", "many")).ExitCode);
    }
}
