using System.Collections;

namespace Semel.Client;

/// <summary>A record's headers in order; a name may occur more than once, a value may be null. Not thread safe.</summary>
public sealed class Headers : IReadOnlyList<RecordHeader>
{
    readonly List<RecordHeader> _headers = [];

    public Headers() { }

    public Headers(IEnumerable<RecordHeader> headers) => _headers.AddRange(headers);

    /// <summary>How many there are, names counted as often as they occur.</summary>
    public int Count => _headers.Count;
    public RecordHeader this[int index] => _headers[index];

    /// <summary>Adds a header behind those that are there, of whatever name.</summary>
    /// <param name="value">Not copied until the record is accepted.</param>
    public void Add(string key, byte[]? value) => Add(new RecordHeader(key, value is null ? null : (ReadOnlyMemory<byte>?)value));

    /// <summary>Adds a header behind those that are there, of whatever name.</summary>
    public void Add(RecordHeader header)
    {
        ArgumentNullException.ThrowIfNull(header.Key);
        _headers.Add(header);
    }

    /// <summary>Removes all headers of that name; none is no error.</summary>
    public void Remove(string key) => _headers.RemoveAll(header => header.Key == key);

    /// <summary>The value of the last header of that name.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryGetLast(string key, out ReadOnlyMemory<byte>? value)
    {
        var at = _headers.FindLastIndex(header => header.Key == key);
        value = at < 0 ? null : _headers[at].Value;
        return at >= 0;
    }

    public IEnumerator<RecordHeader> GetEnumerator() => _headers.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
