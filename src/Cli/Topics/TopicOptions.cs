using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Topics;

/// <summary>What the topic commands share.</summary>
public static class TopicOptions
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public static readonly Option Topic = new("--topic", "TOPIC", "a topic, as an operand is") { Aliases = ["-t"], Repeats = true };

    /// <summary>The names given as operands and by --topic, each once; separated by commas as well.</summary>
    public static IReadOnlyList<string> Names(ParsedArguments arguments) =>
        [.. arguments.Operands.Concat(arguments.All(Topic)).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];

    /// <exception cref="CommandException">No name is given.</exception>
    public static IReadOnlyList<string> RequiredNames(ParsedArguments arguments) => Names(arguments) is { Count: > 0 } names
        ? names
        : throw CommandException.Usage($"'semel {arguments.Syntax.Name}' needs the name of a topic.", $"For example: semel {arguments.Syntax.Name} orders");

    /// <summary>Connects, does the work, and puts failures into words.</summary>
    public static async Task<T> WithAdminAsync<T>(ParsedArguments arguments, Terminal terminal, Func<AdminClient, Task<T>> work, CancellationToken stop)
    {
        var settings = ConnectionOptions.Read(arguments, terminal, [new("default.api.timeout.ms", Limit.TotalMilliseconds.ToString("0"))], stop);
        return await WithAdminAsync(settings, admin =>
        {
            ConnectionOptions.TellUnused(arguments, terminal, admin.Config);
            return work(admin);
        }, stop).ConfigureAwait(false);
    }

    public static async Task<T> WithAdminAsync<T>(IReadOnlyDictionary<string, string> settings, Func<AdminClient, Task<T>> work, CancellationToken stop)
    {
        try
        {
            await using var admin = new AdminClient(settings);
            await Reachability.CheckAsync(settings["bootstrap.servers"], stop).ConfigureAwait(false);
            return await work(admin).ConfigureAwait(false);
        }
        catch (KafkaException failure)
        {
            throw ClientFailure.Of(failure);
        }
    }
}
