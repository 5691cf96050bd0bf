namespace Semel.Log.Tests;

/// <summary>A folder of its own, gone when the test ends.</summary>
/// <param name="inMemory">On a file system in memory if there is one: for the many folders of tests that force nothing.</param>
sealed class TestFolder(bool inMemory = false) : IDisposable
{
    const string MemoryFileSystem = "/dev/shm";

    public string Path { get; } = inMemory && Directory.Exists(MemoryFileSystem)
        ? Directory.CreateDirectory(System.IO.Path.Combine(MemoryFileSystem, $"semel-log-{Guid.NewGuid():n}")).FullName
        : Directory.CreateTempSubdirectory("semel-log-").FullName;

    public string Of(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Everything in it as it is now, in a folder beside it.</summary>
    public TestFolder Copy()
    {
        var copy = new TestFolder(inMemory);
        CopyTo(copy);
        return copy;
    }

    void CopyTo(TestFolder copy)
    {
        foreach (var folder in Directory.GetDirectories(Path, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(folder.Replace(Path, copy.Path));
        foreach (var file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (!System.IO.Path.GetFileName(file).StartsWith(".lock", StringComparison.Ordinal)) File.Copy(file, file.Replace(Path, copy.Path));
        }
    }

    /// <summary>The same while somebody may be changing names in it; null when that was so.</summary>
    public TestFolder? TryCopy()
    {
        var copy = new TestFolder(inMemory);
        try
        {
            CopyTo(copy);
            return copy;
        }
        catch (Exception vanished) when (vanished is FileNotFoundException or DirectoryNotFoundException)
        {
            copy.Dispose();
            return null;
        }
    }

    /// <summary>Every file's content by its path within the folder, except the lock.</summary>
    public SortedDictionary<string, byte[]> Content()
    {
        var content = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (!System.IO.Path.GetFileName(file).StartsWith(".lock", StringComparison.Ordinal)) content.Add(System.IO.Path.GetRelativePath(Path, file), File.ReadAllBytes(file));
        }
        return content;
    }

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
