using Semel.Log;

namespace Semel.Broker.Sequencing;

/// <summary>
/// What is wrong with a log in words for people: what the log itself says, which names file and position, and what heals it. Where a full device or too
/// many open files are the reason, that is said first, because then nothing is wrong with the log.
/// </summary>
internal static class LogTrouble
{
    // The numbers of Linux and macOS, and what Windows tells as an HRESULT.
    const int TooManyInSystem = 23, TooManyInProcess = 24, NoSpace = 28, QuotaOnLinux = 122, QuotaOnMac = 69;
    const int WindowsTooMany = unchecked((int)0x80070004), WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Reason and remedy.</summary>
    public static string Sentence(Exception failure)
    {
        if (IsDeviceFull(failure)) return $"the device is full: {Ended(failure.Message)} Free some space on it; it goes on by itself then.";
        if (IsOutOfDescriptors(failure))
            return $"too many files are open: {Ended(failure.Message)} Raise the limit of open files (ulimit -n, LimitNOFILE); it is tried again by itself.";
        return failure switch
        {
            OutOfMemoryException or ThreadStartException =>
                $"there is no memory or no thread left ({Ended(failure.Message)}) "
                + "Raise the limits of this user or container (ulimit -u, pids, memory); it is tried again by itself.",
            // Those that were written by the log name their remedies.
            LogDamagedException or LogHoleException => Ended(failure.Message),
            IOException or UnauthorizedAccessException => $"{Ended(failure.Message)} It is tried again by itself.",
            _ => Ended($"{failure.GetType().Name}: {failure.Message}"),
        };
    }

    /// <summary>
    /// Whether two failures are the same trouble, so that it is told once: of a full device and of descriptors every file says it anew, with its own name.
    /// </summary>
    public static string KindOf(Exception failure) =>
        IsDeviceFull(failure) ? nameof(IsDeviceFull) : IsOutOfDescriptors(failure) ? nameof(IsOutOfDescriptors) : Sentence(failure);

    /// <summary>Whether the sentence says everything: a fault of the device or of the files, and not one of this program.</summary>
    public static bool IsOfStorage(Exception failure) => failure is IOException or UnauthorizedAccessException or OutOfMemoryException or ThreadStartException;

    public static bool IsDeviceFull(Exception failure) => Has(failure, NoSpace, QuotaOnLinux, QuotaOnMac, WindowsDiskFull, WindowsHandleDiskFull);

    public static bool IsOutOfDescriptors(Exception failure) => Has(failure, TooManyInSystem, TooManyInProcess, WindowsTooMany);

    static bool Has(Exception? failure, params ReadOnlySpan<int> codes)
    {
        for (; failure is not null; failure = failure.InnerException)
            if (failure is IOException && codes.Contains(failure.HResult)) return true;
        return false;
    }

    static string Ended(string message) => message.EndsWith('.') ? message : message + ".";
}
