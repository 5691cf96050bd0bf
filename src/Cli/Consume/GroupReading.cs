using Semel.Cli.Connecting;
using Semel.Cli.Output;
using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Consume;

/// <summary>When the offsets of what was printed are committed.</summary>
public enum CommitTiming
{
    /// <summary>After each batch that was printed.</summary>
    Each,
    /// <summary>When the command ends, and when a partition goes to another member.</summary>
    End,
    Never,
}

/// <summary>
/// Prints what a member of a group is given, until a limit is reached. Offsets are committed behind what was printed and flushed, so whoever reads along may
/// see a record twice after a crash, and misses none.
/// </summary>
/// <param name="atEnd">Ends where the partitions end that this member has.</param>
public sealed class GroupReading : IReading
{
    /// <summary>For the last commit: the group waits for nobody for ever.</summary>
    static readonly TimeSpan LastChance = TimeSpan.FromSeconds(5);

    readonly IConsumer<byte[], byte[]> _consumer;
    readonly BatchPull _pull;
    readonly RecordPrinter _printer;
    readonly Terminal _terminal;
    readonly CommitTiming _timing;
    readonly bool _atEnd;
    readonly TroubleWatch _watch;
    readonly Func<CancellationToken, Task<IReadOnlyList<string>>> _find;
    readonly Lock _gate = new();
    readonly HashSet<TopicPartition> _ended = [];
    readonly Dictionary<TopicPartition, long> _committed = [];
    readonly CancellationTokenSource _nothingToRead = new();

    /// <param name="find">The topics to subscribe to, or that there is one of them not.</param>
    public GroupReading(IConsumer<byte[], byte[]> consumer, BatchPull pull, RecordPrinter printer, Terminal terminal, CommitTiming timing, bool atEnd,
        TroubleWatch watch, Func<CancellationToken, Task<IReadOnlyList<string>>> find)
    {
        (_consumer, _pull, _printer, _terminal, _timing, _atEnd, _watch, _find) = (consumer, pull, printer, terminal, timing, atEnd, watch, find);
        consumer.Rebalance.OnAssigned(OnAssignedAsync);
        consumer.Rebalance.OnRevoked((partitions, token) => timing == CommitTiming.Never ? ValueTask.CompletedTask : CommitAsync(partitions.Contains, token));
    }

    public bool HasBegun { get; private set; }

    public async Task BeginAsync(CancellationToken stop)
    {
        _consumer.Subscribe(await _find(stop).ConfigureAwait(false));
        HasBegun = true;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _nothingToRead.Token);
        try
        {
            while (!_printer.IsFull && !IsAtEnd && await _pull.NextAsync(either.Token).ConfigureAwait(false) is { } batch)
            {
                using (batch)
                {
                    _watch.Worked();
                    _printer.Print(batch);
                    lock (_gate) _ended.UnionWith(batch.PartitionEnds.Select(end => end.TopicPartition));
                }
                if (_timing == CommitTiming.Each) await CommitAsync(static _ => true, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && _nothingToRead.IsCancellationRequested)
        {
            // Other members have all partitions, and only what ours hold was to be read.
        }
    }

    public async Task EndAsync()
    {
        if (_timing == CommitTiming.Never) return;
        using var limit = new CancellationTokenSource(LastChance);
        try
        {
            await CommitAsync(static _ => true, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _terminal.Warn("the last commit was not answered: what was printed behind the one before may be read again.");
        }
    }

    bool IsAtEnd
    {
        get
        {
            if (!_atEnd) return false;
            var assigned = _consumer.Assignment;
            lock (_gate) return assigned.Count > 0 && assigned.All(_ended.Contains);
        }
    }

    ValueTask OnAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation)
    {
        _watch.Worked();
        lock (_gate) _ended.ExceptWith(partitions);
        return _atEnd && _consumer.Assignment.Count == 0 && partitions.Count == 0 ? new ValueTask(_nothingToRead.CancelAsync()) : ValueTask.CompletedTask;
    }

    async ValueTask CommitAsync(Func<TopicPartition, bool> isMeant, CancellationToken stop)
    {
        List<TopicPartitionOffset> offsets;
        lock (_gate) offsets = [.. _printer.Next().Where(next =>
            isMeant(next.TopicPartition) && _committed.GetValueOrDefault(next.TopicPartition) != next.Offset.Value)];
        if (offsets.Count == 0) return;
        // Not before it is where somebody can read it.
        _terminal.Output.Flush();
        try
        {
            await _consumer.CommitAsync(offsets, stop).ConfigureAwait(false);
            lock (_gate)
                foreach (var offset in offsets) _committed[offset.TopicPartition] = offset.Offset.Value;
        }
        catch (CommitFailedException lost)
        {
            // The partitions are another member's by now, which reads them from the last commit on.
            _terminal.Warn($"{string.Join(", ", offsets.Select(offset => offset.TopicPartition))}: what was printed is not committed, and will be read again: {lost.Message}");
        }
    }
}
