using Semel.Machines.Groups.Consumer;
using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Machines.Tests.Groups.Consumer.Migration;

/// <summary>
/// Members of both protocols come and go in one group, which changes its protocol back and forth under them; answers are lost, members die, the coordinator starts anew.
/// No partition is ever used by two of them, and in the end every partition is used.
/// </summary>
public class MixedSafetyTests
{
    sealed class NewClient(ConsumerWorld world, int number)
    {
        int _lives;

        public TestMember Member { get; private set; } = world.Member($"n{number}");
        public PartitionSet Uses { get; private set; } = PartitionSet.Empty;
        bool _isIn, _missed;
        TimeSpan _safeAt;

        public bool IsOut => !_isIn;

        public void Die()
        {
            (_isIn, _missed, Uses) = (false, false, PartitionSet.Empty);
            Member = world.Member($"n{number}.{++_lives}");
        }

        public void Leave()
        {
            if (_isIn) Member.Leave();
            Die();
        }

        public void NoteTime()
        {
            if (_isIn && world.Groups.Steady - _safeAt >= TimeSpan.FromMilliseconds(Member.RebalanceTimeoutMs)) Die();
        }

        public void Act(bool isLost)
        {
            if (!_isIn) _safeAt = world.Groups.Steady;
            var request = !_isIn || _missed ? Member.JoinOf() with { MemberEpoch = _isIn ? Member.Epoch : 0 } : Member.Of(Member.Epoch);
            if (_isIn) Uses = Uses.Intersect(Member.Owned);
            var reply = Member.Send(request with { Owned = Uses });
            _missed = isLost;
            if (isLost) return;
            if (reply.Error != ErrorCode.None)
            {
                (_isIn, Uses) = (false, PartitionSet.Empty);
                (Member.Epoch, Member.Owned) = (0, PartitionSet.Empty);
                return;
            }
            Member.Take(reply);
            _isIn = true;
            Uses = Uses.Union(Member.Owned);
            if (Uses.IsSubsetOf(Member.Owned)) _safeAt = world.Groups.Steady;
        }
    }

    /// <param name="changes">How often the group changed its protocol, and back.</param>
    static string? Run(int seed, ref (int Upgrades, int Downgrades) changes)
    {
        var random = new Random(seed);
        var world = new ConsumerWorld(random.Next(2) == 0 ? ConsumerWorld.AtOnce : TestGroups.Quick);
        world.Groups.ChecksReplay = seed % 40 == 0;
        var eager = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new EagerClient(world, random)).ToArray();
        var newer = Enumerable.Range(0, random.Next(1, 3)).Select(number => new NewClient(world, number)).ToArray();
        for (var step = 0; step < 200; step++)
        {
            switch (random.Next(30))
            {
                case 0:
                    eager[random.Next(eager.Length)].Die();
                    break;
                case 1:
                    eager[random.Next(eager.Length)].Leave();
                    break;
                case 2:
                    newer[random.Next(newer.Length)].Die();
                    break;
                case 3 or 4:
                    newer[random.Next(newer.Length)].Leave();
                    break;
                case 5 or 6 or 7:
                    world.Groups.Pass(TimeSpan.FromSeconds(random.Next(1, 12)));
                    break;
                case 8:
                    world.Groups.Restart();
                    foreach (var client in eager) client.Die();
                    break;
                case < 14:
                    newer[random.Next(newer.Length)].Act(random.Next(6) == 0);
                    break;
                default:
                    eager[random.Next(eager.Length)].Act(lossy: true);
                    break;
            }
            Note(eager, newer, lossy: true);
            if (Overlap(eager, newer) is { } overlap) return $"seed {seed}, step {step}: {overlap}";
        }
        // From now on all behave; on every second run those of the new protocol go.
        var stays = seed % 2 == 0;
        for (var round = 0; round < 120; round++)
        {
            foreach (var client in eager)
                for (var act = 0; act < 4; act++) client.Act(lossy: false);
            foreach (var client in newer)
                if (stays) client.Act(isLost: false);
                else if (round == 0) client.Leave();
            Note(eager, newer, lossy: false);
            if (Overlap(eager, newer) is { } overlap) return $"seed {seed}, in the end: {overlap}";
            world.Groups.Pass(TimeSpan.FromSeconds(2));
        }
        var used = eager.Select(client => client.Uses).Concat(newer.Select(client => client.Uses)).Sum(set => set.Count);
        if (used != 4 || !eager.All(client => client.IsSettled)) return $"seed {seed}: {used} of 4 partitions are used in the end, the group is {world.State}";
        changes.Upgrades += world.Records().Count(record => record.Record is { Key: GroupMetadataKey, IsTombstone: true });
        changes.Downgrades += world.Records().Count(record => record.Record is { Key: ConsumerGroupMetadataKey, IsTombstone: true });
        return null;
    }

    static void Note(EagerClient[] eager, NewClient[] newer, bool lossy)
    {
        foreach (var client in eager) client.NoteTime(lossy);
        foreach (var client in newer) client.NoteTime();
    }

    static string? Overlap(EagerClient[] eager, NewClient[] newer)
    {
        var used = new HashSet<TopicIdPartition>();
        foreach (var set in eager.Select(client => client.Uses).Concat(newer.Select(client => client.Uses)))
            foreach (var partition in set)
                if (!used.Add(partition)) return $"{partition} is used twice";
        return null;
    }

    [Fact]
    public void Members_of_both_protocols_never_use_a_partition_at_the_same_time()
    {
        var changes = (Upgrades: 0, Downgrades: 0);
        for (var seed = 0; seed < 300; seed++)
            if (Run(seed, ref changes) is { } fault) Assert.Fail(fault);
        Assert.True(changes is { Upgrades: > 100, Downgrades: > 100 }, $"{changes}");
    }
}
