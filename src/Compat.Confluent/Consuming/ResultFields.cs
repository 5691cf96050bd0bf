namespace Semel.Compat.Confluent;

/// <summary>dotnet.consumer.consume.result.fields: what of a record its result has beside key and value.</summary>
sealed class ResultFields
{
    const string HeadersName = "headers", TimestampName = "timestamp", TopicName = "topic";

    /// <exception cref="ArgumentException">A name is none of them.</exception>
    public ResultFields(string text)
    {
        string[] all = [HeadersName, TimestampName, TopicName];
        var named = text switch { null or "all" => all, "none" or "" => [],
            _ => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) };
        if (Array.Find(named, name => !all.Contains(name)) is { } unknown)
            throw new ArgumentException($"dotnet.consumer.consume.result.fields has '{unknown}'; it is all, none, or of {string.Join(", ", all)}.");
        (Headers, Timestamp, Topic) = (named.Contains(HeadersName), named.Contains(TimestampName), named.Contains(TopicName));
    }

    public bool Headers { get; }
    public bool Timestamp { get; }
    public bool Topic { get; }
}
