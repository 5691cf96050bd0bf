namespace Semel.Cli.Demo;

/// <summary>A folder for one run; gone with it, whatever happens in between.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("semel-demo-").FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The operating system clears its folder for temporary files in its own time.
        }
    }
}
