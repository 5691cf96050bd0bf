using System.Globalization;
using Semel.Cli.Arguments;
using Semel.Protocol;

namespace Semel.Cli.Groups;

/// <summary>What the commands about groups share: the options have the names of Kafka's own tool.</summary>
static class GroupOptions
{
    public static readonly Option Group = new("--group", "GROUP", "a group, as an operand is") { Aliases = ["-g"], Repeats = true, Completes = Completes.Group };
    public static readonly Option AllGroups = new("--all-groups", null, "all groups of the cluster");
    public static readonly Option<(string Topic, IReadOnlyList<int>? Partitions)> Topic = new("--topic", "TOPIC[:N,...]", "a topic, or some of its partitions", ReadScope) { Aliases = ["-t"], Repeats = true, Completes = Completes.Topic };

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
    public static IReadOnlyList<(string Topic, IReadOnlyList<int>? Partitions)> Scope(ParsedArguments arguments) => [.. arguments.Values(Topic)];

    static (string Topic, IReadOnlyList<int>? Partitions) ReadScope(string option, string text)
    {
        var colon = text.LastIndexOf(':');
        var topic = colon < 0 ? text : text[..colon];
        if (topic.Length == 0) throw CommandException.Usage($"{option} is empty.", "For example: --topic orders:0,2");
        if (colon < 0) return (topic, null);
        return (topic, [.. text[(colon + 1)..].Split(',').Select(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            ? partition
            : throw CommandException.Usage($"{option} is '{text}', but behind the colon there must be numbers of partitions.", "For example: --topic orders:0,2")).Distinct()]);
    }

    public static IOrderedEnumerable<T> InOrder<T>(this IEnumerable<T> items, Func<T, TopicPartition> partition) =>
        items.OrderBy(item => partition(item).Topic, StringComparer.Ordinal).ThenBy(item => partition(item).Partition);
}
