using System.Diagnostics;

namespace Semel.ClientBench;

/// <summary>A client under measurement: the program that has it, and which of the two in there.</summary>
sealed record ClientTarget(string Name, string Program, string Client)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Makes one run in a process of its own.</summary>
    public Figures Measure(Workload work)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. (work with { Client = Client }).Arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Program} did not start");
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Name}: {work.Part} took longer than {Longest.TotalSeconds} s");
        }
        if (process.ExitCode != 0) throw new InvalidOperationException($"{Name}: {work.Part} ended with exit code {process.ExitCode}");
        return Figures.Parse(output.GetAwaiter().GetResult().Trim().Split('\n')[^1]);
    }
}
