using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Semel.Confluent.Tests;

/// <summary>Members of groups as the users of Confluent.Kafka write them: one loop each, handlers for what is given and taken.</summary>
public sealed class GroupProgramTests(BrokerForPrograms programs) : IClassFixture<BrokerForPrograms>
{
    const int Partitions = 6;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>One member on a thread of its own. It commits what it has read whenever something is taken from it, and at its end.</summary>
    sealed class Member : IDisposable
    {
        readonly CancellationTokenSource _stop = new();
        readonly Thread _thread;

        public Member(BrokerForPrograms programs, string topic, string group, Action<ConsumerConfig> change, ConcurrentDictionary<int, string> owners, ConcurrentQueue<string> read, ConcurrentQueue<string> troubles)
        {
            var name = Guid.NewGuid().ToString("n");
            _thread = new(() =>
            {
                try
                {
                    using var consumer = new ConsumerBuilder<string, string>(programs.Reading(group, change))
                        .SetPartitionsAssignedHandler((_, given) =>
                        {
                            foreach (var partition in given)
                                if (!owners.TryAdd(partition.Partition.Value, name)) troubles.Enqueue($"partition {partition.Partition.Value} has two owners");
                            Owned = Owned.Union(given.Select(partition => partition.Partition.Value)).ToHashSet();
                        })
                        .SetPartitionsRevokedHandler((consumer, taken) =>
                        {
                            Commit(consumer);
                            foreach (var partition in taken) owners.TryRemove(partition.Partition.Value, out _);
                            Owned = Owned.Except(taken.Select(partition => partition.Partition.Value)).ToHashSet();
                        })
                        .SetPartitionsLostHandler((_, lost) => troubles.Enqueue($"{lost.Count} partitions were lost")).Build();
                    consumer.Subscribe(topic);
                    while (!_stop.IsCancellationRequested)
                        if (consumer.Consume(TimeSpan.FromMilliseconds(50)) is { IsPartitionEOF: false } record) read.Enqueue(record.Message.Value);
                    consumer.Unsubscribe();
                    consumer.Close();
                }
                catch (Exception failure)
                {
                    troubles.Enqueue(failure.ToString());
                }
            });
            _thread.Start();
        }

        public IReadOnlySet<int> Owned { get; private set; } = new HashSet<int>();

        static void Commit(IConsumer<string, string> consumer)
        {
            try
            {
                consumer.Commit();
            }
            catch (KafkaException nothing) when (nothing.Error.Code == ErrorCode.Local_NoOffset)
            {
                // Nothing was read since the last time.
            }
        }

        public void Dispose()
        {
            _stop.Cancel();
            _thread.Join();
            _stop.Dispose();
        }
    }

    static async Task UntilAsync(Func<bool> holds, Func<string> otherwise)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !holds(); await Task.Yield())
            if (TimeProvider.System.GetElapsedTime(began) > Limit) Assert.Fail(otherwise());
    }

    public static readonly TheoryData<string> Kinds = ["range", "cooperative-sticky", "consumer"];

    static Action<ConsumerConfig> Kind(string kind) => config =>
    {
        if (kind == "consumer") config.GroupProtocol = GroupProtocol.Consumer;
        else config.PartitionAssignmentStrategy = kind == "range" ? PartitionAssignmentStrategy.Range : PartitionAssignmentStrategy.CooperativeSticky;
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Members_come_and_go_every_record_is_read_once_and_no_partition_ever_has_two_owners(string kind)
    {
        var topic = await programs.CreateTopicAsync("in", Partitions);
        var group = BrokerForPrograms.NewName("group");
        var (owners, read, troubles) = (new ConcurrentDictionary<int, string>(), new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        Member Join() => new(programs, topic, group, Kind(kind), owners, read, troubles);
        string State() => $"{read.Count} records, {owners.Count} partitions owned; {string.Join("; ", troubles)}";
        using var first = Join();
        await UntilAsync(() => first.Owned.Count == Partitions, State);
        await programs.FillAsync(topic, 100);
        await UntilAsync(() => read.Count >= 100, State);
        var second = Join();
        using (var third = Join())
        {
            await UntilAsync(() => first.Owned.Count == 2 && second.Owned.Count == 2 && third.Owned.Count == 2, State);
            await programs.FillAsync(topic, 100);
            await UntilAsync(() => read.Count >= 200, State);
        }
        second.Dispose();
        await UntilAsync(() => first.Owned.Count == Partitions, State);
        await programs.FillAsync(topic, 100);
        await UntilAsync(() => read.Count >= 300, State);
        Assert.Empty(troubles);
        Assert.Equal(300, read.Count);
    }

    [Fact]
    public async Task A_member_with_a_name_of_its_own_comes_back_to_its_partitions()
    {
        var topic = await programs.CreateTopicAsync("in", Partitions);
        var group = BrokerForPrograms.NewName("group");
        var (owners, read, troubles) = (new ConcurrentDictionary<int, string>(), new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        Member Join(string name) => new(programs, topic, group, config => { config.GroupInstanceId = name; config.SessionTimeoutMs = 30_000; }, owners, read, troubles);
        using var first = Join("one");
        var second = Join("two");
        await UntilAsync(() => first.Owned.Count == 3 && second.Owned.Count == 3, () => string.Join("; ", troubles));
        var before = second.Owned.ToHashSet();
        using var admin = programs.Admin();
        second.Dispose();
        foreach (var partition in before) owners.TryRemove(partition, out _);
        using var again = Join("two");
        await UntilAsync(() => again.Owned.Count == 3, () => string.Join("; ", troubles));
        Assert.Equal(before, again.Owned);
        Assert.Empty(troubles);
    }
}
