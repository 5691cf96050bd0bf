using Semel.Broker.Topics;
using Semel.Log;
using Semel.Log.Memory;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Broker.Tests.Support;

/// <summary>The logs in memory, with a say before each making, opening, append and read: what it returns is thrown.</summary>
internal sealed class ScriptedLogStore(TimeProvider time) : ILogStore
{
    public MemoryLogStore Inner { get; } = new(time);

    public Func<string, Exception?>? CreateFault { get; set; }
    public Func<string, Exception?>? OpenFault { get; set; }
    public Func<string, Exception?>? AppendFault { get; set; }
    public Func<string, long, Exception?>? ReadFault { get; set; }

    /// <summary>Logs whose reads give nothing, whatever they hold.</summary>
    public Func<string, bool>? GivesNothing { get; set; }

    /// <summary>Called before a snapshot is saved.</summary>
    public Action<string>? SavingSnapshot { get; set; }

    /// <summary>How often each log was tried to be opened.</summary>
    public Dictionary<string, int> Openings { get; } = [];

    public IReadOnlyList<string> Names => Inner.Names;
    public IReadOnlyList<string> Remarks { get; set; } = [];
    public void Delete(string name) => Inner.Delete(name);
    public ValueTask DisposeAsync() => Inner.DisposeAsync();

    public ILog Create(string name, LogOptions options) =>
        CreateFault?.Invoke(name) is { } fault ? throw fault : new ScriptedLog(this, Inner.Create(name, options));

    public ILog Open(string name, LogOptions options)
    {
        lock (Openings) Openings[name] = Openings.GetValueOrDefault(name) + 1;
        if (OpenFault?.Invoke(name) is { } fault) throw fault;
        return new ScriptedLog(this, Inner.Open(name, options));
    }

    public int OpeningsOf(string prefix)
    {
        lock (Openings) return Openings.Where(log => log.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(log => log.Value);
    }

    /// <summary>Writes a topic into the catalog's log as the first version of this broker did; nobody else has it open.</summary>
    public void AppendToCatalog(TopicRecord record)
    {
        using var writer = new WireWriter(64);
        writer.WriteInt16(0);
        record.Write(writer, 0);
        using var builder = new RecordBatchBuilder(1024);
        Assert.True(builder.TryAppend(0, new byte[2], false, writer.ToArray(), false));
        builder.Close(CompressionCodec.None);
        using var log = Inner.Open(PartitionLogName.Catalog, new());
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, log.Bounds.EndOffset, 0);
        Assert.Equal(AppendStatus.Appended, log.AppendAsync([batch], log.Bounds.EndOffset).Result.Status);
    }

    /// <summary>What the system says when a device is full.</summary>
    public static IOException DeviceFull(string file) => new($"No space left on device : '{file}'", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

    /// <summary>What the system says when a process has as many files open as it may.</summary>
    public static IOException TooManyFiles(string file) => new($"Too many open files : '{file}'", OperatingSystem.IsWindows() ? unchecked((int)0x80070004) : 24);

    /// <summary>From now on appends to logs of this name, or that begin so, are not done before the result is disposed of.</summary>
    public Standstill StandStill(string prefix)
    {
        var still = new Standstill(this, prefix);
        lock (_still) _still.Add(still);
        return still;
    }

    readonly List<Standstill> _still = [];

    Standstill? StillOf(string name)
    {
        lock (_still) return _still.Find(still => name.StartsWith(still.Prefix, StringComparison.Ordinal));
    }

    internal sealed class Standstill(ScriptedLogStore store, string prefix) : IDisposable
    {
        readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously), _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Prefix => prefix;

        /// <summary>Completes when an append waits.</summary>
        public Task Begun => _begun.Task.WaitAsync(TimeSpan.FromSeconds(20));

        internal Task WaitAsync()
        {
            _begun.TrySetResult();
            return _over.Task;
        }

        public void Dispose()
        {
            lock (store._still) store._still.Remove(this);
            _over.TrySetResult();
        }
    }

    sealed class ScriptedLog(ScriptedLogStore store, ILog inner) : ILog
    {
        public ValueTask<AppendOutcome> AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
        {
            if (store.StillOf(Name) is { } still) return WaitAndAppendAsync(still, batches, expectedEndOffset);
            return store.AppendFault?.Invoke(Name) is { } fault
                ? ValueTask.FromException<AppendOutcome>(new LogFailedException($"writing to the log {Name} failed: {fault.Message}", fault))
                : inner.AppendAsync(batches, expectedEndOffset);
        }

        async ValueTask<AppendOutcome> WaitAndAppendAsync(Standstill still, IReadOnlyList<ReadOnlyMemory<byte>> batches, long expectedEndOffset)
        {
            await still.WaitAsync();
            return await inner.AppendAsync(batches, expectedEndOffset);
        }

        public LogRead Read(long fromOffset, long upToOffset, int maxBytes)
        {
            if (store.ReadFault?.Invoke(Name, fromOffset) is { } fault) throw fault;
            return store.GivesNothing?.Invoke(Name) == true ? LogRead.Empty : inner.Read(fromOffset, upToOffset, maxBytes);
        }

        public string Name => inner.Name;
        public int WriterEpoch => inner.WriterEpoch;
        public IReadOnlyList<LogPart> Parts() => inner.Parts();
        public void DropSnapshots(long below) => inner.DropSnapshots(below);
        public ILogReplacement BeginReplacement(long fromOffset, long upToOffset) => inner.BeginReplacement(fromOffset, upToOffset);
        public LogBounds Bounds => inner.Bounds;
        public LogRecovery Recovery => inner.Recovery;
        public IReadOnlyList<LogHole> Holes => inner.Holes;
        public TimestampedOffset? FindOffset(long timestamp, long upToOffset) => inner.FindOffset(timestamp, upToOffset);
        public TimestampedOffset? FindMaxTimestamp(long upToOffset) => inner.FindMaxTimestamp(upToOffset);
        public ValueTask TrimStartAsync(long offset) => inner.TrimStartAsync(offset);
        public void SaveSnapshot(long offset, ReadOnlySpan<byte> content)
        {
            store.SavingSnapshot?.Invoke(Name);
            inner.SaveSnapshot(offset, content);
        }

        public LogSnapshot? LoadSnapshot(long below = long.MaxValue) => inner.LoadSnapshot(below);
        public void Dispose() => inner.Dispose();
    }
}
