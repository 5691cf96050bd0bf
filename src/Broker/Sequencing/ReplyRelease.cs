namespace Semel.Broker.Sequencing;

/// <summary>Something to be done once when the last reply of a turn is out.</summary>
internal interface IAfterReplies
{
    void RepliesReleased();
}

/// <summary>
/// While a turn's replies are released on this thread, those who get several of them may put off what they do with them until the last is there:
/// so all answers of one connection leave in one call.
/// </summary>
internal static class ReplyRelease
{
    [ThreadStatic] static List<IAfterReplies>? t_after;
    [ThreadStatic] static int t_depth;

    /// <returns>False when no replies are being released on this thread: then it has to be done at once.</returns>
    public static bool TryPutOff(IAfterReplies after)
    {
        if (t_depth == 0) return false;
        (t_after ??= []).Add(after);
        return true;
    }

    public static void Begin() => t_depth++;

    public static void End()
    {
        if (--t_depth > 0 || t_after is not { Count: > 0 } after) return;
        for (var next = 0; next < after.Count; next++) after[next].RepliesReleased();
        after.Clear();
    }
}
