using System.Text;
using Semel.Protocol.Records;

namespace Semel.Cli.Produce;

/// <summary>One line taken apart. Null stands for a null key or value; the memory is that of the line.</summary>
public readonly record struct LineRecord(ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, IReadOnlyList<RecordHeader> Headers);

/// <summary>
/// How a line becomes a record: `[headers HEADERS-DELIMITER] [key KEY-SEPARATOR] value`, in the order and with the names of Kafka's console producer.
/// </summary>
public sealed record LineFormat
{
    /// <summary>Null when lines have no key.</summary>
    public byte[]? KeySeparator { get; init; }

    /// <summary>A line without separator is refused; otherwise it is a value without a key.</summary>
    public bool KeyIsRequired { get; init; }

    public bool ParseHeaders { get; init; }
    public byte[] HeadersDelimiter { get; init; } = "\t"u8.ToArray();
    public byte[] HeadersSeparator { get; init; } = ","u8.ToArray();
    public byte[] HeaderKeySeparator { get; init; } = ":"u8.ToArray();

    /// <summary>A key or value that is exactly this is null.</summary>
    public byte[]? NullMarker { get; init; }

    /// <summary>An empty key or value is null.</summary>
    public bool EmptyIsNull { get; init; }

    /// <summary>The key of every record that brings none.</summary>
    public byte[]? FixedKey { get; init; }

    /// <summary>Headers of every record, before those of its line.</summary>
    public IReadOnlyList<RecordHeader> FixedHeaders { get; init; } = [];

    /// <returns>Null when the line cannot be taken apart; <paramref name="reason"/> says why.</returns>
    public LineRecord? Parse(ReadOnlyMemory<byte> line, out string? reason)
    {
        reason = null;
        var headers = FixedHeaders;
        if (ParseHeaders)
        {
            if (!Cut(ref line, HeadersDelimiter, out var text))
            {
                reason = $"it has no headers delimiter {Shown(HeadersDelimiter)}";
                return null;
            }
            if (HeadersOf(text, out reason) is not { } own) return null;
            headers = [.. FixedHeaders, .. own];
        }
        var key = FixedKey is { } fixedKey ? fixedKey : (ReadOnlyMemory<byte>?)null;
        if (KeySeparator is { } separator)
        {
            if (Cut(ref line, separator, out var own)) key = Nullable(own);
            else if (KeyIsRequired)
            {
                reason = $"it has no key separator {Shown(separator)}";
                return null;
            }
        }
        return new LineRecord(key, Nullable(line), headers);
    }

    List<RecordHeader>? HeadersOf(ReadOnlyMemory<byte> text, out string? reason)
    {
        reason = null;
        var headers = new List<RecordHeader>();
        var more = text.Length > 0;
        while (more)
        {
            more = Cut(ref text, HeadersSeparator, out var one);
            if (!more) one = text;
            if (!Cut(ref one, HeaderKeySeparator, out var name))
            {
                reason = $"the header '{Encoding.UTF8.GetString(one.Span)}' has no separator {Shown(HeaderKeySeparator)} between name and value";
                return null;
            }
            // A name cannot be null: Kafka's console producer refuses it, too.
            if (NullMarker is { } marker && name.Span.SequenceEqual(marker))
            {
                reason = $"the name of a header is the null marker {Shown(marker)}, and a name cannot be null";
                return null;
            }
            headers.Add(new RecordHeader(Encoding.UTF8.GetString(name.Span), Nullable(one) is { } value ? value.ToArray() : (ReadOnlyMemory<byte>?)null));
        }
        return headers;
    }

    // The casts of null matter: without them a null array would become an empty memory that is not null.
    ReadOnlyMemory<byte>? Nullable(ReadOnlyMemory<byte> bytes) =>
        (EmptyIsNull && bytes.IsEmpty) || (NullMarker is { } marker && bytes.Span.SequenceEqual(marker)) ? (ReadOnlyMemory<byte>?)null : bytes;

    /// <summary>Takes what lies before the first separator; leaves what lies behind it.</summary>
    static bool Cut(ref ReadOnlyMemory<byte> text, byte[] separator, out ReadOnlyMemory<byte> before)
    {
        var at = text.Span.IndexOf(separator);
        before = at < 0 ? default : text[..at];
        if (at >= 0) text = text[(at + separator.Length)..];
        return at >= 0;
    }

    static string Shown(byte[] separator) => "'" + Encoding.UTF8.GetString(separator).Replace("\t", "\\t").Replace("\n", "\\n").Replace("\r", "\\r") + "'";
}
