using Semel.Log.Batches;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>Everything that was acknowledged of a log, which is everything that was offered to it.</summary>
sealed class LogTruth(string name, LogOptions options)
{
    /// <summary>The bytes of a batch's header that Kafka's checksum leaves out and that no reader relies on: the leader epoch. Nobody can tell a change of them.</summary>
    const int EpochAt = 12, EpochSize = 4;

    readonly SortedDictionary<long, byte[]> _batches = [];
    readonly List<TimestampedOffset> _records = [];

    public string Name => name;
    public LogOptions Options => options;
    public long Start { get; set; }
    public long End { get; private set; }

    public void Add(ReadOnlyMemory<byte> batch, long[] timestamps)
    {
        _batches.Add(End, batch.ToArray());
        foreach (var timestamp in timestamps) _records.Add(new TimestampedOffset(End++, timestamp));
    }

    /// <summary>Some batches were taken out of a range.</summary>
    public void Remove(long fromOffset, long upToOffset, Func<long, bool> isGone)
    {
        foreach (var offset in _batches.Keys.Where(offset => offset >= fromOffset && offset < upToOffset && isGone(offset)).ToList())
        {
            _records.RemoveAll(record => record.Offset >= offset && record.Offset < BatchEnd(_batches[offset]));
            _batches.Remove(offset);
        }
    }

    /// <summary>What is there of a range.</summary>
    public IEnumerable<KeyValuePair<long, byte[]>> Within(long fromOffset, long upToOffset) => _batches.Where(batch => batch.Key >= fromOffset && batch.Key < upToOffset && BatchEnd(batch.Value) > Start);

    /// <summary>Every batch of a range lies in a hole.</summary>
    void AssertLost(long from, long upTo, List<LogHoleException> holes)
    {
        foreach (var (offset, batch) in _batches.Where(batch => BatchEnd(batch.Value) > from && batch.Key < upTo))
            Assert.Contains(holes, hole => hole.StartOffset <= Math.Max(offset, from) && hole.EndOffset >= BatchEnd(batch));
    }

    /// <summary>Reads all of an open log and asks it for timestamps.</summary>
    /// <returns>Whether everything is there; false when there are holes, which all say where.</returns>
    public bool Check(ILog log, Random random, string folder)
    {
        Assert.Equal(new LogBounds(Start, End), log.Bounds);
        CheckLookups(log, random);
        var (read, holes) = LogContent.Read(log, random.Next(1, 5000));
        var wanted = Start;
        foreach (var (offset, batch) in read)
        {
            AssertLost(wanted, offset, holes);
            Assert.True(AreSame(_batches[offset], batch), $"{name}: at offset {offset} lies what was never written there");
            wanted = BatchEnd(batch);
        }
        AssertLost(wanted, End, holes);
        foreach (var hole in holes)
        {
            Assert.Contains(folder, hole.Message);
            Assert.Contains($"offsets {hole.StartOffset} to {hole.EndOffset - 1}", hole.Message);
            Assert.InRange(hole.EndOffset, hole.StartOffset + 1, End);
        }
        CheckLookups(log, random);
        if (log.LoadSnapshot() is { } snapshot) Assert.Equal(SnapshotOf(snapshot.Offset), snapshot.Content.ToArray());
        return holes.Count == 0;
    }

    public byte[] SnapshotOf(long offset) => System.Text.Encoding.UTF8.GetBytes($"{name} at {offset}");

    static bool AreSame(byte[] one, byte[] other) =>
        one.Length == other.Length && one.AsSpan(0, EpochAt).SequenceEqual(other.AsSpan(0, EpochAt)) && one.AsSpan(EpochAt + EpochSize).SequenceEqual(other.AsSpan(EpochAt + EpochSize));

    static long BatchEnd(byte[] batch)
    {
        var walk = new BatchWalk(batch);
        walk.MoveNext();
        return walk.Header.NextOffset;
    }

    void CheckLookups(ILog log, Random random)
    {
        var kept = _records.Where(record => record.Offset >= Start).ToList();
        for (var turn = 0; turn < 4 && kept.Count > 0; turn++)
        {
            var (wanted, upTo) = (kept[random.Next(kept.Count)].Timestamp + random.Next(-1, 2), random.NextInt64(Start, End + 1));
            var below = kept.Where(record => record.Offset < upTo).ToList();
            Ask(() => log.FindOffset(wanted, upTo), First(below, record => record.Timestamp >= wanted));
            var largest = below.Count == 0 ? 0 : below.Max(record => record.Timestamp);
            Ask(() => log.FindMaxTimestamp(upTo), First(below, record => record.Timestamp == largest));
        }
    }

    static TimestampedOffset? First(List<TimestampedOffset> records, Predicate<TimestampedOffset> predicate)
    {
        var at = records.FindIndex(predicate);
        return at < 0 ? null : records[at];
    }

    static void Ask(Func<TimestampedOffset?> ask, TimestampedOffset? expected)
    {
        try
        {
            Assert.Equal(expected, ask());
        }
        catch (LogHoleException)
        {
            // It said so.
        }
    }
}
