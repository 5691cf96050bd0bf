namespace Semel.Machines.Groups.Classic;

/// <summary>One member of a classic group.</summary>
internal sealed class ClassicMember
{
    /// <summary>A static member that is started anew gets another.</summary>
    public required string Id { get; set; }
    public string? InstanceId { get; init; }
    public required ClientIdentity Client { get; set; }
    public TimeSpan SessionTimeout { get; set; }
    public TimeSpan RebalanceTimeout { get; set; }
    /// <summary>What it prefers comes first. Of a member that was loaded only the chosen one is known.</summary>
    public required IReadOnlyList<JoinProtocol> Protocols { get; set; }
    /// <summary>Of the last generation that was completed.</summary>
    public byte[] Assignment { get; set; } = [];

    /// <summary>Its JoinGroup waits; nobody knows its generation until then.</summary>
    public long? JoinTicket { get; set; }
    /// <summary>Its SyncGroup waits for the leader's.</summary>
    public long? SyncTicket { get; set; }
    /// <summary>Its first JoinGroup waits: should its client be gone, it does not even know its id.</summary>
    public bool IsNew { get; set; }
    /// <summary>It has to bring, or fetch, the assignment of this generation.</summary>
    public bool OwesSync { get; set; }
    public GroupTimer? Session { get; set; }

    public bool IsStatic => InstanceId is not null;

    /// <summary>The metadata for a protocol; empty when it does not know it.</summary>
    public byte[] MetadataOf(string? protocol)
    {
        foreach (var known in Protocols)
            if (known.Name == protocol) return known.Metadata;
        return [];
    }

    /// <summary>The same protocols in the same order with the same bytes.</summary>
    public bool Knows(IReadOnlyList<JoinProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count) return false;
        for (var i = 0; i < protocols.Count; i++)
            if (protocols[i].Name != Protocols[i].Name || !protocols[i].Metadata.AsSpan().SequenceEqual(Protocols[i].Metadata)) return false;
        return true;
    }
}
