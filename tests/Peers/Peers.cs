using System.Diagnostics;

namespace Semel.Peers;

/// <summary>A test that needs the peers; skipped, with the reason, where they are not at hand and not required.</summary>
public sealed class PeersFactAttribute : FactAttribute
{
    public PeersFactAttribute() => Skip = PeersFolder.SkipReason;
}

/// <summary>A theory that needs the peers; skipped, with the reason, where they are not at hand and not required.</summary>
public sealed class PeersTheoryAttribute : TheoryAttribute
{
    public PeersTheoryAttribute() => Skip = PeersFolder.SkipReason;
}

/// <summary>The root of the repository that a test was built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Semel.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"no Semel.slnx above {AppContext.BaseDirectory}: run the tests from where they were built");
    }
}

/// <summary>What a program printed and how it ended.</summary>
public sealed record Ran(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program to its end, or kills it with all its children when the time is up.</summary>
    public static Ran Program(string file, IEnumerable<string> arguments, TimeSpan limit, string? workingDirectory = null, string? input = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory ?? Environment.CurrentDirectory,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (input is not null) process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return new Ran(-1, output.GetAwaiter().GetResult(), $"killed after {limit}\n{error.GetAwaiter().GetResult()}");
        }
        return new Ran(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
