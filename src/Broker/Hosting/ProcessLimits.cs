using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Semel.Broker.Sequencing;

namespace Semel.Broker.Hosting;

/// <summary>What the system allows this process.</summary>
internal static partial class ProcessLimits
{
    const int OpenFilesOnLinux = 7, OpenFilesOnMac = 8, ThreadsOnLinux = 6, ThreadsOnMac = 7;

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

    /// <summary>As many threads as a pool needs that never waits for long; never fewer than the machine has processors.</summary>
    internal const int FewPoolThreads = 8;

    /// <summary>Of the runtime's timers and sockets, and of the logs; with some to spare, because the system is slow to count those that have ended.</summary>
    internal const int OtherThreads = 12;

    /// <summary>With fewer descriptors than this each of them is counted.</summary>
    internal const int FewDescriptors = 4096;

    /// <summary>With fewer threads than this for a whole user or container the pool is kept small.</summary>
    const long FewThreads = 512;

    static readonly TimeSpan LongestWarming = TimeSpan.FromSeconds(1);

    /// <summary>What the process may open and has open. With few descriptors, or few threads, the thread pool is kept small as well: each thread
    /// takes two.</summary>
    public static DescriptorBudget Budget(BrokerOptions options, ILogger logger)
    {
        var limit = options.OpenFilesLimit ?? (options.OwnsProcess ? RaiseOpenFiles(logger) : OpenFiles());
        var budget = DescriptorBudget.Of(limit, limit is null ? 0 : OpenDescriptors(), hasFiles: options.DataDirectory is not null);
        var isShort = limit is < FewDescriptors;
        if (options.OwnsProcess && (isShort || MostThreads() < FewThreads)) KeepPoolSmall(WorkThread.TryStart);
        if (isShort) Broker.Log.FewOpenFiles(logger, limit!.Value, budget.Connections);
        return budget;
    }

    /// <summary>Starts as many threads as are needed, to see whether that can be done, and ends them.</summary>
    internal static void RequireThreads(int count, Func<Action, string, bool> tryStart)
    {
        // Not disposed of: the last thread is still within the signal that ends the waiting.
        var end = new ManualResetEventSlim();
        var running = new CountdownEvent(1);
        var started = 0;
        while (started < count && tryStart(Wait, "limit of threads"))
        {
            running.AddCount();
            started++;
        }
        end.Set();
        running.Signal();
        running.Wait();
        if (started < count)
            throw new BrokerResourcesException(
                $"the system gives this process no more than {started} threads beside those it has, and a broker needs {count}: "
                + "raise the limit of the user (ulimit -u, LimitNPROC) or of the container (pids)");

        void Wait()
        {
            end.Wait();
            running.Signal();
        }
    }

    /// <summary>How many threads this user, or this container, may have; not how many are left.</summary>
    static long MostThreads()
    {
        if (OperatingSystem.IsWindows()) return long.MaxValue;
        var ofUser = GetLimit(OperatingSystem.IsMacOS() ? ThreadsOnMac : ThreadsOnLinux, out var limit) == 0 && limit.Soft <= long.MaxValue ? (long)limit.Soft : long.MaxValue;
        return Math.Min(ofUser, OfContainer("/sys/fs/cgroup/pids.max"));
    }

    static long OfContainer(string file)
    {
        try
        {
            return File.Exists(file) && long.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var most) ? most : long.MaxValue;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }

    /// <summary>
    /// The pool's threads are started now, while there is something to start them with, and are kept (the program's settings say so): a pool that
    /// cannot start one later
    /// ends the process.
    /// </summary>
    /// <param name="tryStart">Starts a thread; false when there is none.</param>
    /// <exception cref="BrokerResourcesException">There are not enough of them.</exception>
    static void KeepPoolSmall(Func<Action, string, bool> tryStart)
    {
        ThreadPool.GetMinThreads(out var least, out var portsLeast);
        ThreadPool.GetMaxThreads(out _, out var portsMost);
        var count = Math.Max(least, FewPoolThreads);
        RequireThreads(count + OtherThreads, tryStart);
        ThreadPool.SetMaxThreads(count, portsMost);
        ThreadPool.SetMinThreads(count, portsLeast);
        // All at once, so that each is on a thread of its own.
        var together = new Barrier(count);
        for (var thread = 0; thread < count; thread++)
            ThreadPool.UnsafeQueueUserWorkItem(static together => together.SignalAndWait(LongestWarming), together, preferLocal: false);
    }

    static long? OpenFiles() => !OperatingSystem.IsWindows() && GetLimit(OperatingSystem.IsMacOS() ? OpenFilesOnMac : OpenFilesOnLinux, out var limit) == 0 && limit.Soft <= long.MaxValue ? (long)limit.Soft : null;

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
    /// Raises the soft limit of open files to the hard one, which every process may do: the soft one is low for the sake of old programs that cannot
    /// deal with high numbers.
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
