using Semel.Cli.Arguments;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>What the commands about groups share: the options have the names of Kafka's own tool.</summary>
static class GroupOptions
{
    public static readonly Option Group = new("--group", "GROUP", "a group, as an operand is") { Aliases = ["-g"], Repeats = true };
    public static readonly Option AllGroups = new("--all-groups", null, "all groups of the cluster");
    public static readonly Option Topic = new("--topic", "TOPIC[:N,...]", "a topic, or some of its partitions") { Aliases = ["-t"], Repeats = true };

    /// <summary>The names given as operands and by --group, each once.</summary>
    /// <exception cref="CommandException">An empty text stands for a name.</exception>
    public static IReadOnlyList<string> Names(ParsedArguments arguments)
    {
        var given = arguments.Operands.Concat(arguments.All(Group)).ToList();
        if (given.Any(string.IsNullOrWhiteSpace)) throw CommandException.Usage("an empty text was given as GROUP.", $"Give the name of a group, for example: semel {arguments.Syntax.Name} billing");
        return [.. given.Distinct()];
    }

    /// <exception cref="CommandException">No name is given.</exception>
    public static IReadOnlyList<string> RequiredNames(ParsedArguments arguments) => Names(arguments) is { Count: > 0 } names ? names : throw NoName(arguments);

    /// <exception cref="CommandException">Not exactly one name is given.</exception>
    public static string RequiredName(ParsedArguments arguments) => Names(arguments) switch
    {
        [var name] => name,
        [] => throw NoName(arguments),
        _ => throw CommandException.Usage($"'semel {arguments.Syntax.Name}' takes one group at a time."),
    };

    static CommandException NoName(ParsedArguments arguments) =>
        CommandException.Usage($"'semel {arguments.Syntax.Name}' needs the name of a group.", $"For example: semel {arguments.Syntax.Name} billing");

    /// <summary>The partitions that --topic names; a null list stands for all of the topic's.</summary>
    /// <exception cref="CommandException">A text that is none.</exception>
    public static IReadOnlyList<(string Topic, IReadOnlyList<int>? Partitions)> Scope(ParsedArguments arguments) => [.. arguments.All(Topic).Select(text =>
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0) return (Required(text), null);
        var numbers = text[(colon + 1)..].Split(',').Select(number => int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var partition)
            ? partition
            : throw CommandException.Usage($"--topic is '{text}', but behind the colon there must be numbers of partitions.", "For example: --topic orders:0,2")).Distinct().ToArray();
        return (Required(text[..colon]), (IReadOnlyList<int>?)numbers);
    })];

    static string Required(string topic) => topic.Length > 0 ? topic : throw CommandException.Usage("--topic is empty.", "For example: --topic orders:0,2");

    public static IOrderedEnumerable<T> InOrder<T>(this IEnumerable<T> items, Func<T, TopicPartition> partition) =>
        items.OrderBy(item => partition(item).Topic, StringComparer.Ordinal).ThenBy(item => partition(item).Partition);
}
