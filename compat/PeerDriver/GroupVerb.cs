using System.Diagnostics;
using Semel.Client;
using Semel.Protocol;

namespace Semel.PeerDriver;

/// <summary>A member of a group: reads what it is given, commits what it has handled, and leaves when it is told to.</summary>
sealed class GroupVerb
{
    readonly IConsumer<string, string> _consumer;
    readonly HashSet<TopicPartition> _assigned = [];
    // Handled and not committed.
    readonly Dictionary<TopicPartition, long> _handled = [];
    readonly Lock _gate = new();
    bool _wasAssigned;

    GroupVerb(IConsumer<string, string> consumer) => _consumer = consumer;

    public static async Task<int> RunAsync(Options options, CancellationToken stop)
    {
        var config = Member.Config(options);
        config["isolation.level"] = options.Text("isolation", "read_committed");
        if (options.Text("instance-id", "") is { Length: > 0 } instance) config.GroupInstanceId = instance;
        var (topic, commitEvery, count) = (options.Text("topic"), options.Number("commit-every", 100), options.Number("count", int.MaxValue));
        var (idle, work, patience) = (options.Seconds("idle", 0), options.Number("work", 0), options.Patience);
        options.RefuseUnread();
        await using var consumer = new ConsumerBuilder<string, string>(config).Build();
        return await new GroupVerb(consumer).ReadAsync(topic, commitEvery, count, idle, TimeSpan.FromMilliseconds(work), patience, stop);
    }

    async Task<int> ReadAsync(string topic, int commitEvery, int count, TimeSpan idle, TimeSpan work, TimeSpan patience, CancellationToken stop)
    {
        _consumer.Rebalance.OnAssigned((added, _) => ChangedAsync(added, isAdded: true));
        _consumer.Rebalance.OnRevoked(async (removed, _) =>
        {
            await CommitAsync(removed);
            await ChangedAsync(removed, isAdded: false);
        });
        _consumer.Rebalance.OnLost((lost, _) =>
        {
            lock (_gate)
                foreach (var partition in lost) _handled.Remove(partition);
            return ChangedAsync(lost, isAdded: false);
        });
        _consumer.Subscribe(topic);
        var read = 0;
        var quiet = Stopwatch.StartNew();
        try
        {
            while (read < count)
            {
                var record = await _consumer.ConsumeAsync(TimeSpan.FromMilliseconds(200), stop);
                if (record is not { } got)
                {
                    var hasWaited = Volatile.Read(ref _wasAssigned) ? idle : patience;
                    if (!_wasAssigned && quiet.Elapsed >= patience) throw new TimeoutException($"no assignment for {patience.TotalSeconds} s");
                    if (_wasAssigned && hasWaited > TimeSpan.Zero && quiet.Elapsed >= hasWaited) break;
                    if (_wasAssigned && idle == TimeSpan.Zero && count != int.MaxValue && quiet.Elapsed >= patience)
                        throw new TimeoutException($"{read} of {count} records, and none for {patience.TotalSeconds} s");
                    continue;
                }
                RecordLine.Print(got, withTopic: true);
                if (work > TimeSpan.Zero) await Task.Delay(work, CancellationToken.None);
                lock (_gate)
                    if (_assigned.Contains(got.TopicPartition)) _handled[got.TopicPartition] = got.Offset.Value + 1;
                quiet.Restart();
                if (++read % commitEvery == 0) await CommitAsync(_consumer.Assignment);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop: what was handled is committed.
        }
        await CommitAsync(_consumer.Assignment);
        await _consumer.DisposeAsync();
        Line.Print(json =>
        {
            json.WriteBoolean("done", true);
            json.WriteNumber("count", read);
        });
        return 0;
    }

    ValueTask ChangedAsync(IReadOnlyList<TopicPartition> partitions, bool isAdded)
    {
        lock (_gate)
        {
            foreach (var partition in partitions)
            {
                if (isAdded) _assigned.Add(partition);
                else _assigned.Remove(partition);
            }
            if (isAdded) Volatile.Write(ref _wasAssigned, true);
            Member.PrintAssigned(_assigned);
        }
        return ValueTask.CompletedTask;
    }

    async Task CommitAsync(IEnumerable<TopicPartition> partitions)
    {
        List<TopicPartitionOffset> offsets;
        lock (_gate) offsets = [.. partitions.Where(_handled.ContainsKey).Select(partition => new TopicPartitionOffset(partition, _handled[partition]))];
        if (offsets.Count == 0) return;
        try
        {
            await _consumer.CommitAsync(offsets);
        }
        catch (CommitFailedException failure)
        {
            // Somebody else reads them, and again what was handled here.
            Console.Error.WriteLine($"not committed: {failure.Message}");
            return;
        }
        lock (_gate)
            foreach (var offset in offsets)
                if (_handled.TryGetValue(offset.TopicPartition, out var handled) && handled == offset.Offset.Value) _handled.Remove(offset.TopicPartition);
        Member.PrintCommitted(offsets);
    }
}
