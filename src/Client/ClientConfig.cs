using System.Collections;
using System.Globalization;
using Semel.Client.Configuration;

namespace Semel.Client;

/// <summary>
/// A bag of configuration keys by Kafka's names, or librdkafka's as aliases; a configuration object of Confluent.Kafka can be given as it is,
/// and what of it this client cannot do is said in one answer.
/// Nothing is checked here: building a client checks every key and every relation between keys. A property reads its key's text by
/// the same rule, and throws a <see cref="KafkaConfigException"/> when that is no value of the key; it is null when the key is not set. Not thread safe.
/// </summary>
public class ClientConfig : IEnumerable<KeyValuePair<string, string>>
{
    readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public ClientConfig() { }

    public ClientConfig(IEnumerable<KeyValuePair<string, string>> config)
    {
        foreach (var (key, value) in config) _values[key] = value;
    }

    /// <summary>The text given for exactly this key, or null. Setting null removes the key.</summary>
    public string? this[string key]
    {
        get => _values.GetValueOrDefault(key);
        set
        {
            if (value is null) _values.Remove(key);
            else _values[key] = value;
        }
    }

    /// <summary><c>bootstrap.servers</c>: where to find the cluster first: host:port, several separated by commas. Required.</summary>
    public string? BootstrapServers { get => GetText("bootstrap.servers"); set => this["bootstrap.servers"] = value; }
    /// <summary><c>client.id</c>: the name that brokers log for this client. Default producer- and a number, semel-consumer, or semel-admin.</summary>
    public string? ClientId { get => GetText("client.id"); set => this["client.id"] = value; }
    /// <summary><c>request.timeout.ms</c>: how long a request may go unanswered before its connection is closed. Milliseconds, at least 1; default 30000.</summary>
    public int? RequestTimeoutMs { get => GetInt32("request.timeout.ms"); set => Set("request.timeout.ms", value); }
    /// <summary><c>socket.timeout.ms</c>: the same timer on the client's side only, when it is to differ from request.timeout.ms. Milliseconds, at least 1; default that of request.timeout.ms.</summary>
    public int? SocketTimeoutMs { get => GetInt32("socket.timeout.ms"); set => Set("socket.timeout.ms", value); }
    /// <summary><c>retry.backoff.ms</c>: first pause before something is tried again; doubled at each further attempt. Milliseconds, at least 0; default 100.</summary>
    public int? RetryBackoffMs { get => GetInt32("retry.backoff.ms"); set => Set("retry.backoff.ms", value); }
    /// <summary><c>retry.backoff.max.ms</c>: longest pause before something is tried again. Milliseconds, at least 0; default 1000.</summary>
    public int? RetryBackoffMaxMs { get => GetInt32("retry.backoff.max.ms"); set => Set("retry.backoff.max.ms", value); }
    /// <summary><c>reconnect.backoff.ms</c>: first pause before a broker is dialled again; doubled at each further attempt. Milliseconds, at least 0; default 50.</summary>
    public int? ReconnectBackoffMs { get => GetInt32("reconnect.backoff.ms"); set => Set("reconnect.backoff.ms", value); }
    /// <summary><c>reconnect.backoff.max.ms</c>: longest pause before a broker is dialled again. Milliseconds, at least 0; default 1000.</summary>
    public int? ReconnectBackoffMaxMs { get => GetInt32("reconnect.backoff.max.ms"); set => Set("reconnect.backoff.max.ms", value); }
    /// <summary><c>connections.max.idle.ms</c>: an unused connection is closed after this time; 0 keeps it. Milliseconds, at least 0; default 540000.</summary>
    public int? ConnectionsMaxIdleMs { get => GetInt32("connections.max.idle.ms"); set => Set("connections.max.idle.ms", value); }
    /// <summary><c>metadata.max.age.ms</c>: metadata older than this is asked for again; -1 asks only when something has moved. Milliseconds, at least -1; default 300000.</summary>
    public int? MetadataMaxAgeMs { get => GetInt32("metadata.max.age.ms"); set => Set("metadata.max.age.ms", value); }
    /// <summary><c>allow.auto.create.topics</c>: whether asking for an unknown topic may create it. Default true for producers, false for consumers.</summary>
    public bool? AllowAutoCreateTopics { get => GetFlag("allow.auto.create.topics"); set => Set("allow.auto.create.topics", value); }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The value of a key, given under its own name or any of its aliases, by the same rule as building a client reads it.</summary>
    object? GetValue(string name)
    {
        var key = ConfigTable.Get(name);
        if (_values.TryGetValue(name, out var text)) return ConfigText.Parse(key, 1, name, text);
        foreach (var alias in key.Aliases)
            if (_values.TryGetValue(alias.Name, out text)) return ConfigText.Parse(key, alias.Scale, alias.Name, text);
        return null;
    }

    private protected string? GetText(string name) => GetValue(name) is { } value ? ConfigText.Format(value) : null;
    private protected bool? GetFlag(string name) => (bool?)GetValue(name);
    private protected int? GetInt32(string name) => (int?)GetInt64(name);

    private protected long? GetInt64(string name) => GetValue(name) switch
    {
        null => null,
        TimeSpan time when time.TotalMilliseconds is var milliseconds => double.IsInteger(milliseconds) ? (long)milliseconds
            : throw new KafkaConfigException($"{name} has a part of a millisecond, {milliseconds.ToString(CultureInfo.InvariantCulture)}; read it by its key.", name),
        var number => (long)number,
    };

    private protected double? GetDouble(string name) => ((TimeSpan?)GetValue(name))?.TotalMilliseconds;

    private protected void Set(string name, IFormattable? value) => this[name] = value?.ToString(null, CultureInfo.InvariantCulture);
    private protected void Set(string name, bool? value) => this[name] = value is { } flag ? flag ? "true" : "false" : null;

    /// <summary>An enumeration whose words are its members with an underscore before each inner capital letter: ReadCommitted is read_committed.</summary>
    private protected T? GetChoice<T>(string name) where T : struct, Enum => GetText(name) is { } word ? Enum.Parse<T>(word.Replace("_", "").Replace("-", ""), ignoreCase: true) : null;

    private protected void SetChoice<T>(string name, T? value, char separator = '_') where T : struct, Enum => this[name] = value is { } choice ? Words(choice.ToString(), separator) : null;

    static string Words(string member, char separator) =>
        string.Concat(member.Select((letter, at) => at > 0 && char.IsUpper(letter) ? $"{separator}{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
