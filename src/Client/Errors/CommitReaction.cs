namespace Semel.Client.Errors;

/// <summary>What whoever commits offsets does about a coordinator's answer (C-44). Of several answers to one commit the last of these counts.</summary>
internal enum CommitReaction
{
    Succeed,
    /// <summary>Repeat it.</summary>
    Retry,
    /// <summary>Repeat it, of whoever coordinates then.</summary>
    FindCoordinator,
    /// <summary>The topic is another one than that which was read, or the broker does not know it yet.</summary>
    LookUpTopic,
    /// <summary>The group is being shared out: repeat it for what is still ours.</summary>
    AwaitRebalance,
    /// <summary>Still a member, under another epoch: repeat it with that one.</summary>
    AwaitEpoch,
    /// <summary>Not a member any more: somebody else reads those records again.</summary>
    Fail,
    /// <summary>Repeating does not help.</summary>
    Surface,
}
