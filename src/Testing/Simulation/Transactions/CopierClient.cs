using Semel.Machines.Groups.Offsets;
using Semel.Protocol;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>
/// Reads committed records of the input, writes a copy of each to the output, and commits how far it has read in the same transaction: alone on its partition,
/// or as a member of a group.
/// </summary>
internal sealed class CopierClient(ClientSlot slot, ClientLink link, TransactionDoor door, TransactionalProducer producer)
{
    public static readonly IReadOnlyDictionary<Membership, GroupId> Groups = Enum.GetValues<Membership>().ToDictionary(static how => how, static how =>
        new GroupId($"copiers-{how}"));

    readonly TransactionWorld _world = link.World;
    readonly Dictionary<int, long> _positions = [];
    int _assignment;
    readonly IMembership? _membership = slot.Plan.Membership switch
    {
        Membership.Classic => new ClassicMembership(link, door, Groups[Membership.Classic], link.World.Plan.InputPartitions),
        Membership.Consumer => new ConsumerMembership(link, door, Groups[Membership.Consumer], () => link.World.Topics[SimulatedTopics.Input].TopicId),
        _ => null,
    };

    GroupId Group => Groups[slot.Plan.Membership];
    TopicId Input => _world.Topics[SimulatedTopics.Input].TopicId;

    public async Task RunAsync()
    {
        if (await producer.InitAsync(keepsIdentity: false) != Tried.Done) return;
        while (slot.TakeTransaction())
        {
            if (!await KnowPositionsAsync()) continue;
            var batch = Read();
            if (batch.Count == 0)
            {
                await link.PauseAsync(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200));
                if (!await KeepsAsync()) _positions.Clear();
                continue;
            }
            if (await CopyAsync(batch) == Tried.Fenced) return;
            if (link.Random.OneIn(3)) await link.MayStandStillAsync();
        }
    }

    async Task<bool> KeepsAsync() => _membership is null || await _membership.KeepsAsync();

    /// <summary>Where to go on: what is committed, once no transaction is about to change it.</summary>
    async Task<bool> KnowPositionsAsync()
    {
        if (_positions.Count > 0) return true;
        if (_membership is { Generation: < 0 }) await _membership.JoinAsync();
        _assignment = _membership?.Assignments ?? 0;
        var partitions = _membership?.Assigned ?? [slot.Partition];
        if (partitions.Count == 0)
        {
            await link.PauseAsync(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300));
            await KeepsAsync();
            return false;
        }
        while (true)
        {
            var fetch = new FetchOffsets { GroupId = Group, RequireStable = true, Topics = [new TopicPartitions(null, Input, partitions)] };
            var answer = await link.AskAsync("OffsetFetch", source => door.AskGroupAsync(Group, fetch));
            if (!answer.IsLost && answer.Value is FetchedOffsets { Error: ErrorCode.None } fetched
                && fetched.Topics[0].Partitions.All(static row => row.Error == ErrorCode.None))
            {
                foreach (var row in fetched.Topics[0].Partitions) _positions[row.Partition] = Math.Max(0, row.Offset);
                return true;
            }
            await link.PauseAsync();
            if (!await KeepsAsync()) return false;
        }
    }

    /// <summary>Some committed records from where it stands, and where it stands after them.</summary>
    List<(int Partition, long Offset)> Read()
    {
        var read = new List<(int, long)>();
        foreach (var (partition, position) in _positions)
        {
            foreach (var (offset, _) in _world.Oracle.Reader(Input, partition).Committed)
            {
                if (offset < position) continue;
                if (read.Count == 4) break;
                read.Add((partition, offset));
            }
        }
        return read;
    }

    async Task<Tried> CopyAsync(List<(int Partition, long Offset)> batch)
    {
        producer.Begin();
        var tried = await TryCopyAsync(batch);
        await link.MayStandStillAsync();
        var aborts = _world.Strikes(link.Random, _world.Plan.AbortOneIn);
        tried = tried == Tried.Done && !aborts ? await producer.CommitAsync() : tried == Tried.Fenced
            ? Tried.Fenced : await producer.AbortAsync() == Tried.Fenced ? Tried.Fenced : Tried.Abort;
        if (tried == Tried.Done && !aborts && _assignment == (_membership?.Assignments ?? 0))
            foreach (var (partition, offset) in batch) _positions[partition] = offset + 1;
        else _positions.Clear();
        return tried;
    }

    async Task<Tried> TryCopyAsync(List<(int Partition, long Offset)> batch)
    {
        var output = _world.Topics[SimulatedTopics.Output];
        foreach (var byTarget in batch.GroupBy(source => (int)((source.Offset + source.Partition) % output.PartitionCount)))
        {
            SimulatedRecord[] records = [.. byTarget.Select(source =>
                _world.Oracle.Submit(producer.Transaction, output.TopicId, byTarget.Key, Group, source.Partition, source.Offset))];
            if (await producer.SendAsync(output.TopicId, byTarget.Key, [.. records.Select(static record =>
                (IReadOnlyList<SimulatedRecord>)[record])]) is not Tried.Done and var refused)
                return refused;
        }
        var offsets = new Dictionary<int, long>();
        foreach (var (partition, offset) in batch) offsets[partition] = offset + 1;
        producer.Transaction.Take(Group, offsets);
        if (_membership is null) return await producer.SendOffsetsAsync(Group, Input, offsets);
        var (generation, member) = (_membership.Generation, _membership.MemberId);
        // What reads goes on by itself, and may be given other partitions while this is copied.
        if (link.Random.OneIn(3) && !await KeepsAsync() && _membership.Generation < 0) await _membership.JoinAsync();
        return await producer.SendOffsetsAsync(Group, Input, offsets, generation, member);
    }
}
