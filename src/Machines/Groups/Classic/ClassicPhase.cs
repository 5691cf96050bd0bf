namespace Semel.Machines.Groups.Classic;

/// <summary>
/// Where a classic group is between two generations. Only <see cref="Empty"/> and <see cref="Stable"/> are ever recorded. A group that is gone ("Dead") is not
/// there.
/// </summary>
internal enum ClassicPhase : byte
{
    Empty,
    /// <summary>Members are expected to join.</summary>
    PreparingRebalance,
    /// <summary>The generation is chosen, and the leader is expected to bring its assignment.</summary>
    CompletingRebalance,
    Stable,
}

/// <summary>What a classic group waits for.</summary>
internal enum ClassicTimer : byte
{
    /// <summary>A member that says nothing for its session is gone; a new one whose JoinGroup waits for too long, too.</summary>
    Session,
    /// <summary>Whoever was given an id comes with it within a session.</summary>
    PendingMember,
    /// <summary>The joining phase ends.</summary>
    Join,
    /// <summary>Members that have not synchronised are gone.</summary>
    Sync,
}
