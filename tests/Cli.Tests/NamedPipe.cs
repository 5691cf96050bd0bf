using System.Diagnostics;

namespace Semel.Cli.Tests;

/// <summary>A pipe with a name in the file system, to which nobody writes.</summary>
public sealed class NamedPipe : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel pipe ").FullName;

    public NamedPipe()
    {
        using var made = Process.Start("mkfifo", [Path]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    public static bool CanBeMade => OperatingSystem.IsLinux();

    public string Path => System.IO.Path.Combine(_folder, "pipe");

    public void Dispose()
    {
        // Whoever still waits in an open goes on. Opening for both directions waits for nobody.
        using (new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite)) { }
        Directory.Delete(_folder, recursive: true);
    }
}
