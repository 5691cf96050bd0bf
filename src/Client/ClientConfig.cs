using System.Collections;
using System.Globalization;
using Semel.Client.Configuration;

namespace Semel.Client;

/// <summary>Which addresses of a broker's name are tried.</summary>
public enum BrokerAddressFamily
{
    Any,
    /// <summary>IP version 4 only.</summary>
    V4,
    /// <summary>IP version 6 only.</summary>
    V6,
}

/// <summary>What a client does when no broker that it knows answers (KIP-899).</summary>
public enum MetadataRecoveryStrategy
{
    /// <summary>Ask the bootstrap servers again.</summary>
    Rebootstrap,
    /// <summary>Go on trying those it knows.</summary>
    None,
}

/// <summary>
/// A bag of configuration keys by Kafka's names, or librdkafka's as aliases; a configuration object of Confluent.Kafka can be given as it is,
/// and what of it this client cannot do is said in one answer.
/// Nothing is checked here: building a client checks every key and every relation between keys. A property reads its key's text by
/// the same rule, and throws a <see cref="KafkaConfigException"/> when that is no value of the key; it is null when the key is not set. Not thread safe.
/// </summary>
public class ClientConfig : IEnumerable<KeyValuePair<string, string>>
{
    readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);

    public ClientConfig() { }

    public ClientConfig(IEnumerable<KeyValuePair<string, string>> config)
    {
        foreach (var (key, value) in config) _values[key] = value;
        if (config is ClientConfig other) foreach (var (key, place) in other._places) _places[key] = place;
    }

    /// <summary>
    /// Reads a file of properties, as Java's clients and librdkafka's tools have them: key=value, a line each, by the rules of Java's properties (#, !, escapes,
    /// a backslash that goes on in the next line), in UTF-8. What building a client refuses names the file and the line.
    /// </summary>
    /// <exception cref="KafkaConfigException">The file cannot be read or is no such file, or gives one key two values; the message names file, line and remedy.</exception>
    public static ClientConfig FromFile(string path)
    {
        var config = new ClientConfig();
        foreach (var property in PropertiesFile.Read(path)) config.Set(property.Key, property.Value, PropertiesFile.Place(path, property));
        return config;
    }

    /// <summary>Sets a key and remembers where the value stands, so that a refusal can name the place.</summary>
    /// <param name="place">A file and a line, a path in a configuration; for people.</param>
    public void Set(string key, string value, string place)
    {
        _values[key] = value;
        _places[key] = place;
    }

    /// <summary>
    /// The key that a name means which may be written as a property is: LingerMs and MessageTimeoutMs are linger.ms and delivery.timeout.ms. What is no name of a key is returned as it is, and
    /// building a client refuses it.
    /// </summary>
    public static string KeyOf(string name) => ConfigTable.KeyOf(name);

    /// <summary>Where the value of exactly this key stands; null when nobody said.</summary>
    internal string? PlaceOf(string key) => _places.GetValueOrDefault(key);

    /// <summary>The text given for exactly this key, or null. Setting null removes the key.</summary>
    public string? this[string key]
    {
        get => _values.GetValueOrDefault(key);
        set
        {
            _places.Remove(key);
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
    /// <summary><c>close.timeout.ms</c>: how long disposing waits: for records on their way, for handlers, the last commit and leaving the group. An admin client has none of these. Milliseconds, at least 0; default 30000.</summary>
    public int? CloseTimeoutMs { get => GetInt32("close.timeout.ms"); set => Set("close.timeout.ms", value); }
    /// <summary><c>allow.auto.create.topics</c>: whether asking for an unknown topic may create it. Default true for producers, false for consumers.</summary>
    public bool? AllowAutoCreateTopics { get => GetFlag("allow.auto.create.topics"); set => Set("allow.auto.create.topics", value); }

    /// <summary><c>client.rack</c>: where this client runs: a consumer fetches from the nearest replica (KIP-392).</summary>
    public string? ClientRack { get => GetText("client.rack"); set => this["client.rack"] = value; }
    /// <summary><c>socket.connection.setup.timeout.ms</c>: how long the first attempt to connect may take. Milliseconds, at least 1; default 10000.</summary>
    public int? SocketConnectionSetupTimeoutMs { get => GetInt32("socket.connection.setup.timeout.ms"); set => Set("socket.connection.setup.timeout.ms", value); }
    /// <summary><c>socket.connection.setup.timeout.max.ms</c>: how long any later attempt to connect may take. Milliseconds, at least 1; default 30000.</summary>
    public int? SocketConnectionSetupTimeoutMaxMs { get => GetInt32("socket.connection.setup.timeout.max.ms"); set => Set("socket.connection.setup.timeout.max.ms", value); }
    /// <summary><c>socket.keepalive.enable</c>: whether the system looks after idle connections by TCP keep-alive. Default false.</summary>
    public bool? SocketKeepaliveEnable { get => GetFlag("socket.keepalive.enable"); set => Set("socket.keepalive.enable", value); }
    /// <summary><c>socket.nagle.disable</c>: whether small packets leave at once (TCP_NODELAY). Default true.</summary>
    public bool? SocketNagleDisable { get => GetFlag("socket.nagle.disable"); set => Set("socket.nagle.disable", value); }
    /// <summary><c>send.buffer.bytes</c>: size of a socket's send buffer; 0 and -1 leave it to the system. Bytes, at least -1; default -1.</summary>
    public int? SocketSendBufferBytes { get => GetInt32("send.buffer.bytes"); set => Set("send.buffer.bytes", value); }
    /// <summary><c>receive.buffer.bytes</c>: size of a socket's receive buffer; 0 and -1 leave it to the system. Bytes, at least -1; default -1.</summary>
    public int? SocketReceiveBufferBytes { get => GetInt32("receive.buffer.bytes"); set => Set("receive.buffer.bytes", value); }
    /// <summary><c>broker.address.family</c>: which addresses of a name are tried. Default any.</summary>
    public BrokerAddressFamily? BrokerAddressFamily { get => GetChoice<BrokerAddressFamily>("broker.address.family"); set => SetChoice("broker.address.family", value); }
    /// <summary><c>receive.message.max.bytes</c>: a response that says it is larger closes its connection; a consumer raises it to hold an answer of fetch.max.bytes. Bytes, at least 1000; default 100000000.</summary>
    public int? ReceiveMessageMaxBytes { get => GetInt32("receive.message.max.bytes"); set => Set("receive.message.max.bytes", value); }
    /// <summary><c>topic.metadata.refresh.interval.ms</c>: librdkafka's name of metadata.max.age.ms; given both, this one counts. Milliseconds, at least -1.</summary>
    public int? TopicMetadataRefreshIntervalMs { get => GetInt32("topic.metadata.refresh.interval.ms"); set => Set("topic.metadata.refresh.interval.ms", value); }
    /// <summary><c>metadata.max.idle.ms</c>: a topic not used for this long is no longer asked for (KIP-526). Milliseconds, at least 5000; default 300000.</summary>
    public int? MetadataMaxIdleMs { get => GetInt32("metadata.max.idle.ms"); set => Set("metadata.max.idle.ms", value); }
    /// <summary><c>metadata.recovery.strategy</c>: what the client does when no broker that it knows answers (KIP-899). Default rebootstrap.</summary>
    public MetadataRecoveryStrategy? MetadataRecoveryStrategy { get => GetChoice<MetadataRecoveryStrategy>("metadata.recovery.strategy"); set => SetChoice("metadata.recovery.strategy", value); }
    /// <summary><c>metadata.recovery.rebootstrap.trigger.ms</c>: when no known broker answers for this long, the client starts again from bootstrap.servers (KIP-1102). Milliseconds, at least 0; default 300000.</summary>
    public int? MetadataRecoveryRebootstrapTriggerMs { get => GetInt32("metadata.recovery.rebootstrap.trigger.ms"); set => Set("metadata.recovery.rebootstrap.trigger.ms", value); }
    /// <summary><c>default.api.timeout.ms</c>: limit of a consumer's and an admin client's calls that have no limit of their own (KIP-266). Milliseconds, at least 1; default 60000.</summary>
    public int? DefaultApiTimeoutMs { get => GetInt32("default.api.timeout.ms"); set => Set("default.api.timeout.ms", value); }

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
