namespace Semel.Log.Segments.Device;

/// <summary>How many descriptors this process may have open: files, folders and connections share them.</summary>
static class DescriptorLimit
{
    const int LinuxResource = 7, MacResource = 8;
    const int TooManyInProcess = 24, TooManyInSystem = 23;

    /// <summary>Where the system knows no such limit, and the most that is ever asked for.</summary>
    const int Most = 8192;

    /// <summary>The least that a store can work with.</summary>
    const int Least = 16;

    /// <summary>How many of them a store's segments may take: half, as connections need the rest.</summary>
    public static int ForSegments() => Soft() is { } soft ? (int)Math.Clamp(soft / 2, Least, Most) : Most;

    /// <returns>The limit as it is now; null when there is none.</returns>
    static long? Soft()
    {
        if (OperatingSystem.IsWindows()) return null;
        return Libc.GetResourceLimit(OperatingSystem.IsMacOS() ? MacResource : LinuxResource, out var limit) == 0 && limit.Current <= long.MaxValue ? (long)limit.Current : null;
    }

    /// <summary>Whether a file could not be opened for want of descriptors.</summary>
    public static bool IsReached(Exception failure) => failure is IOException && IsReached(failure.HResult);

    /// <param name="error">The operating system's number.</param>
    public static bool IsReached(int error) => !OperatingSystem.IsWindows() && error is TooManyInProcess or TooManyInSystem;
}
