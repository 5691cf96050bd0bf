namespace Semel.Log.Segments.Device;

/// <summary>How much a device can still take.</summary>
static class FreeSpace
{
    /// <returns>Bytes that this user may still write on the device of a folder; null when the system does not tell.</returns>
    public static long? Of(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
