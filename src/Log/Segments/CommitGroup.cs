namespace Semel.Log.Segments;

/// <summary>The appends that one forced write serves, and then their completion, here or as one work item of the thread pool.</summary>
sealed class CommitGroup(Action<CommitGroup> returned) : IThreadPoolWorkItem
{
    public List<PendingAppend> Appends { get; } = [];

    /// <summary>Why none of them is acknowledged; null when all are.</summary>
    public Exception? Failure { get; set; }

    public void Complete()
    {
        foreach (var append in Appends)
        {
            if ((append.Refusal ?? Failure) is { } failure) append.Fail(failure);
            else append.Complete();
        }
        Appends.Clear();
        Failure = null;
        returned(this);
    }

    void IThreadPoolWorkItem.Execute() => Complete();
}
