using System.Globalization;

namespace Semel.Broker.Hosting;

/// <summary>
/// Kafka's listeners: one of clients, PLAINTEXT://host:port. Only plain text is spoken. That of the controllers, which Kafka's own file has beside it, is
/// passed over: there are none.
/// </summary>
internal static class ListenerAddress
{
    const string Scheme = "PLAINTEXT://", ControllerScheme = "CONTROLLER://";

    /// <returns>Null, and the reason, when the text is no such address.</returns>
    public static (string Host, int Port)? Read(string text, out string reason)
    {
        reason = $"it must be one {Scheme}host:port, with a port from 0 to 65535";
        var entries = text.Split(',', StringSplitOptions.TrimEntries).Where(entry => !entry.StartsWith(ControllerScheme, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (entries.Length != 1) return null;
        text = entries[0];
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) text = text[Scheme.Length..];
        else if (text.Contains("://", StringComparison.Ordinal))
        {
            reason = $"this broker speaks plain text only: it must begin with {Scheme}";
            return null;
        }
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535) return null;
        var host = text[..colon].Trim('[', ']');
        return (host.Length == 0 ? "0.0.0.0" : host, port);
    }

    public static string Write(string host, int port) => $"{Scheme}{(host.Contains(':') ? $"[{host}]" : host)}:{port.ToString(CultureInfo.InvariantCulture)}";
}
