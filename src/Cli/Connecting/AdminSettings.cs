namespace Semel.Cli.Connecting;

/// <summary>The settings of another client that one for questions beside it shares.</summary>
public static class AdminSettings
{
    /// <summary>Others belong to producers or consumers alone, and an admin client would wonder at them.</summary>
    static readonly string[] Shared = ["bootstrap.servers", "client.id", "request.timeout.ms", "default.api.timeout.ms", "socket.connection.setup.timeout.ms"];

    /// <param name="limit">default.api.timeout.ms where the settings have none.</param>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> settings, string limit)
    {
        var shared = settings.Where(setting => Shared.Contains(setting.Key)).ToDictionary();
        shared.TryAdd("default.api.timeout.ms", limit);
        return shared;
    }
}
