namespace Semel.Log.Segments.Device;

/// <summary>What the operating system's numbers mean that a store goes on after.</summary>
static class DeviceErrors
{
    const int NoSpace = 28, LinuxQuota = 122, MacQuota = 69, ReadOnlyFileSystem = 30;
    const int WindowsHandleDiskFull = unchecked((int)0x80070027), WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>
    /// Whether a write failed because there is no room, on the device or for this user. Then it is known what happened: what was there before is as it was, and the place that was to be written
    /// can be written again when there is room. Not so when forcing failed for that reason.
    /// </summary>
    public static bool IsFull(Exception failure) => failure is IOException and not ForceFailedException && (OperatingSystem.IsWindows()
        ? failure.HResult is WindowsHandleDiskFull or WindowsDiskFull
        : failure.HResult == NoSpace || failure.HResult == (OperatingSystem.IsMacOS() ? MacQuota : LinuxQuota));

    public static bool IsReadOnly(Exception failure) => !OperatingSystem.IsWindows() && failure is IOException { HResult: ReadOnlyFileSystem };

    /// <summary>The error of a full device: for tests.</summary>
    internal static IOException Full(string path) => new($"No space left on device : '{path}'", OperatingSystem.IsWindows() ? WindowsDiskFull : NoSpace);
}
