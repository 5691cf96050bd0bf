using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Commits offsets of its own group, plainly and in transactions, one after the other, and looks at what is committed: the last one that counts, and never one
/// of a topic that is gone. What it can be sure of it can only while nothing of it was lost or came twice.
/// </summary>
internal sealed class KeeperClient(ClientSlot slot, ClientLink link, TransactionDoor door, TransactionalProducer producer)
{
    const short PlainVersion = 10;

    readonly TransactionWorld _world = link.World;
    readonly GroupId _group = new($"kept-{slot.Id}");

    public async Task RunAsync()
    {
        if (await producer.InitAsync(keepsIdentity: false) != Tried.Done) return;
        while (slot.TakeTransaction())
        {
            var tried = await RoundAsync();
            if (tried == Tried.Fenced) return;
            await link.PauseAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>Each offset says of which incarnation of the topic it is, and no other is the same.</summary>
    long Next(TopicId topic) => (long)IncarnationOf(topic) << 32 | _world.Oracle.NextNumber();

    static int IncarnationOf(TopicId topic) => BitConverter.ToInt32(topic.Value.ToByteArray());

    static bool IsOf(long offset, TopicId topic) => offset >> 32 == IncarnationOf(topic);

    /// <summary>Nothing of this group was ever lost, can come late, or be done by somebody else.</summary>
    bool IsSure => slot.Users == 1 && link.Connections == 1;

    async Task<Tried> RoundAsync()
    {
        var topic = _world.Topics[SimulatedTopics.Remade].TopicId;
        var begun = _world.Clock.Now;
        var (before, inside, after) = (Next(topic), Next(topic), Next(topic));
        var (isBefore, isAfter) = (link.Random.OneIn(2), link.Random.OneIn(2));
        await LookAsync(topic, null);
        if (isBefore && !await CommitPlainlyAsync(topic, before)) return await AbortedAsync();
        producer.Begin();
        var tried = await producer.SendOffsetsAsync(_group, topic, new Dictionary<int, long> { [0] = inside });
        if (tried != Tried.Done) return tried == Tried.Fenced ? tried : await producer.AbortAsync();
        if (isAfter && !await CommitPlainlyAsync(topic, after)) return await producer.AbortAsync();
        if (await FetchAsync(topic, stable: true) is { Error: ErrorCode.None } pending && IsSure && IsSame(topic)
            && _world.Clock.Now - begun < TransactionPlan.TransactionTimeout)
            _world.Fail($"{link.Name}: a transaction is open with an offset of {_group}, and one that asks for stable offsets is given {pending.Offset}");
        await link.MayStandStillAsync();
        var commits = !_world.Strikes(link.Random, _world.Plan.AbortOneIn);
        tried = commits ? await producer.CommitAsync() : await producer.AbortAsync();
        if (tried == Tried.Fenced) return tried;
        long? expected = isAfter ? after : commits && tried == Tried.Done ? inside : isBefore ? before : null;
        await LookAsync(topic, expected);
        return tried;
    }

    Task<Tried> AbortedAsync() => Task.FromResult(Tried.Abort);

    bool IsSame(TopicId topic) => _world.Topics[SimulatedTopics.Remade].TopicId == topic;

    async Task<bool> CommitPlainlyAsync(TopicId topic, long offset)
    {
        var commit = new CommitOffsets { GroupId = _group, Version = PlainVersion, Topics = [new TopicCommit(null, topic, [new PartitionCommit(0, offset)])] };
        while (true)
        {
            var answer = await link.AskAsync("OffsetCommit", source => door.AskGroupAsync(_group, commit));
            if (!answer.IsLost && answer.Value.Error == ErrorCode.None) return TransactionDoor.FirstError(answer.Value) == ErrorCode.None;
            await link.PauseAsync();
        }
    }

    async Task<FetchedOffset?> FetchAsync(TopicId topic, bool stable)
    {
        var fetch = new FetchOffsets { GroupId = _group, RequireStable = stable, Topics = [new TopicPartitions(null, topic, [0])] };
        var answer = await link.AskAsync("OffsetFetch", source => door.AskGroupAsync(_group, fetch));
        return !answer.IsLost && answer.Value is FetchedOffsets { Error: ErrorCode.None } fetched && fetched.Topics[0].TopicId == topic
            ? fetched.Topics[0].Partitions[0] : null;
    }

    async Task LookAsync(TopicId topic, long? expected)
    {
        if (await FetchAsync(topic, stable: true) is not { Error: ErrorCode.None } row) return;
        _world.Counts.Add("kept-offsets-seen");
        if (row.Offset >= 0 && !IsOf(row.Offset, topic)) _world.Fail($"{link.Name}: offset {row.Offset} of {_group} is of a topic that is gone");
        // Of somebody who has the transactional id meanwhile, or of what came late, nothing is said.
        if (expected is null || !IsSure || !IsSame(topic)) return;
        _world.Counts.Add("kept-offsets-compared");
        if (row.Offset != expected) _world.Fail($"{link.Name}: {_group} has committed {row.Offset}, it is to be {expected}");
    }
}
