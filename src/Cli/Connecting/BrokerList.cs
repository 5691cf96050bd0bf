using Semel.Cli.Arguments;
using Semel.Client.Connections;

namespace Semel.Cli.Connecting;

/// <summary>The addresses of brokers as a user types them, separated by commas. As kcat has it, a port may be left out.</summary>
public static class BrokerList
{
    /// <summary>The addresses as the client takes them.</summary>
    public static OptionType<string> Type { get; } = Read;

    /// <param name="name">Of the option or setting, for the refusal.</param>
    /// <exception cref="CommandException">There is no address, or one of them is none.</exception>
    public static string Read(string name, string text)
    {
        var addresses = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(address => One(name, address)).ToList();
        return addresses.Count > 0 ? string.Join(',', addresses)
            : throw CommandException.Usage($"{name} is empty.", "Give HOST:PORT, for example 127.0.0.1:9092.");
    }

    static string One(string name, string address)
    {
        // librdkafka takes a listener's name before the address, as the broker's settings have it.
        if (address.StartsWith(Serve.ListenAddress.Scheme, StringComparison.OrdinalIgnoreCase)) address = address[Serve.ListenAddress.Scheme.Length..];
        if (address.Count(':') > 1 && !address.StartsWith('[')) throw CommandException.Usage($"{name} is '{address}', but an IPv6 address needs brackets.",
            "Write it as in [::1]:9092.");
        try
        {
            return BrokerAddress.Parse(address).ToString();
        }
        catch (FormatException refused)
        {
            throw CommandException.Usage($"{name}: {refused.Message}.");
        }
    }
}
