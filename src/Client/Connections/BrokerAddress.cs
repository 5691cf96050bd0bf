using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Semel.Client.Connections;

/// <summary>Where a broker listens, as the configuration or a metadata answer names it.</summary>
internal readonly record struct BrokerAddress(string Host, int Port)
{
    const int DefaultPort = 9092;

    const string Plaintext = "PLAINTEXT://";

    /// <summary>What stands in no host name, but in lists that were meant otherwise, and in addresses of web pages.</summary>
    static readonly System.Buffers.SearchValues<char> NotInHosts = System.Buffers.SearchValues.Create(" \t;,/@\\[]");

    /// <summary>Reads "host", "host:port", "[v6]:port", a bare IPv6 address, each with PLAINTEXT:// before it if you like.</summary>
    /// <exception cref="FormatException">The text names no host or not one host, asks for something other than plaintext, or its port is not 1 to 65535.</exception>
    public static BrokerAddress Parse(string text)
    {
        var rest = text.Trim();
        if (rest.StartsWith(Plaintext, StringComparison.OrdinalIgnoreCase)) rest = rest[Plaintext.Length..];
        if (rest.Contains("://")) throw new FormatException($"'{text}' asks for a protocol that this client does not speak; write host:port, or PLAINTEXT://host:port");
        var (host, port) = SplitPort(rest) ?? throw new FormatException($"'{text}' is no address; write host:port, or [address]:port for IPv6");
        if (host.Length == 0) throw new FormatException($"'{text}' names no host; write host:port");
        if (host.AsSpan().ContainsAny(NotInHosts)) throw new FormatException($"'{text}' is not one host; write host:port, and separate several by commas");
        if (port.Length == 0) return new BrokerAddress(host, DefaultPort);
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
            throw new FormatException($"'{text}' has the port '{port}', which is not a number from 1 to 65535; write host:port, and separate several by commas");
        return new BrokerAddress(host, number);
    }

    /// <returns>Null when brackets or colons stand where none may be.</returns>
    static (string Host, string Port)? SplitPort(string text)
    {
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']');
            if (end < 0 || !IsIPv6(text[1..end])) return null;
            var behind = text[(end + 1)..];
            if (behind.Length == 0) return (text[1..end], "");
            return behind[0] == ':' ? (text[1..end], behind[1..]) : null;
        }
        var colon = text.IndexOf(':');
        if (colon < 0) return (text, "");
        if (text.IndexOf(':', colon + 1) < 0) return (text[..colon], text[(colon + 1)..]);
        // Where a bare IPv6 address ends and its port begins cannot be told: all of it is the address.
        return IsIPv6(text) ? (text, "") : null;
    }

    static bool IsIPv6(string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
