namespace Semel.Client.Errors;

/// <summary>What a member of a group does about its coordinator's answer. The words are those of both group protocols.</summary>
internal enum MemberReaction
{
    Confirmed,
    /// <summary>The same coordinator will know better in a moment.</summary>
    Wait,
    /// <summary>Somebody else coordinates the group, or nobody could be asked.</summary>
    FindCoordinator,
    /// <summary>Still a member: the group is being shared out anew.</summary>
    Rejoin,
    /// <summary>What was ours is lost; the member's id stays.</summary>
    LoseEpoch,
    /// <summary>What was ours is lost, and so is the member's id.</summary>
    LoseMember,
    /// <summary>Join again with the id that was given.</summary>
    TakeMemberId,
    /// <summary>Another process has our instance id and may be about to let it go.</summary>
    AwaitRelease,
    /// <summary>The group, or the broker, does not speak this protocol.</summary>
    OtherProtocol,
    /// <summary>Trying again does not help: the application is told.</summary>
    Surface,
}
