namespace Semel.Machines.Groups.Consumer;

/// <summary>How far a member is on the way to its target. Numbered as in the record.</summary>
internal enum MemberPhase : sbyte
{
    /// <summary>It has what its epoch's target gives it.</summary>
    Stable = 0,
    /// <summary>It has to give up partitions, and has not said yet that it did.</summary>
    Unrevoked = 1,
    /// <summary>Some of its target is still another's.</summary>
    Unreleased = 2,
}

/// <summary>What a member has, as it was told last. Immutable.</summary>
/// <param name="Epoch">What the member is told, and says in its next heartbeat; -2: it has left for a while, as a static member may.</param>
/// <param name="PreviousEpoch">What it says when the answer with its epoch was lost.</param>
/// <param name="PendingRevocation">What it has to give up: nobody else gets it until the member says that it did.</param>
internal sealed record MemberState(int Epoch, int PreviousEpoch, MemberPhase Phase, HeldPartitions Assigned, HeldPartitions PendingRevocation)
{
    public const int Joining = 0, Leaving = -1, LeavingForAWhile = -2;

    public static readonly MemberState New = new(Joining, Joining, MemberPhase.Stable, HeldPartitions.None, HeldPartitions.None);

    public MemberState At(int epoch) => epoch == Epoch ? this : this with { Epoch = epoch, PreviousEpoch = Epoch };

    /// <summary>It needs nothing more to have what the assignment of this epoch gives it.</summary>
    public bool IsReconciledTo(int assignmentEpoch) => Phase == MemberPhase.Stable && Epoch == assignmentEpoch;
}
