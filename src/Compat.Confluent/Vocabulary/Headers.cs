using System.Collections;

namespace Semel.Compat.Confluent;

/// <summary>A name and a value beside a record.</summary>
public interface IHeader
{
    string Key { get; }
    /// <summary>Null when the header has no value.</summary>
    byte[] GetValueBytes();
}

/// <inheritdoc cref="IHeader"/>
public class Header : IHeader
{
    readonly byte[] _value;

    /// <exception cref="ArgumentNullException">The key is null.</exception>
    public Header(string key, byte[] value)
    {
        ArgumentNullException.ThrowIfNull(key);
        Key = key;
        _value = value;
    }

    public string Key { get; }
    public byte[] GetValueBytes() => _value;
}

/// <summary>A record's headers in order; a name may occur more than once. Not thread safe.</summary>
public class Headers : IEnumerable<IHeader>
{
    readonly List<IHeader> _headers = [];

    public IReadOnlyList<IHeader> BackingList => _headers;
    public int Count => _headers.Count;
    public IHeader this[int index] => _headers[index];

    /// <exception cref="ArgumentNullException">The key is null.</exception>
    public void Add(string key, byte[] val) => _headers.Add(new Header(key, val));
    public void Add(Header header) => _headers.Add(header);
    public void Add(IHeader header) => _headers.Add(header);

    /// <summary>Removes all headers of that name; none is no error.</summary>
    public void Remove(string key) => _headers.RemoveAll(header => header.Key == key);

    /// <summary>The value of the last header of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public byte[] GetLastBytes(string key) => TryGetLastBytes(key, out var value) ? value : throw new KeyNotFoundException($"there is no header '{key}'");

    /// <summary>The value of the last header of that name.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryGetLastBytes(string key, out byte[] lastHeader)
    {
        var found = _headers.FindLast(header => header.Key == key);
        lastHeader = found?.GetValueBytes();
        return found is not null;
    }

    public IEnumerator<IHeader> GetEnumerator() => _headers.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
