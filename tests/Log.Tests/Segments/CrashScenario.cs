using System.Buffers.Binary;
using Semel.Log.Batches;
using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

/// <summary>
/// A run of appends, rolls, trimmings, snapshots, creations and deletions over a few logs, and what anybody may rely on at each moment of it:
/// what was acknowledged. Any folder that a crash leaves can be checked against that.
/// </summary>
sealed class CrashScenario(int seed, FlushMode flush)
{
    public static readonly LogOptions Options = new() { SegmentBytes = 8 << 10, IndexIntervalBytes = 256 };

    /// <summary>What is known of one log: bytes that were offered to it in order, and how much was acknowledged.</summary>
    sealed class Expectation
    {
        public List<ReadOnlyMemory<byte>> Offered { get; } = [];
        public long Acknowledged;
        public long TrimmedTo;
        public long TrimAsked;
        public long Snapshot = -1;
        public bool MayBeGone;
        public bool MayBeNew;

        /// <summary>Base offsets of batches that a replacement took out, and of those that one takes out at the moment.</summary>
        public HashSet<long> Gone { get; } = [];
        public HashSet<long> Going { get; set; } = [];
    }

    readonly Random _random = new(seed);
    readonly Lock _gate = new();
    readonly Dictionary<string, Expectation> _logs = [];

    public FlushMode Flush => flush;

    public async Task Run(ILogStore store, int steps)
    {
        var open = new Dictionary<string, ILog>();
        for (var step = 0; step < steps; step++)
        {
            var name = $"log-{_random.Next(3)}";
            if (!open.ContainsKey(name))
            {
                Note(() => _logs[name] = new Expectation { MayBeNew = true, MayBeGone = true });
                open[name] = store.OpenOrCreate(name, Options);
                Note(() => _logs[name].MayBeGone = _logs[name].MayBeNew = false);
            }
            await Step(store, open, name);
        }
    }

    async Task Step(ILogStore store, Dictionary<string, ILog> open, string name)
    {
        var (log, known) = (open[name], _logs[name]);
        switch (_random.Next(20))
        {
            case 0 when known.Acknowledged > 0:
                var to = _random.NextInt64(known.TrimmedTo, known.Acknowledged + 1);
                Note(() => known.TrimAsked = to);
                await log.TrimStartAsync(to);
                Note(() => known.TrimmedTo = to);
                break;
            case 1:
                var content = new byte[200];
                BinaryPrimitives.WriteInt64BigEndian(content, known.Acknowledged);
                log.SaveSnapshot(known.Acknowledged, content);
                Note(() => known.Snapshot = known.Acknowledged);
                break;
            case 3 when log.Parts().Count > 1:
                await Replace(log, known);
                break;
            case 2 when _random.Next(4) == 0:
                Note(() => known.MayBeGone = true);
                store.Delete(name);
                open.Remove(name);
                Note(() => _logs.Remove(name));
                break;
            default:
                await Append(log, known);
                break;
        }
    }

    async Task Append(ILog log, Expectation known)
    {
        var end = log.Bounds.EndOffset;
        var batches = new List<ReadOnlyMemory<byte>>();
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            batches.Add(TestBatches.Of(end, _random.Next(1, 4), _random.Next(20) == 0 ? 6000 : _random.Next(10, 900), TestBatches.FirstTimestamp + end));
            end = TestBatches.End(batches[^1]);
        }
        Note(() => known.Offered.AddRange(batches));
        await log.AppendAsync(batches, log.Bounds.EndOffset);
        Note(() => known.Acknowledged = end);
    }

    /// <summary>Takes batches out of a run of parts, as compaction does.</summary>
    async Task Replace(ILog log, Expectation known)
    {
        var parts = log.Parts();
        var first = _random.Next(parts.Count - 1);
        var (from, upTo) = (parts[first].BaseOffset, parts[_random.Next(first, parts.Count - 1)].NextOffset);
        var there = known.Offered.Where(batch => BaseOf(batch) >= from && BaseOf(batch) < upTo && TestBatches.End(batch) > known.TrimmedTo && !known.Gone.Contains(BaseOf(batch))).ToList();
        var going = there.Where(_ => _random.Next(3) == 0).Select(BaseOf).ToHashSet();
        Note(() => known.Going = going);
        using (var replacement = log.BeginReplacement(from, upTo))
        {
            foreach (var batch in there.Where(batch => !going.Contains(BaseOf(batch)))) await replacement.AddAsync(batch);
            await replacement.CommitAsync();
        }
        Note(() =>
        {
            known.Gone.UnionWith(going);
            known.Going = [];
        });
    }

    static long BaseOf(ReadOnlyMemory<byte> batch) => System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(batch.Span);

    void Note(Action change)
    {
        lock (_gate) change();
    }

    /// <summary>Takes what is known now, for a folder of this moment.</summary>
    public Action<SegmentLogStore> Checks()
    {
        lock (_gate)
        {
            var copy = _logs.ToDictionary(log => log.Key, log => (log.Value.Acknowledged, log.Value.TrimmedTo, log.Value.TrimAsked, log.Value.Snapshot, log.Value.MayBeGone, log.Value.MayBeNew, Offered: log.Value.Offered.ToArray(), Gone: log.Value.Gone.ToHashSet(), Going: log.Value.Going.ToHashSet()));
            return store =>
            {
                foreach (var (name, known) in copy)
                {
                    if (known.MayBeGone && !store.Names.Contains(name)) continue;
                    Assert.Contains(name, store.Names);
                    using var log = store.OpenOrCreate(name, Options);
                    // A log that is being made again may still be the one before it.
                    if (known.MayBeNew) continue;
                    Assert.InRange(log.Bounds.StartOffset, known.TrimmedTo, Math.Max(known.TrimmedTo, known.TrimAsked));
                    Assert.True(log.Bounds.EndOffset >= known.Acknowledged, $"{name} ends at {log.Bounds.EndOffset}, but {known.Acknowledged} was acknowledged ({log.Recovery})");
                    AssertContent(log, known.Offered, known.Gone, known.Going);
                    AssertSnapshot(log, known.Snapshot);
                }
            };
        }
    }

    static void AssertContent(ILog log, ReadOnlyMemory<byte>[] offered, HashSet<long> gone, HashSet<long> going)
    {
        var there = new Dictionary<long, byte[]>();
        for (var offset = log.Bounds.StartOffset; offset < log.Bounds.EndOffset;)
        {
            using var read = log.Read(offset, long.MaxValue, 2000);
            if (read.Bytes.IsEmpty) break;
            var walk = new BatchWalk(read.Bytes.Span);
            while (walk.MoveNext())
            {
                there.Add(walk.Header.BaseOffset, walk.Batch.ToArray());
                Assert.True(walk.Header.NextOffset > offset);
                offset = walk.Header.NextOffset;
            }
        }
        var expected = offered.Where(batch => TestBatches.End(batch) > log.Bounds.StartOffset && TestBatches.End(batch) <= log.Bounds.EndOffset).ToDictionary(BaseOf);
        foreach (var (offset, batch) in there) Assert.True(expected.TryGetValue(offset, out var known) && known.Span.SequenceEqual(batch) && !gone.Contains(offset), $"at offset {offset} lies what was never appended there, or was taken out");
        foreach (var offset in expected.Keys.Where(offset => !gone.Contains(offset) && !going.Contains(offset))) Assert.True(there.ContainsKey(offset), $"the batch at offset {offset} is missing");
        // What is taken out in one step is there whole or not at all.
        Assert.InRange(going.Where(expected.ContainsKey).Select(there.ContainsKey).Distinct().Count(), 0, 1);
        Assert.Equal(there.Count > 0, log.FindMaxTimestamp(long.MaxValue) is not null);
        Assert.Empty(log.Holes);
    }

    static void AssertSnapshot(ILog log, long saved)
    {
        var snapshot = log.LoadSnapshot();
        if (snapshot is null)
        {
            Assert.True(saved < 0, $"the snapshot of offset {saved} is gone");
            return;
        }
        Assert.True(snapshot.Offset >= saved);
        Assert.True(snapshot.Offset <= log.Bounds.EndOffset);
        Assert.Equal(snapshot.Offset, BinaryPrimitives.ReadInt64BigEndian(snapshot.Content.Span));
    }
}
