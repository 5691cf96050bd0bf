using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Semel.Broker.Hosting;

/// <summary>What the system allows this process.</summary>
internal static partial class ProcessLimits
{
    const int OpenFilesOnLinux = 7, OpenFilesOnMac = 8;

    /// <summary>A Mac takes no more, whatever it says.</summary>
    const ulong MostOnMac = 10_240;

    [StructLayout(LayoutKind.Sequential)]
    struct ResourceLimit
    {
        public ulong Soft, Hard;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    /// <summary>As many threads as a pool needs that never waits for long.</summary>
    internal const int FewPoolThreads = 16;

    /// <summary>With fewer descriptors than this each of them is counted.</summary>
    internal const int FewDescriptors = 4096;

    /// <summary>What the process may open and has open. With few descriptors the thread pool is kept small as well, because each thread takes two.</summary>
    public static DescriptorBudget Budget(BrokerOptions options, ILogger logger)
    {
        var limit = options.OpenFilesLimit ?? RaiseOpenFiles(logger);
        var budget = DescriptorBudget.Of(limit, limit is null ? 0 : OpenDescriptors(), hasFiles: options.DataDirectory is not null);
        if (limit is not < FewDescriptors) return budget;
        if (options.OpenFilesLimit is null) KeepPoolSmall();
        Broker.Log.FewOpenFiles(logger, limit.Value, budget.Connections);
        return budget;
    }

    static void KeepPoolSmall()
    {
        ThreadPool.GetMinThreads(out var least, out _);
        ThreadPool.GetMaxThreads(out _, out var ofPorts);
        ThreadPool.SetMaxThreads(Math.Max(least, FewPoolThreads), ofPorts);
    }

    static int OpenDescriptors()
    {
        try
        {
            return Directory.GetFileSystemEntries(OperatingSystem.IsMacOS() ? "/dev/fd" : "/proc/self/fd").Length;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return DescriptorBudget.Headroom;
        }
    }

    /// <summary>
    /// Raises the soft limit of open files to the hard one, which every process may do: the soft one is low for the sake of old programs that cannot deal with high numbers.
    /// </summary>
    /// <returns>How many files and connections this process may have open; null where there is no such limit.</returns>
    public static long? RaiseOpenFiles(ILogger logger)
    {
        if (OperatingSystem.IsWindows()) return null;
        var resource = OperatingSystem.IsMacOS() ? OpenFilesOnMac : OpenFilesOnLinux;
        if (GetLimit(resource, out var limit) != 0) return null;
        var wanted = OperatingSystem.IsMacOS() ? Math.Min(limit.Hard, MostOnMac) : limit.Hard;
        if (limit.Soft < wanted)
        {
            var before = limit.Soft;
            limit.Soft = wanted;
            if (SetLimit(resource, limit) == 0) Broker.Log.OpenFilesRaised(logger, before, wanted);
            else
            {
                Broker.Log.OpenFilesNotRaised(logger, before, wanted, Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
                limit.Soft = before;
            }
        }
        return limit.Soft > long.MaxValue ? null : (long)limit.Soft;
    }
}
