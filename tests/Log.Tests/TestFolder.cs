namespace Semel.Log.Tests;

/// <summary>A folder of its own, gone when the test ends.</summary>
sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("semel-log-").FullName;

    public string Of(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>Everything in it as it is now, in a folder beside it.</summary>
    public TestFolder Copy()
    {
        var copy = new TestFolder();
        foreach (var folder in Directory.GetDirectories(Path, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(folder.Replace(Path, copy.Path));
        foreach (var file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (!System.IO.Path.GetFileName(file).StartsWith(".lock", StringComparison.Ordinal)) File.Copy(file, file.Replace(Path, copy.Path));
        }
        return copy;
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

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
