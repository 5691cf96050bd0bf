namespace Semel.Machines.Turn;

/// <summary>What one turn wants to happen: batches to append, a new log start, and one reply per command, in the commands' order. Reused from turn to turn.</summary>
public sealed class TurnOutput<TReply>
{
    readonly List<ReadOnlyMemory<byte>> _appends = [];
    readonly List<TReply> _replies = [];

    /// <summary>The batches in the order of their offsets, without a gap.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Appends => _appends;
    public IReadOnlyList<TReply> Replies => _replies;

    /// <summary>Where the log shall begin from now on, when the turn moves it; made durable before the replies are released.</summary>
    public long? StartOffset { get; private set; }

    public void Append(ReadOnlyMemory<byte> batch) => _appends.Add(batch);
    public void Reply(TReply reply) => _replies.Add(reply);
    public void MoveStart(long offset) => StartOffset = Math.Max(StartOffset ?? offset, offset);

    public void Clear()
    {
        _appends.Clear();
        _replies.Clear();
        StartOffset = null;
    }
}
