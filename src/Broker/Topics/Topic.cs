using Semel.Broker.Sequencing;
using Semel.Machines.Catalog;

namespace Semel.Broker.Topics;

/// <summary>One incarnation of a topic with its partitions.</summary>
internal sealed class Topic(CatalogTopic description, Partition[] partitions)
{
    const int OpenedAtOnce = 32;

    long _seenAt = -1;

    public string Name => description.Name;
    public CatalogTopic Description => description;

    /// <summary>Whether the catalog was seen to have this topic, in a view of that end offset.</summary>
    public bool WasSeenAt(long catalogEnd) => Volatile.Read(ref _seenAt) == catalogEnd;
    public void SeenAt(long catalogEnd) => Volatile.Write(ref _seenAt, catalogEnd);

    public IReadOnlyList<Partition> Partitions => partitions;

    /// <summary>Opens all partitions; after a failure no more. Each waits for the disk several times, and those that wait at once share what the disk has to do.</summary>
    /// <returns>Why one does not serve; null when all do.</returns>
    public async Task<string?> OpenAsync()
    {
        string? failure = null;
        var next = -1;
        Task OpenSome()
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            WorkThread.Start(() =>
            {
                while (failure is null && Interlocked.Increment(ref next) is var number && Find(number) is { } partition)
                    if (!partition.Writer.Open()) failure = partition.Reader.OfflineReason ?? "the broker stops";
                ended.SetResult();
            }, "log making");
            return ended.Task;
        }
        await Task.WhenAll([.. Enumerable.Range(0, Math.Min(OpenedAtOnce, partitions.Length)).Select(_ => OpenSome())]);
        return failure;
    }

    /// <summary>Closes all partitions; no snapshot is written, as the topic goes or never came.</summary>
    public Task CloseAsync() => Task.WhenAll(partitions.Select(static partition => partition.Writer.StopAsync(withSnapshot: false)));

    /// <returns>Null when the topic has no partition of that number.</returns>
    public Partition? Find(int number) => (uint)number < (uint)partitions.Length ? partitions[number] : null;
}
