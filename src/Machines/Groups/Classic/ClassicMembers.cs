using System.Diagnostics.CodeAnalysis;

namespace Semel.Machines.Groups.Classic;

/// <summary>
/// Who is in a classic group, and who was given an id and has not come with it yet. Counts what is asked at every join, so that a group of a thousand members
/// is as quick
/// as one of two.
/// </summary>
internal sealed class ClassicMembers
{
    readonly Dictionary<string, ClassicMember> _byId = new(StringComparer.Ordinal);
    readonly Dictionary<string, ClassicMember> _byInstance = new(StringComparer.Ordinal);
    /// <summary>How many members know a protocol.</summary>
    readonly Dictionary<string, int> _supporters = new(StringComparer.Ordinal);
    readonly Dictionary<string, GroupTimer> _pending = new(StringComparer.Ordinal);

    public int Count => _byId.Count;
    public IReadOnlyCollection<ClassicMember> All => _byId.Values;
    /// <summary>Members whose JoinGroup waits.</summary>
    public int AwaitingJoin { get; private set; }

    /// <summary>Ids that were given out and that nobody has come with yet.</summary>
    public int PendingCount => _pending.Count;
    public bool IsPending(string memberId) => _pending.ContainsKey(memberId);
    public void AddPending(string memberId, GroupTimer timer) => _pending.Add(memberId, timer);
    public bool RemovePending(string memberId, [NotNullWhen(true)] out GroupTimer? timer) => _pending.Remove(memberId, out timer);

    public bool TryFind(string memberId, [NotNullWhen(true)] out ClassicMember? member) => _byId.TryGetValue(memberId, out member);
    public bool TryFindStatic(string instanceId, [NotNullWhen(true)] out ClassicMember? member) => _byInstance.TryGetValue(instanceId, out member);

    public void Add(ClassicMember member)
    {
        _byId.Add(member.Id, member);
        if (member.InstanceId is { } instance) _byInstance.Add(instance, member);
        Support(member.Protocols, 1);
        if (member.JoinTicket is not null) AwaitingJoin++;
    }

    public void Remove(ClassicMember member)
    {
        _byId.Remove(member.Id);
        if (member.InstanceId is { } instance) _byInstance.Remove(instance);
        Support(member.Protocols, -1);
        if (member.JoinTicket is not null) AwaitingJoin--;
    }

    /// <summary>A static member was started anew: it has another id from now on.</summary>
    public void Rename(ClassicMember member, string id)
    {
        _byId.Remove(member.Id);
        member.Id = id;
        _byId.Add(id, member);
    }

    public void SetProtocols(ClassicMember member, IReadOnlyList<JoinProtocol> protocols)
    {
        Support(member.Protocols, -1);
        member.Protocols = protocols;
        Support(protocols, 1);
    }

    public void SetJoinTicket(ClassicMember member, long? ticket)
    {
        if (member.JoinTicket is null != ticket is null) AwaitingJoin += ticket is null ? -1 : 1;
        member.JoinTicket = ticket;
    }

    /// <summary>At least one of the protocols is known to every member.</summary>
    public bool SupportsAny(IReadOnlyList<JoinProtocol> protocols) => protocols.Any(protocol => _supporters.GetValueOrDefault(protocol.Name) == Count);

    /// <summary>What every member knows.</summary>
    public bool IsCommon(string protocol) => _supporters.GetValueOrDefault(protocol) == Count;

    public TimeSpan LongestRebalanceTimeout => Count == 0 ? TimeSpan.Zero : _byId.Values.Max(static member => member.RebalanceTimeout);

    public void Clear()
    {
        _byId.Clear();
        _byInstance.Clear();
        _supporters.Clear();
        AwaitingJoin = 0;
    }

    // A client may name a protocol twice; it is one supporter all the same.
    void Support(IReadOnlyList<JoinProtocol> protocols, int by)
    {
        for (var i = 0; i < protocols.Count; i++)
        {
            var name = protocols[i].Name;
            var isRepeated = false;
            for (var earlier = 0; earlier < i && !isRepeated; earlier++) isRepeated = protocols[earlier].Name == name;
            if (isRepeated) continue;
            var supporters = _supporters.GetValueOrDefault(name) + by;
            if (supporters == 0) _supporters.Remove(name);
            else _supporters[name] = supporters;
        }
    }
}
