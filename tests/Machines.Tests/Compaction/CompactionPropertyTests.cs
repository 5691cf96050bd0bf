using Semel.Machines.Compaction;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Compaction;

/// <summary>Random logs of transactions, tombstones and producers, compacted at random moments: what a reader makes of them, and what is known of producers, is what it was.</summary>
public sealed class CompactionPropertyTests
{
    const int Seeds = 300;

    /// <summary>A log, and the same that is never compacted.</summary>
    sealed class Twins(Random random)
    {
        readonly Dictionary<long, int> _sequences = [];
        readonly HashSet<long> _open = [];

        public CompactionRun Whole { get; } = new();
        public CompactionRun Compacted { get; } = new();

        public void Step()
        {
            switch (random.Next(8))
            {
                case 0 or 1 when _open.Count > 0:
                    var ended = _open.ElementAt(random.Next(_open.Count));
                    _open.Remove(ended);
                    var commits = random.Next(2) == 0;
                    Both(run => _ = commits ? run.Commit(ended) : run.Abort(ended));
                    break;
                case 2 or 3 or 4:
                    var producer = random.NextInt64(4);
                    var isTransactional = producer < 3;
                    if (isTransactional) _open.Add(producer);
                    Data(producer, isTransactional);
                    break;
                default:
                    Data(-1, isTransactional: false);
                    break;
            }
        }

        void Data(long producer, bool isTransactional)
        {
            var records = Enumerable.Range(0, random.Next(1, 5)).Select(at => new TestRecord($"k{random.Next(12)}", random.Next(4) == 0 ? null : $"v{Whole.End + at}")).ToArray();
            var sequence = producer < 0 ? -1 : _sequences.GetValueOrDefault(producer);
            if (producer >= 0) _sequences[producer] = sequence + records.Length;
            var codec = random.Next(3) == 0 ? (CompressionCodec)random.Next(1, 5) : CompressionCodec.None;
            Both(run => run.Append(producer, 0, sequence, isTransactional, records, codec));
        }

        void Both(Action<CompactionRun> append)
        {
            append(Whole);
            append(Compacted);
        }
    }

    /// <summary>The newest value of each key, without tombstones; and what of open transactions may still count.</summary>
    static (SortedDictionary<string, string> Values, SortedSet<string> Open) Folded(CompactionRun run)
    {
        var newest = new Dictionary<string, (long Offset, string? Value)>();
        var open = new Dictionary<long, List<(long Offset, string Key, string? Value)>>();
        foreach (var batch in run.Batches)
        {
            var header = CompactionRun.Header(batch);
            if (header.Attributes.IsControl)
            {
                if (open.Remove(header.ProducerId.Value, out var ended) && ControlRecord.Read(batch).Type == ControlRecordType.Commit) ended.ForEach(Apply);
                continue;
            }
            var records = CompactionRun.RecordsOf(batch).Select(record => (record.Offset, record.Key!, record.Value)).ToList();
            if (!header.Attributes.IsTransactional) records.ForEach(Apply);
            else if (open.TryGetValue(header.ProducerId.Value, out var pending)) pending.AddRange(records);
            else open[header.ProducerId.Value] = records;
        }
        return (new(newest.Where(entry => entry.Value.Value is not null).ToDictionary(entry => entry.Key, entry => $"{entry.Value.Value} at {entry.Value.Offset}")),
            [.. open.SelectMany(transaction => transaction.Value.Select(record => $"{record.Offset} {record.Key} {record.Value}"))]);

        // By offset, and not by the order of commits: that is what compaction goes by.
        void Apply((long Offset, string Key, string? Value) record)
        {
            if (!newest.TryGetValue(record.Key, out var before) || before.Offset < record.Offset) newest[record.Key] = (record.Offset, record.Value);
        }
    }

    /// <summary>Of each producer its epoch and last sequence, and where its open transaction begins.</summary>
    static SortedDictionary<long, (int Epoch, int LastSequence, bool IsOpen)> Producers(CompactionRun run)
    {
        var producers = new SortedDictionary<long, (int, int, bool)>();
        foreach (var header in run.Batches.Select(CompactionRun.Header).Where(header => header.HasProducerId))
        {
            var (_, last, _) = producers.GetValueOrDefault(header.ProducerId.Value, (0, -1, false));
            producers[header.ProducerId.Value] = header.Attributes.IsControl ? (header.ProducerEpoch.Value, last, false) : (header.ProducerEpoch.Value, header.LastSequence, header.Attributes.IsTransactional);
        }
        return producers;
    }

    [Fact]
    public void What_is_folded_out_of_a_compacted_log_is_what_was_folded_out_of_the_whole()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var twins = new Twins(random);
            for (var round = 0; round < 6; round++)
            {
                for (var steps = random.Next(30); steps > 0; steps--) twins.Step();
                var policy = new CompactionPolicy
                {
                    BeginsAtLogStart = true,
                    TombstonesUpTo = CompactionRun.Timestamp + random.NextInt64(twins.Whole.End + 1),
                    KeyBytes = random.Next(2) == 0 ? random.Next(60, 400) : 1 << 20,
                    HashSeed = (ulong)random.NextInt64(),
                };
                twins.Compacted.Compact(policy);
                var (expected, actual) = (Folded(twins.Whole), Folded(twins.Compacted));
                Assert.Equal(expected.Values, actual.Values);
                Assert.Equal(expected.Open, actual.Open);
                Assert.Equal(Producers(twins.Whole), Producers(twins.Compacted));
                AssertOrder(twins.Compacted, twins.Whole.End);
            }
        }
    }

    static void AssertOrder(CompactionRun run, long end)
    {
        var due = 0L;
        foreach (var header in run.Batches.Select(CompactionRun.Header))
        {
            Assert.True(header.BaseOffset >= due);
            due = header.NextOffset;
        }
        Assert.Equal(end, due);
    }

    [Fact]
    public void How_much_memory_keys_may_take_decides_nothing()
    {
        for (var seed = 0; seed < Seeds / 3; seed++)
        {
            var looks = 0;
            string[]? expected = null;
            foreach (var bytes in new[] { 1 << 20, 500, 120, 60 })
            {
                var random = new Random(seed);
                var twins = new Twins(random);
                for (var steps = 0; steps < 80; steps++) twins.Step();
                looks = twins.Compacted.Compact(new CompactionPolicy { BeginsAtLogStart = true, TombstonesUpTo = CompactionRun.Timestamp + 100, KeyBytes = bytes, HashSeed = (ulong)seed });
                Assert.Equal(expected ??= twins.Compacted.Left, twins.Compacted.Left);
            }
            Assert.True(looks > 4);
        }
    }

    [Fact]
    public void Compacted_again_with_all_transactions_ended_a_log_has_one_record_of_each_key()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var twins = new Twins(random);
            for (var steps = 0; steps < 60; steps++) twins.Step();
            for (var producer = 0; producer < 3; producer++) twins.Compacted.Commit(producer);
            var policy = new CompactionPolicy { BeginsAtLogStart = true, TombstonesUpTo = long.MaxValue, IsProducerNeeded = _ => false };
            twins.Compacted.Compact(policy);
            var keys = twins.Compacted.Batches.Where(batch => !CompactionRun.Header(batch).Attributes.IsControl).SelectMany(CompactionRun.RecordsOf).Select(record => record.Key).ToList();
            Assert.Equal(keys.Distinct().Count(), keys.Count);
            Assert.DoesNotContain(twins.Compacted.Batches.SkipLast(1), batch => CompactionRun.Header(batch).RecordCount == 0);
            var once = twins.Compacted.Left;
            twins.Compacted.Compact(policy);
            Assert.Equal(once, twins.Compacted.Left);
        }
    }
}
