using System.Globalization;

namespace Semel.Client.Connections;

/// <summary>Where a broker listens, as the configuration or a metadata answer names it.</summary>
internal readonly record struct BrokerAddress(string Host, int Port)
{
    const int DefaultPort = 9092;

    /// <summary>Reads "host", "host:port", "[v6]:port", each with an optional scheme before it.</summary>
    /// <exception cref="FormatException">The text names no host, or its port is not 1 to 65535.</exception>
    public static BrokerAddress Parse(string text)
    {
        var rest = text.Trim();
        var scheme = rest.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0) rest = rest[(scheme + 3)..];
        var (host, port) = SplitPort(rest);
        if (host.Length == 0) throw new FormatException($"'{text}' names no host; write host:port");
        if (port.Length == 0) return new BrokerAddress(host, DefaultPort);
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
            throw new FormatException($"'{text}' has the port '{port}', which is not a number from 1 to 65535; write host:port");
        return new BrokerAddress(host, number);
    }

    static (string Host, string Port) SplitPort(string text)
    {
        var afterHost = text.StartsWith('[') ? text.IndexOf(']') + 1 : 0;
        var colon = text.IndexOf(':', afterHost);
        // More than one colon outside brackets is a bare IPv6 address.
        if (colon < 0 || (afterHost == 0 && text.IndexOf(':', colon + 1) >= 0)) return (text.Trim('[', ']'), "");
        return (text[..colon].Trim('[', ']'), text[(colon + 1)..]);
    }

    /// <summary>The addresses of a comma-separated list, each once.</summary>
    /// <exception cref="FormatException">An entry is not an address, or there is none.</exception>
    public static IReadOnlyList<BrokerAddress> ParseList(string text)
    {
        var addresses = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).Distinct().ToArray();
        return addresses.Length > 0 ? addresses : throw new FormatException("no broker is named; bootstrap.servers needs at least one host:port");
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
