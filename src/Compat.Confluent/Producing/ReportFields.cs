namespace Semel.Compat.Confluent;

/// <summary>dotnet.producer.delivery.report.fields: what of a record its report has.</summary>
sealed class ReportFields
{
    public const string Key = "key", Value = "value", Timestamp = "timestamp", Headers = "headers", Status = "status";
    static readonly string[] All = [Key, Value, Timestamp, Headers, Status];
    readonly string[] _named;
    readonly bool _isWhole;

    /// <exception cref="ArgumentException">A name is none of them.</exception>
    public ReportFields(string text)
    {
        _named = text switch { null or "all" => All, "none" or "" => [],
            _ => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) };
        _isWhole = _named.Length == All.Length;
        if (Array.Find(_named, name => !All.Contains(name)) is { } unknown)
            throw new ArgumentException($"dotnet.producer.delivery.report.fields has '{unknown}'; it is all, none, or of {string.Join(", ", All)}.");
    }

    public bool Has(string field) => _isWhole || _named.Contains(field);

    /// <summary>The message itself where its report has everything, as there: its timestamp becomes the one that it has in the log.</summary>
    public Message<TKey, TValue> Of<TKey, TValue>(Message<TKey, TValue> message, Timestamp timestamp)
    {
        if (_isWhole)
        {
            message.Timestamp = timestamp;
            return message;
        }
        return new Message<TKey, TValue>
        {
            Key = Has(Key) ? message.Key : default,
            Value = Has(Value) ? message.Value : default,
            Timestamp = Has(Timestamp) ? timestamp : Confluent.Timestamp.Default,
            Headers = Has(Headers) ? message.Headers : null,
        };
    }
}
