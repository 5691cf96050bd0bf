using Semel.Log;
using Semel.Log.Memory;

namespace Semel.Broker.Tests.Sequencing;

/// <summary>The logs in memory, made to wait: an append is there at once but counts as durable only when the test says so.</summary>
internal sealed class SlowLogStore : ILogStore
{
    readonly MemoryLogStore _inner = new();
    readonly SemaphoreSlim _begun = new(0);
    TaskCompletionSource _durable = new();

    /// <summary>The number of batches of each append, in order.</summary>
    public List<int> Appends { get; } = [];

    /// <summary>Whether each append tells that a segment was begun.</summary>
    public bool Rolls { get; init; }

    /// <summary>Called when a snapshot is about to be saved.</summary>
    public Action? Saving { get; init; }

    public MemoryLogStore Inner => _inner;

    /// <summary>Completes when one more append waits.</summary>
    public Task AppendBegunAsync() => _begun.WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>Lets the append that waits become durable, on this thread.</summary>
    public void Release()
    {
        var durable = _durable;
        _durable = new();
        // The test's own context would send the rest of the turn to another thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        durable.SetResult();
        SynchronizationContext.SetSynchronizationContext(context);
    }

    public IReadOnlyList<string> Names => _inner.Names;
    public IReadOnlyList<string> Remarks => _inner.Remarks;
    public ILog Create(string name, LogOptions options) => new SlowLog(this, _inner.Create(name, options));
    public ILog Open(string name, LogOptions options) => new SlowLog(this, _inner.Open(name, options));
    public void Delete(string name) => _inner.Delete(name);
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    sealed class SlowLog(SlowLogStore store, ILog inner) : ILog
    {
        public async ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
        {
            var durable = store._durable.Task;
            store.Appends.Add(batches.Count);
            var outcome = await inner.AppendAsync(batches, expectedEndOffset).ConfigureAwait(false);
            store._begun.Release();
            await durable.ConfigureAwait(false);
            return outcome with { Rolled = store.Rolls };
        }

        public string Name => inner.Name;
        public int WriterEpoch => inner.WriterEpoch;
        public IReadOnlyList<LogPart> Parts() => inner.Parts();
        public void DropSnapshots(long below) => inner.DropSnapshots(below);
        public ILogReplacement BeginReplacement(long fromOffset, long upToOffset) => inner.BeginReplacement(fromOffset, upToOffset);
        public LogBounds Bounds => inner.Bounds;
        public LogRecovery Recovery => inner.Recovery;
        public IReadOnlyList<LogHole> Holes => inner.Holes;
        public LogRead Read(long fromOffset, long upToOffset, int maxBytes) => inner.Read(fromOffset, upToOffset, maxBytes);
        public TimestampedOffset? FindOffset(long timestamp, long upToOffset) => inner.FindOffset(timestamp, upToOffset);
        public TimestampedOffset? FindMaxTimestamp(long upToOffset) => inner.FindMaxTimestamp(upToOffset);
        public ValueTask TrimStartAsync(long offset) => inner.TrimStartAsync(offset);
        public void SaveSnapshot(long offset, ReadOnlySpan<byte> content)
        {
            store.Saving?.Invoke();
            inner.SaveSnapshot(offset, content);
        }

        public LogSnapshot? LoadSnapshot(long below = long.MaxValue) => inner.LoadSnapshot(below);
        public void Dispose() => inner.Dispose();
    }
}
