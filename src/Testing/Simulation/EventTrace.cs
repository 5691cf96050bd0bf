using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Semel.Testing.Simulation;

/// <summary>
/// Everything that happens in a run, one event after the other: as a SHA-256, which tells whether two runs were the same, and on demand as lines for
/// a person.
/// </summary>
internal sealed class EventTrace(SimulatedClock clock, bool keepsLines) : IDisposable
{
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly List<string> _lines = [];

    public int Count { get; private set; }
    public IReadOnlyList<string> Lines => _lines;

    public void Add(string what, long first = 0, long second = 0, long third = 0)
    {
        Count++;
        Span<byte> numbers = stackalloc byte[4 * sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, clock.Now.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], first);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], second);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[24..], third);
        _hash.AppendData(MemoryMarshal.AsBytes(what.AsSpan()));
        _hash.AppendData(numbers);
        if (keepsLines) _lines.Add($"{clock.Now.TotalMilliseconds,10:0.000} {what} {first} {second} {third}");
    }

    /// <summary>As the other one, of somebody.</summary>
    public void Add(string who, string what, long first, long second, long third)
    {
        _hash.AppendData(MemoryMarshal.AsBytes(who.AsSpan()));
        Add(what, first, second, third);
        if (keepsLines) _lines[^1] = $"{clock.Now.TotalMilliseconds,10:0.000} {who,-24} {what} {first} {second} {third}";
    }

    public string Sha256() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
