using Semel.Cli.Arguments;
using Semel.Cli.Completion;
using Semel.Cli.Consume;
using Semel.Cli.Demo;
using Semel.Cli.Demo.Transactions;
using Semel.Cli.Dump;
using Semel.Cli.Groups;
using Semel.Cli.Produce;
using Semel.Cli.Serve;
using Semel.Cli.Topics;
using Semel.Cli.Transactions;
using Semel.Protocol;

namespace Semel.Cli.Commands;

/// <summary>What a command line names, and the arguments that are left for it.</summary>
/// <param name="ByLetter">By kcat's letter.</param>
public readonly record struct CommandCall(Command Command, IReadOnlyList<string> Remaining, bool ByLetter = false);

/// <summary>All commands there are, in the order help lists them, and how a command line names one.</summary>
public static class CommandTable
{
    public static readonly IReadOnlyList<Command> All =
    [
        new ServeCommand(),
        new TopicsCreateCommand(),
        new TopicsListCommand(),
        new TopicsDescribeCommand(),
        new TopicsDeleteCommand(),
        new ProduceCommand(),
        new ConsumeCommand(),
        new GroupsListCommand(),
        new GroupsDescribeCommand(),
        new GroupsMembersCommand(),
        new GroupsDeleteCommand(),
        new GroupsDeleteOffsetsCommand(),
        new GroupsResetOffsetsCommand(),
        new TransactionsListCommand(),
        new TransactionsDescribeCommand(),
        new TransactionsDescribeProducersCommand(),
        new TransactionsFindHangingCommand(),
        new TransactionsAbortCommand(),
        new TransactionsCommitCommand(),
        new LogDumpCommand(),
        new DemoCommand(),
        new CompletionCommand(),
        new HelpCommand(),
        new VersionCommand(),
    ];

    /// <summary>For use between our own programs: in no help.</summary>
    static readonly IReadOnlyList<Command> Hidden = [new CandidatesCommand(), new JobCommand()];

    /// <summary>What users of Kafka's tools look for and do not find yet; docs/not-done.md lists it.</summary>
    static readonly (string Name, string Instead)[] NotYet =
    [
        ("topics alter", "A topic keeps the partitions and the settings that 'semel topics create' gives it."),
        ("configs", "'semel serve --settings' shows the broker's settings, 'semel topics describe --configs' those of topics."),
        ("acls", "There is no access control: everybody who reaches the broker may do everything."),
    ];

    /// <summary>First words that need a second one.</summary>
    public static readonly IReadOnlyList<string> Groups = [.. All.Where(command => command.Syntax.Name.Contains(' ')).Select(command => command.Syntax.Name.Split(' ')[0]).Distinct()];

    public static IEnumerable<Command> InGroup(string group) => All.Where(command => command.Syntax.Name.StartsWith(group + " ", StringComparison.Ordinal));

    public static Command? Find(string name) => All.Concat(Hidden).FirstOrDefault(command => command.Syntax.Name == name);

    /// <summary>The command that the first words name, and the arguments that are left for it.</summary>
    /// <exception cref="CommandException">No such command; names the nearest.</exception>
    public static CommandCall Resolve(IReadOnlyList<string> arguments)
    {
        var first = arguments[0];
        if (first.StartsWith('-') && ByLetter(arguments) is { } byLetter) return byLetter;
        if (Groups.Contains(first)) return InsideGroup(first, [.. arguments.Skip(1)]);
        if (Find(first) is { } found) return new(found, [.. arguments.Skip(1)]);
        if (NotThereYet(first) is { } absent) throw absent;
        throw Unknown(first, first, first.StartsWith('-') ? ["--help", "--version"] : All.Select(command => command.Syntax.Name.Split(' ')[0]).Distinct(), "", "See 'semel help'.");
    }

    /// <summary>kcat's way: the letter may stand anywhere among the options, and before other letters in the same word (`-b HOST -t TOPIC -Ce`).</summary>
    static CommandCall? ByLetter(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count && arguments[i] != "--"; i++)
        {
            if (All.FirstOrDefault(command => command.Syntax.ShortForm is { } letter && arguments[i].StartsWith(letter, StringComparison.Ordinal)) is not { } found) continue;
            var behind = arguments[i][found.Syntax.ShortForm!.Length..];
            return new(found, [.. arguments.Take(i), .. behind.Length > 0 ? ["-" + behind] : Array.Empty<string>(), .. arguments.Skip(i + 1)], ByLetter: true);
        }
        return null;
    }

    static CommandCall InsideGroup(string group, List<string> rest)
    {
        var verbs = InGroup(group).ToDictionary(command => command.Syntax.Name[(group.Length + 1)..]);
        if (rest.Count > 0 && verbs.TryGetValue(rest[0], out var command)) return new(command, rest[1..]);
        // Kafka's tools name the action by an option, anywhere on the line.
        var option = rest.FindIndex(argument => argument.StartsWith("--", StringComparison.Ordinal) && verbs.ContainsKey(argument[2..]));
        if (option >= 0)
        {
            command = verbs[rest[option][2..]];
            rest.RemoveAt(option);
            return new(command, rest);
        }
        var absent = rest.Select((word, i) => i == 0 || word.StartsWith("--", StringComparison.Ordinal) ? NotThereYet($"{group} {word.TrimStart('-')}") : null).FirstOrDefault(found => found is not null);
        if (absent is not null) throw absent;
        if (rest.Count == 0 || rest[0].StartsWith('-')) throw CommandException.Usage($"'semel {group}' needs to know what to do: {string.Join(", ", verbs.Keys)}.", $"See 'semel help {group}'.");
        throw Unknown($"{group} {rest[0]}", rest[0], verbs.Keys, $"{group} ", $"'semel {group}' can: {string.Join(", ", verbs.Keys)}.");
    }

    /// <summary>The answer to a name that users of Kafka's tools expect; null for any other.</summary>
    public static CommandException? NotThereYet(string name) => NotYet.FirstOrDefault(row => row.Name == name) is { Name: not null } row
        ? CommandException.Usage($"'semel {row.Name}' is not there yet.", $"{row.Instead}{(InGroup(name.Split(' ')[0]).ToList() is { Count: > 0 } verbs ? $" There are: {string.Join(", ", verbs.Select(verb => $"'semel {verb.Syntax.Name}'"))}." : "")}")
        : null;

    /// <param name="word">What was typed in place of a known word: only the two are compared, as what stands before is right.</param>
    static CommandException Unknown(string name, string word, IEnumerable<string> known, string before, string otherwise) =>
        CommandException.Usage($"there is no command '{name}'.", NearestName.Find(word, known) is { } near ? $"Did you mean 'semel {before}{near}'?" : otherwise);
}
