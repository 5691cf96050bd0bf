using System.Globalization;
using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>This client has no such verb, option or value; nothing was sent.</summary>
sealed class UnknownOptionException(string message) : Exception(message);

/// <summary>The options behind the verb, each `--name value`.</summary>
sealed class Options
{
    readonly Dictionary<string, string> _values = [];
    readonly HashSet<string> _unread = [];

    public Options(string[] arguments)
    {
        for (var at = 0; at < arguments.Length; at += 2)
        {
            if (!arguments[at].StartsWith("--", StringComparison.Ordinal) || at + 1 == arguments.Length) throw new UnknownOptionException($"an option and its value were expected at '{arguments[at]}'");
            _values[arguments[at][2..]] = arguments[at + 1];
            _unread.Add(arguments[at][2..]);
        }
    }

    public string Text(string name, string? otherwise = null)
    {
        _unread.Remove(name);
        return _values.GetValueOrDefault(name) ?? otherwise ?? throw new UnknownOptionException($"--{name} is needed");
    }

    public int Number(string name, int? otherwise = null) => int.Parse(Text(name, otherwise?.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    public TimeSpan Seconds(string name, double otherwise) => TimeSpan.FromSeconds(double.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture));

    /// <summary>How long the verb may take without any progress.</summary>
    public TimeSpan Patience => Seconds("timeout", 60);

    /// <summary>So that a broker that is down for some seconds costs time only.</summary>
    public T Configure<T>(T config) where T : ClientConfig
    {
        config.BootstrapServers = Text("bootstrap");
        config["request.timeout.ms"] = "5000";
        config["reconnect.backoff.max.ms"] = "1000";
        config["metadata.max.age.ms"] = "5000";
        return config;
    }

    /// <summary>To be called when all that a verb knows has been read.</summary>
    public void RefuseUnread()
    {
        if (_unread.Count > 0) throw new UnknownOptionException($"unknown: --{string.Join(", --", _unread)}");
    }
}
