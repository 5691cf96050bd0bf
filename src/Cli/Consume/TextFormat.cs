using System.Globalization;
using Semel.Cli.Arguments;
using Semel.Cli.Output;
using Semel.Protocol.Records;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>
/// One line per record, with the property names, the order and the words of Kafka's console consumer:
/// timestamp, partition, offset, headers, key, value, separated by key.separator and ended by line.separator. Keys and values are printed as the bytes they are.
/// </summary>
public sealed record TextFormat : IRecordFormat
{
    public bool PrintTimestamp { get; init; }
    public bool PrintPartition { get; init; }
    public bool PrintOffset { get; init; }
    public bool PrintHeaders { get; init; }
    public bool PrintKey { get; init; }
    public bool PrintValue { get; init; } = true;
    public byte[] KeySeparator { get; init; } = "\t"u8.ToArray();
    public byte[] LineSeparator { get; init; } = "\n"u8.ToArray();
    public byte[] HeadersSeparator { get; init; } = ","u8.ToArray();
    public byte[] NullLiteral { get; init; } = "null"u8.ToArray();

    static readonly string[] Properties =
    [
        "print.timestamp", "print.partition", "print.offset", "print.headers", "print.key", "print.value",
        "key.separator", "line.separator", "headers.separator", "null.literal", "key.deserializer", "value.deserializer",
    ];

    /// <summary>The same format with one `--property NAME=VALUE` applied.</summary>
    /// <exception cref="CommandException">An unknown property, or a value it does not take.</exception>
    public TextFormat With(string name, string value) => name switch
    {
        "print.timestamp" => this with { PrintTimestamp = Flag(name, value) },
        "print.partition" => this with { PrintPartition = Flag(name, value) },
        "print.offset" => this with { PrintOffset = Flag(name, value) },
        "print.headers" => this with { PrintHeaders = Flag(name, value) },
        "print.key" => this with { PrintKey = Flag(name, value) },
        "print.value" => this with { PrintValue = Flag(name, value) },
        "key.separator" => this with { KeySeparator = EscapedText.Bytes(value, name) },
        "line.separator" => this with { LineSeparator = EscapedText.Bytes(value, name) },
        "headers.separator" => this with { HeadersSeparator = EscapedText.Bytes(value, name) },
        "null.literal" => this with { NullLiteral = EscapedText.Bytes(value, name) },
        "key.deserializer" or "value.deserializer" => CheckDeserializer(name, value),
        _ => throw CommandException.Usage($"the property {name} is not known.", NearestName.Question(name, Properties) ?? $"Known are: {string.Join(", ", Properties)}."),
    };

    public void Write(OutputText output, in ShownRecord record)
    {
        var first = true;
        if (PrintTimestamp) Field(output, ref first, string.Create(CultureInfo.InvariantCulture, $"{record.TimestampType}:{record.Timestamp}"));
        if (PrintPartition) Field(output, ref first, string.Create(CultureInfo.InvariantCulture, $"Partition:{record.Partition}"));
        if (PrintOffset) Field(output, ref first, string.Create(CultureInfo.InvariantCulture, $"Offset:{record.Offset}"));
        if (PrintHeaders)
        {
            Separate(output, ref first);
            WriteHeaders(output, record.Headers);
        }
        if (PrintKey) Field(output, ref first, record.KeyIsNull ? NullLiteral : record.Key);
        if (PrintValue) Field(output, ref first, record.ValueIsNull ? NullLiteral : record.Value);
        output.Write(LineSeparator);
    }

    void Field(OutputText output, ref bool first, string text)
    {
        Separate(output, ref first);
        output.Write(text);
    }

    void Field(OutputText output, ref bool first, ReadOnlySpan<byte> bytes)
    {
        Separate(output, ref first);
        output.Write(bytes);
    }

    void Separate(OutputText output, ref bool first)
    {
        if (!first) output.Write(KeySeparator);
        first = false;
    }

    void WriteHeaders(OutputText output, IReadOnlyList<RecordHeader> headers)
    {
        if (headers.Count == 0) output.Write("NO_HEADERS");
        for (var i = 0; i < headers.Count; i++)
        {
            if (i > 0) output.Write(HeadersSeparator);
            output.Write(headers[i].Key);
            output.Write(":"u8);
            output.Write(headers[i].Value is { } value ? value.Span : NullLiteral);
        }
    }

    static bool Flag(string name, string value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw CommandException.Usage($"the property {name} is '{value}', but must be true or false."),
    };

    // Bytes are printed as they are, which is what these two do. Another class would have to be loaded and run.
    TextFormat CheckDeserializer(string name, string value) => value.EndsWith(".StringDeserializer", StringComparison.Ordinal) || value.EndsWith(".ByteArrayDeserializer", StringComparison.Ordinal)
        ? this
        : throw CommandException.Usage($"the property {name} is '{value}', but keys and values are printed as the bytes they are.", "Leave the property out, or use --json, which shows bytes that are no text in base64.");
}
