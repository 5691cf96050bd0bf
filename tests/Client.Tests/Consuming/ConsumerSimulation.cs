using Semel.Client.Configuration;
using Semel.Client.Connections;
using Semel.Client.Consuming;
using Semel.Client.Consuming.Chunks;
using Semel.Client.Metadata;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Client.Tests.Consuming;

/// <summary>
/// The consumer's machine in a world of its own: logs with committed and aborted transactions, a broker whose answers come late, in any order or not at all, decoders
/// that take their time, an application that pulls, seeks, pauses, stores and commits, a group that gives and takes. All from one seed, on one thread, without a clock.
/// </summary>
internal sealed class ConsumerSimulation
{
    const int Partitions = 2;

    /// <summary>What the simulation knows of a partition, apart from the machine.</summary>
    sealed class Truth
    {
        public List<byte[]> Batches { get; } = [];
        public List<(AbortedTransaction Entry, long Marker)> Aborted { get; } = [];
        /// <summary>Offsets of the records that a read_committed reader is to see.</summary>
        public SortedSet<long> Visible { get; } = [];
        public long End { get; set; }
        /// <summary>Where the next record comes from; null while the partition is not ours.</summary>
        public long? Next { get; set; }
        /// <summary>Behind what the application is done with; it never covers anything that was not handed out.</summary>
        public long Done { get; set; }
        public long InHand { get; set; } = -1;
        public long StoredMost { get; set; } = -1;
        public long Committed { get; set; } = -1;
        public bool IsLeaving { get; set; }
        public bool IsPaused { get; set; }
    }

    readonly Random _random;
    readonly StoreTiming _timing;
    readonly ConsumerMachine _machine;
    readonly ConsumerOptions _options;
    readonly FetchMemory _memory;
    readonly Truth[] _truths = [new(), new()];
    readonly List<FetchPlan> _inFlight = [];
    readonly List<PartitionFeed> _decoders = [];
    readonly MetadataView _view;
    TimeSpan _now;

    public ConsumerSimulation(int seed, PlantedFault fault = PlantedFault.None)
    {
        _random = new Random(seed);
        _timing = (StoreTiming)_random.Next(3);
        _options = new ConsumerOptions
        {
            Connections = new ConnectionOptions { BootstrapServers = [] }, StoreTiming = _timing, PartitionFetchMaxBytes = _random.Next(200, 2000), Reset = new ResetPolicy(ResetKind.Earliest),
        };
        _memory = new FetchMemory(_random.Next(1000, 100_000), () => { });
        _machine = new ConsumerMachine(_options, _memory, fault);
        var partitions = Enumerable.Range(0, Partitions).Select(static number => new PartitionMetadata(number, new NodeId(1), 0, ErrorCode.None, [], [])).ToArray();
        _view = MetadataView.Empty.Merge("c", new NodeId(1), new Dictionary<NodeId, BrokerAddress> { [new NodeId(1)] = new("b", 1) }, [new TopicMetadata("t", TopicId.None, ErrorCode.None, partitions)]);
    }

    public int Delivered { get; private set; }
    public int Stale { get; private set; }
    public int Revocations { get; private set; }
    public int Commits { get; private set; }

    static TopicPartition Name(int partition) => new("t", partition);
    Moment Moment => new(_now, new Instant(0));

    public void Run()
    {
        for (var partition = 0; partition < Partitions; partition++) Give(partition);
        for (var step = 0; step < 400; step++)
        {
            Step();
            Settle();
        }
        Drain();
    }

    void Step()
    {
        _now += TimeSpan.FromMilliseconds(_random.Next(200));
        var partition = _random.Next(Partitions);
        switch (_random.Next(16))
        {
            case 0 or 1: Append(_truths[partition]); break;
            case 2 or 3 or 4: Fetch(); break;
            case 5 or 6 or 7: Answer(); break;
            case 8 or 9: Decode(); break;
            case 10 or 11 or 12: Pull(); break;
            case 13: Commit(); break;
            case 14: Disturb(partition); break;
            default: Store(partition); break;
        }
    }

    void Settle()
    {
        if (_machine.IsDue) _machine.Advance(Moment);
        var effects = _machine.TakeEffects(new ConsumerEffects());
        _decoders.AddRange(effects.Decode);
    }

    void Append(Truth truth)
    {
        var values = Enumerable.Range(0, _random.Next(1, 4)).Select(number => $"{truth.End + number}").ToArray();
        var kind = _random.Next(3);
        if (kind == 0) Add(truth, Batches.Plain(truth.End, values), isVisible: true);
        else
        {
            var (producer, first) = (_random.Next(1, 3), truth.End);
            Add(truth, Batches.Of(truth.End, values, producer, transactional: true), isVisible: kind == 1);
            if (kind == 2) truth.Aborted.Add((new AbortedTransaction(new ProducerId(producer), first), truth.End));
            Add(truth, Batches.Marker(truth.End, producer, commit: kind == 1), isVisible: false);
        }
    }

    static void Add(Truth truth, byte[] batch, bool isVisible)
    {
        RecordBatchHeader.TryRead(batch, out var header);
        truth.Batches.Add(batch);
        for (var offset = header.BaseOffset; isVisible && offset < header.NextOffset; offset++) truth.Visible.Add(offset);
        truth.End = header.NextOffset;
    }

    void Fetch()
    {
        var lane = _random.Next(2) == 0 ? ConnectionLane.Fetches : ConnectionLane.UrgentFetches;
        if (_machine.Plan(new NodeId(1), lane, _now, out _) is { } plan) _inFlight.Add(plan);
    }

    void Answer()
    {
        if (_inFlight.Count == 0) return;
        var at = _random.Next(_inFlight.Count);
        var plan = _inFlight[at];
        _inFlight.RemoveAt(at);
        if (_random.Next(8) == 0)
        {
            _machine.Lost(plan, _now);
            return;
        }
        Stale += plan.Partitions.Count(static fetch => !fetch.IsWanted);
        var bytes = new List<byte>();
        var parts = new List<(PlannedFetch Fetch, int From, int Length)>();
        foreach (var fetch in plan.Partitions)
        {
            var from = bytes.Count;
            foreach (var batch in _truths[fetch.Position.Partition.Partition].Batches)
            {
                RecordBatchHeader.TryRead(batch, out var header);
                if (header.NextOffset > fetch.Offset && bytes.Count - from < _options.PartitionFetchMaxBytes) bytes.AddRange(batch);
            }
            parts.Add((fetch, from, bytes.Count - from));
        }
        var array = bytes.ToArray();
        var frame = new FetchedFrame(new ResponseFrame(array, array.Length, null), _memory.ReleaseFetched);
        _memory.AddFetched(frame.SizeInBytes);
        _machine.Answered(plan, [.. parts.Select(part => Answer(part.Fetch, array.AsMemory(part.From, part.Length)))], frame, Moment);
        frame.Release();
    }

    PlannedAnswer Answer(PlannedFetch fetch, ReadOnlyMemory<byte> records)
    {
        var truth = _truths[fetch.Position.Partition.Partition];
        var answer = new FetchAnswer(new NodeId(1), ErrorCode.None, FetchedRange.Read(records, fetch.Offset), records)
        {
            HighWatermark = truth.End, LastStableOffset = truth.End, LogStartOffset = 0, PreferredReplica = NodeId.None, LeaderEpoch = 0,
        };
        return new PlannedAnswer(fetch, answer, [.. truth.Aborted.Where(entry => entry.Marker >= fetch.Offset).Select(static entry => entry.Entry)]);
    }

    void Decode()
    {
        if (_decoders.Count == 0) return;
        var at = _random.Next(_decoders.Count);
        if (_machine.NextToDecode(_decoders[at], out var granted) is not { } fetched) _decoders.RemoveAt(at);
        else
        {
            var (decoded, rest) = ChunkDecoder.Decode(fetched, _options, _memory, granted);
            _machine.Decoded(decoded, rest);
        }
    }

    void Pull()
    {
        foreach (var truth in _truths)
        {
            // To ask is to be done with what there was.
            if (truth.InHand >= 0) truth.Done = Math.Max(truth.Done, truth.InHand);
            truth.InHand = -1;
        }
        var pulled = new PulledRecords();
        _machine.TryPull(_random.Next(1, 6), ref pulled);
        for (var slice = 0; slice < pulled.SliceCount; slice++)
        {
            var (chunk, from, count) = pulled[slice];
            for (var index = from; index < from + count; index++) Deliver(chunk.Feed.Position.Partition.Partition, chunk[index].Offset);
        }
        pulled.Release();
    }

    void Deliver(int partition, long offset)
    {
        var truth = _truths[partition];
        Require(truth.Next is not null, $"record {offset} of partition {partition} was handed out, which is not ours");
        Require(!truth.IsLeaving, $"record {offset} of partition {partition} was handed out after its revocation was announced");
        Require(!truth.IsPaused, $"record {offset} of partition {partition} was handed out while it was paused");
        var wanted = truth.Visible.GetViewBetween(truth.Next!.Value, long.MaxValue).Min;
        Require(truth.Visible.Contains(offset), $"record {offset} of partition {partition} was handed out, which was aborted");
        Require(wanted == offset, $"record {offset} of partition {partition} was handed out when it was the turn of {wanted}");
        truth.Next = offset + 1;
        truth.InHand = offset + 1;
        Delivered++;
    }

    void Commit()
    {
        foreach (var finished in _machine.Finished(null))
        {
            var truth = _truths[finished.Partition.Partition];
            var done = _timing switch { StoreTiming.OnNext => truth.Done, StoreTiming.OnDelivery => truth.Next ?? truth.Done, _ => truth.StoredMost };
            var lost = truth.Visible.GetViewBetween(Math.Max(0, done), long.MaxValue).Where(offset => offset < finished.NextOffset).ToArray();
            Require(lost.Length == 0, $"{finished.NextOffset} of partition {finished.Partition.Partition} was committed over records {string.Join(", ", lost)}, which nobody is done with");
            Require(_timing != StoreTiming.Told || finished.NextOffset >= truth.StoredMost, $"{finished.NextOffset} of partition {finished.Partition.Partition} was committed after {truth.StoredMost} was stored");
            truth.Committed = finished.NextOffset;
            _machine.Committed([finished]);
            Commits++;
        }
    }

    void Store(int partition)
    {
        var truth = _truths[partition];
        if (_timing != StoreTiming.Told || truth.Next is not { } next || _machine.Find(Name(partition)) is not { } feed) return;
        var offset = _random.NextInt64(next + 2);
        var isTaken = feed.Position.TryStore(offset);
        Require(isTaken || offset > next, $"offset {offset} of partition {partition} was not taken, though records up to {next} were handed out");
        if (isTaken) truth.StoredMost = Math.Max(truth.StoredMost, offset);
    }

    void Disturb(int partition)
    {
        var truth = _truths[partition];
        switch (_random.Next(4))
        {
            case 0 when truth.Next is not null && !truth.IsLeaving:
                MoveTo(truth, _random.NextInt64(truth.End + 1));
                _machine.TrySeek(new TopicPartitionOffset(Name(partition), truth.Next.Value), _view, Moment);
                break;
            case 1 when truth.Next is not null:
                truth.IsPaused = !truth.IsPaused;
                if (truth.IsPaused) _machine.TryPause(Name(partition));
                else _machine.TryResume(Name(partition));
                break;
            case 2 when truth.IsLeaving:
                Commit();
                (truth.Next, truth.IsLeaving, truth.IsPaused, truth.InHand) = (null, false, false, -1);
                _machine.Remove([Name(partition)], _now);
                break;
            case 2 when truth.Next is not null:
                truth.IsLeaving = true;
                _machine.Bar([Name(partition)]);
                Revocations++;
                break;
            case 3 when truth.Next is null: Give(partition); break;
        }
    }

    void Give(int partition)
    {
        var truth = _truths[partition];
        MoveTo(truth, Math.Max(0, truth.Committed));
        var feeds = _machine.Add([Name(partition)], _view, Moment);
        _machine.Start(feeds[0], new StartPosition(truth.Next!.Value, -1, _options.Reset), Moment);
        _machine.Unbar(feeds);
    }

    static void MoveTo(Truth truth, long offset) => (truth.Next, truth.Done, truth.InHand, truth.StoredMost) = (offset, offset, -1, -1);

    /// <summary>When nothing disturbs any more, everything arrives.</summary>
    void Drain()
    {
        for (var partition = 0; partition < Partitions; partition++)
        {
            var truth = _truths[partition];
            if (truth.IsLeaving) _machine.Remove([Name(partition)], _now);
            if (truth.IsLeaving || truth.Next is null) Give(partition);
            (truth.IsLeaving, truth.IsPaused) = (false, false);
            _machine.TryResume(Name(partition));
        }
        for (var round = 0; round < 4000 && _truths.Any(static truth => truth.Visible.GetViewBetween(truth.Next!.Value, long.MaxValue).Count > 0); round++)
        {
            _now += TimeSpan.FromSeconds(1);
            Fetch();
            Answer();
            Decode();
            Pull();
            Settle();
        }
        Require(_truths.All(static truth => truth.Visible.GetViewBetween(truth.Next!.Value, long.MaxValue).Count == 0), "not everything arrived");
        Pull();
        Commit();
    }

    static void Require(bool isTrue, string otherwise)
    {
        if (!isTrue) throw new InvalidOperationException(otherwise);
    }
}
