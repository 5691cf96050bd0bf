using Semel.Machines.Catalog;
using Semel.Protocol.Messages;

namespace Semel.Machines.Groups.Offsets;

/// <summary>
/// What is done to offsets without anybody asking: those that nobody needs any more expire, and those of topics that were deleted go. In small portions, each
/// in a turn of its
/// own, so that a million of them keep nobody waiting.
/// </summary>
internal sealed class OffsetChores(GroupTable groups, OffsetTable offsets)
{
    /// <summary>Records of one portion, more or less.</summary>
    const int Portion = 1000;

    readonly Queue<string> _expiring = new(), _dropping = new();
    HashSet<OffsetTopic> _gone = [];
    long _checkedCatalog;

    /// <summary>A portion is to be done at once.</summary>
    public bool IsBusy => _expiring.Count > 0 || _dropping.Count > 0;

    /// <summary>The catalog is a newer one: are all topics still there of which a group has an offset?</summary>
    public void Look(CatalogView catalog)
    {
        if (catalog.EndOffset <= _checkedCatalog) return;
        _checkedCatalog = catalog.EndOffset;
        var gone = offsets.Topics.Gone(catalog);
        if (gone.Count == 0) return;
        _gone = gone;
        _dropping.Clear();
        foreach (var group in groups.All)
            if (group.Offsets.HasPending || group.Offsets.Topics.Any(IsGone)) _dropping.Enqueue(group.Name);
        // Those that no offset names any more are forgotten at last.
        if (_dropping.Count == 0) Forget();
    }

    bool IsGone(TopicOffsets topic)
    {
        foreach (ref readonly var offset in topic.All)
            if (_gone.Contains(offset.Topic)) return true;
        return false;
    }

    void Forget()
    {
        foreach (var topic in _gone) offsets.Topics.Forget(topic);
        _gone = [];
    }

    /// <summary>The time has come to look through all groups.</summary>
    public void BeginExpiry()
    {
        if (_expiring.Count > 0) return;
        foreach (var group in groups.Sorted) _expiring.Enqueue(group.Name);
    }

    /// <summary>Does a portion.</summary>
    public void Work(GroupTurn turn)
    {
        while (turn.Records.Count < Portion && _dropping.TryDequeue(out var name))
            if (groups.TryFind(name, out var group)) Drop(group, turn);
        // A group is looked at once in a turn: what was dropped is not gone yet as far as the state says.
        if (turn.Records.Count > 0) return;
        while (turn.Records.Count < Portion && _expiring.TryDequeue(out var name))
            if (groups.TryFind(name, out var group)) ExpiryRule.Apply(group, turn);
    }

    void Drop(Group group, GroupTurn turn)
    {
        foreach (var topic in group.Offsets.Topics)
            foreach (ref readonly var offset in topic.All)
                if (_gone.Contains(offset.Topic)) DeleteDecision.Remove(group.Name, topic.Name, offset.Partition, turn.Records);
        if (!group.Offsets.HasPending) return;
        foreach (var (key, offset) in offsets.Pending.Of(group.Name))
            // One that was committed since, for the topic that was made anew, stays; the pending one is older and never takes its place.
            if (_gone.Contains(offset.Topic) && !group.Offsets.TryFind(key.Topic, key.Partition, out _))
                DeleteDecision.Remove(group.Name, key.Topic, key.Partition, turn.Records);
    }
}
