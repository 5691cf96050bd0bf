using System.Globalization;

namespace Semel.Log.Segments.Device;

/// <summary>
/// Keeps a second process away from a data folder. The lock is the operating system's, so it ends with the process however that ends; who holds it
/// lies in a second file, because a locked file cannot be read.
/// </summary>
sealed class FolderLock : IDisposable
{
    readonly FileStream _lock;

    FolderLock(FileStream held) => _lock = held;

    /// <exception cref="LogStoreException">Another process holds the folder, or the files cannot be written.</exception>
    public static FolderLock Take(string folder)
    {
        var lockPath = Path.Combine(folder, ".lock");
        var holderPath = Path.Combine(folder, ".lock-holder");
        FileStream held;
        try
        {
            held = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new LogStoreException($"the data folder {folder} cannot be written: {denied.Message} Give this user the right to write there, or choose another folder.", denied);
        }
        catch (IOException busy) when (File.Exists(lockPath))
        {
            throw new LogStoreException($"the data folder {folder} is in use by {Holder(holderPath)}; stop that process or choose another folder ({busy.Message})", busy);
        }
        catch (IOException failed)
        {
            throw new LogStoreException($"the data folder {folder} cannot be written: {failed.Message}", failed);
        }
        try
        {
            File.WriteAllText(holderPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw new LogStoreException($"the file {holderPath} cannot be written: {failed.Message}", failed);
        }
        return new FolderLock(held);
    }

    static string Holder(string path)
    {
        try
        {
            return $"process {File.ReadAllText(path).Trim()}";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    public void Dispose() => _lock.Dispose();
}
