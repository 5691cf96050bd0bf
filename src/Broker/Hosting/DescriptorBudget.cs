namespace Semel.Broker.Hosting;

/// <summary>
/// Who may have how many of the process's file descriptors, so that none of those who need one finds none: a runtime that cannot start a thread for want of
/// descriptors ends the process. What is open at the start stays open; some are kept for threads, for files that are open for a moment and for the
/// journal; the files of
/// the logs and the connections share the rest. Where there is no limit, everybody may have what they like.
/// </summary>
/// <param name="Limit">How many descriptors the process may have open; null where the system knows no limit.</param>
/// <param name="Files">How many the segments and indexes of logs may have open at once.</param>
/// <param name="Connections">How many of them may be connections.</param>
internal readonly record struct DescriptorBudget(long? Limit, int Files, int Connections)
{
    /// <summary>
    /// For what comes and goes: two for each thread, which the pool (<see cref="ProcessLimits.FewPoolThreads"/>) and the openers of logs have, what
    /// opening a log needs at one
    /// moment, the journal's files, and what the runtime loads late.
    /// </summary>
    internal const int Headroom = 96;

    /// <summary>More than this the logs' files never take.</summary>
    internal const int MostFiles = 8192;

    /// <summary>With less nothing could be done, so that is tried all the same.</summary>
    internal const int FewestFiles = 16, FewestConnections = 8;

    /// <param name="openNow">How many are open already.</param>
    /// <param name="hasFiles">False for a broker that keeps its logs in memory.</param>
    public static DescriptorBudget Of(long? limit, int openNow, bool hasFiles)
    {
        if (limit is not { } all) return new(null, MostFiles, int.MaxValue);
        var left = all - openNow - Headroom;
        var files = hasFiles ? (int)Math.Clamp(left / 2, FewestFiles, MostFiles) : 0;
        return new(limit, files, (int)Math.Clamp(left - files, FewestConnections, int.MaxValue));
    }

    /// <summary>What is said of a connection that is one too many.</summary>
    public string Refusal =>
        $"the limit of open files, {Limit} (ulimit -n), has room for {Connections} connections beside the files of the logs, "
        + "and they are all taken: raise the limit (LimitNOFILE where systemd starts the broker)";
}
