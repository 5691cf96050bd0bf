using Semel.Cli.Arguments;
using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;

namespace Semel.Cli.Completion;

/// <summary>
/// Names that only the broker knows, for whoever is typing: asked for where the line says, or where the commands would ask, and given up silently when there is
/// no quick answer.
/// </summary>
public static class KnownNames
{
    /// <summary>In milliseconds: nobody waits longer behind a key.</summary>
    const string Limit = "3000";

    /// <param name="words">The line, for its --bootstrap-server.</param>
    public static async Task<IReadOnlyList<string>> AskAsync(Completes kind, IReadOnlyList<string> words, Terminal terminal, CancellationToken stop)
    {
        try
        {
            var bootstrap = BrokerList.Read(ConnectionOptions.Bootstrap.Name,
                Bootstrap(words) ?? terminal.Variable(ConnectionOptions.BootstrapVariable) ?? ConnectionOptions.DefaultBootstrap);
            Dictionary<string, string> settings = new() { ["bootstrap.servers"] = bootstrap, ["default.api.timeout.ms"] = Limit,
                ["socket.connection.setup.timeout.ms"] = Limit };
            await Reachability.CheckAsync(settings, stop).ConfigureAwait(false);
            await using var admin = new AdminClient(settings);
            return kind == Completes.Topic
                ? [.. (await admin.ListTopicsAsync(stop).ConfigureAwait(false)).Where(topic => !topic.IsInternal).Select(topic => topic.Name)
                    .Order(StringComparer.Ordinal)]
                : [.. (await admin.Groups.ListAsync([], [], stop).ConfigureAwait(false)).Select(group => group.GroupId).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is CommandException or KafkaException)
        {
            // There is nothing to offer then; what is wrong is told by the command itself.
            return [];
        }
    }

    static string? Bootstrap(IReadOnlyList<string> words)
    {
        var spellings = ConnectionOptions.Bootstrap.Spellings.ToList();
        for (var at = 0; at < words.Count; at++)
        {
            if (at + 1 < words.Count && spellings.Contains(words[at])) return words[at + 1] == "=" && at + 2 < words.Count ? words[at + 2] : words[at + 1];
            if (words[at].Split('=', 2) is [var name, var value] && spellings.Contains(name)) return value;
        }
        return null;
    }
}
