using System.Globalization;
using System.Net;

namespace Semel.Cli.Serve;

/// <summary>HOST:PORT as --listen takes it: 127.0.0.1:9092, [::1]:9092, :9092 or 9092 for every address of the machine's own loop, 0.0.0.0:9092 for all.</summary>
public readonly record struct ListenAddress(string Host, int Port)
{
    public const int DefaultPort = 9092;

    /// <summary>What Kafka writes before an address; there is no other here.</summary>
    public const string Scheme = "PLAINTEXT://";

    /// <exception cref="CommandException">The text is no such address.</exception>
    public static ListenAddress Parse(string text, string option)
    {
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) text = text[Scheme.Length..];
        var colon = text.LastIndexOf(':');
        // An IPv6 address without brackets has more than one colon, and no port that could be told apart.
        if (colon >= 0 && text.IndexOf(':') != colon && !text.StartsWith('[')) throw Refused(text, option, "an IPv6 address needs brackets before its port, as in [::1]:9092");
        var portText = colon >= 0 && !text.EndsWith(']') ? text[(colon + 1)..] : text.All(char.IsAsciiDigit) ? text : DefaultPort.ToString(CultureInfo.InvariantCulture);
        var host = colon >= 0 && !text.EndsWith(']') ? text[..colon] : text.All(char.IsAsciiDigit) ? "" : text;
        if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535) throw Refused(text, option, "the port must be a number from 0 to 65535");
        if (host.Length == 0) host = "127.0.0.1";
        if (host is ['[', .. var inner, ']'] && !IPAddress.TryParse(inner, out _)) throw Refused(text, option, "the text in brackets is no IPv6 address");
        return new ListenAddress(host, port);
    }

    /// <summary>The address a client on this machine uses.</summary>
    public string ForClients => Host is "0.0.0.0" or "*" ? $"127.0.0.1:{Port}" : Host is "[::]" ? $"[::1]:{Port}" : ToString();

    public override string ToString() => $"{Host}:{Port}";

    static CommandException Refused(string text, string option, string reason) => CommandException.Usage($"{option} is '{text}', but {reason}.", "Give HOST:PORT, for example 127.0.0.1:9092.");
}
