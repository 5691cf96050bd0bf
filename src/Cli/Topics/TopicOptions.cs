using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Topics;

/// <summary>What the topic commands share.</summary>
public static class TopicOptions
{
    public static readonly Option Topic = new("--topic", "TOPIC", "a topic, as an operand is") { Aliases = ["-t"], Repeats = true, Completes = Completes.Topic };

    /// <summary>The names given as operands and by --topic, each once; separated by commas as well.</summary>
    /// <exception cref="CommandException">An empty text stands for a name: it comes from a variable of the shell that is not set, and must not mean all
    /// topics.</exception>
    public static IReadOnlyList<string> Names(ParsedArguments arguments)
    {
        var given = arguments.Operands.Concat(arguments.All(Topic)).ToList();
        if (given.Any(string.IsNullOrWhiteSpace)) throw CommandException.Usage("an empty text was given as TOPIC.", $"Give the name of a topic, for example: semel {arguments.Syntax.Name} orders");
        return [.. given.SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];
    }

    /// <exception cref="CommandException">No name is given.</exception>
    public static IReadOnlyList<string> RequiredNames(ParsedArguments arguments) => Names(arguments) is { Count: > 0 } names
        ? names
        : throw CommandException.Usage($"'semel {arguments.Syntax.Name}' needs the name of a topic.", $"For example: semel {arguments.Syntax.Name} orders");

    /// <summary>Changes topics; see <see cref="AdminWork.ChangeAsync"/>.</summary>
    /// <param name="done">What may have become of the topics.</param>
    public static Task<T> ChangeAsync<T>(ParsedArguments arguments, Terminal terminal, string done, Func<AdminClient, CancellationToken, Task<T>> work, CancellationToken stop) =>
        AdminWork.ChangeAsync(arguments, terminal, $"the topics may have been {done}, or not", "'semel topics list' shows the topics there are.", work, stop);
}
