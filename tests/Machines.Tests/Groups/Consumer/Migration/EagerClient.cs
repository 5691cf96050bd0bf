using Semel.Machines.Groups;
using Semel.Machines.Groups.Classic;
using Semel.Machines.Groups.Consumer;
using Semel.Machines.Groups.Consumer.Migration;
using Semel.Protocol;

namespace Semel.Machines.Tests.Groups.Consumer.Migration;

/// <summary>A member of the classic protocol as an eager client is one: it gives up everything before it joins, and when it leads it shares the topic "t" out.</summary>
internal sealed class EagerClient(ConsumerWorld world, Random random)
{
    enum Waiting
    {
        Nothing,
        Join,
        Sync,
    }

    readonly TestGroups _groups = world.Groups;
    Asked? _asked;
    Waiting _waiting;
    string _id = "";
    JoinReply? _joined;
    bool _isIn;

    public PartitionSet Uses { get; private set; } = PartitionSet.Empty;
    /// <summary>When it last heard that all is well.</summary>
    public TimeSpan SafeAt { get; private set; }
    public bool IsSettled => _isIn && _waiting == Waiting.Nothing;

    /// <summary>Stops without a word, and comes back as somebody else.</summary>
    public void Die() => (_id, _joined, _isIn, _asked, _waiting, Uses) = ("", null, false, null, Waiting.Nothing, PartitionSet.Empty);

    public void Leave()
    {
        if (_id.Length > 0) _groups.Ask(new LeaveGroup(new("g"), [new(_id, null)]));
        Die();
    }

    /// <summary>What it has came just now, or is lost; or its session is over without an answer, and whatever it had is another's by now.</summary>
    public void NoteTime(bool lossy)
    {
        if (_waiting == Waiting.Sync && _asked!.IsAnswered)
        {
            if (lossy && random.Next(6) == 0) Join();
            else Synced(_asked.Synced);
        }
        if (_isIn && _groups.Steady - SafeAt >= TimeSpan.FromSeconds(10)) Die();
    }

    /// <summary>Its next step.</summary>
    /// <param name="lossy">Answers may be lost: it then asks again.</param>
    public void Act(bool lossy)
    {
        var isLost = lossy && random.Next(6) == 0;
        switch (_waiting)
        {
            case Waiting.Nothing when !_isIn:
                Join();
                break;
            case Waiting.Nothing:
                Beat(isLost);
                break;
            case Waiting.Join when _asked!.IsAnswered:
                if (isLost) Join();
                else Joined(_asked.Joined);
                break;
        }
    }

    void Join()
    {
        (Uses, _isIn) = (PartitionSet.Empty, false);
        _asked = _groups.Ask(_groups.JoinOf("g", _id) with { RequiresMemberId = true });
        _waiting = Waiting.Join;
    }

    void Joined(JoinReply joined)
    {
        _waiting = Waiting.Nothing;
        if (joined.Error is ErrorCode.MemberIdRequired) _id = joined.MemberId;
        if (joined.Error is ErrorCode.UnknownMemberId) _id = "";
        if (joined.Error != ErrorCode.None) return;
        (_id, _joined) = (joined.MemberId, joined);
        _asked = _groups.Sync("g", joined, [.. Shares(joined).Select(share => (share.Member, share.Text))]);
        _waiting = Waiting.Sync;
    }

    IEnumerable<(string Member, string Text)> Shares(JoinReply joined)
    {
        for (var index = 0; index < joined.Members.Count; index++)
        {
            var mine = Enumerable.Range(0, 4).Where(partition => partition % joined.Members.Count == index).ToArray();
            // As text, because that is what the helper takes: every byte of the assignment is below 128 in a group this small.
            yield return (joined.Members[index].MemberId, System.Text.Encoding.UTF8.GetString(ClassicBytes.Of(world.Set(mine), _groups.Topics.View)));
        }
    }

    void Synced(SyncReply synced)
    {
        _waiting = Waiting.Nothing;
        if (synced.Error is ErrorCode.UnknownMemberId) _id = "";
        if (synced.Error != ErrorCode.None) return;
        Uses = ClassicBytes.AssignedOf(synced.Assignment, _groups.Topics.View) ?? PartitionSet.Empty;
        (_isIn, SafeAt) = (true, _groups.Steady);
    }

    void Beat(bool isLost)
    {
        var error = _groups.Beat("g", _joined!);
        if (isLost) return;
        if (error == ErrorCode.None) SafeAt = _groups.Steady;
        else
        {
            if (error is ErrorCode.UnknownMemberId) _id = "";
            (Uses, _isIn) = (PartitionSet.Empty, false);
        }
    }
}
