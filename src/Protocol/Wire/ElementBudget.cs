namespace Semel.Protocol.Wire;

/// <summary>
/// How many elements the arrays of one message may have, all together. Bytes bound a message on the wire, but an element of one byte becomes an object of
/// a hundred: whoever reads what strangers send counts both. Not thread safe.
/// </summary>
public sealed class ElementBudget(int most)
{
    int _left = most;

    /// <summary>Whether the message had more elements than it may have.</summary>
    public bool IsSpent => _left < 0;

    /// <summary>For the next message.</summary>
    public void Reset(int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        _left = most;
    }

    /// <exception cref="WireFormatException">There are more elements than the message may have.</exception>
    internal void Take(int count)
    {
        if (_left < count)
        {
            _left = -1;
            throw new WireFormatException("more elements in its arrays than this message may have");
        }
        _left -= count;
    }
}
