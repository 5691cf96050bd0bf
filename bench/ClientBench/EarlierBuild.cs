using System.Diagnostics;

namespace Semel.ClientBench;

/// <summary>This program with the client of another checkout, built beside that checkout's files and not among them.</summary>
static class EarlierBuild
{
    /// <returns>The built program.</returns>
    public static string Make(string root, string before)
    {
        var artifacts = Path.Combine(root, "artifacts", "client-bench-earlier");
        Console.Error.WriteLine($"  building the client of {before} ...");
        string[] arguments = ["build", Path.Combine(root, "bench", "ClientBench"), "-c", "Release", "--nologo", "-v", "q", "--artifacts-path", artifacts,
            $"-p:ClientFolder={Path.Combine(before, "src", "Client")}", "-p:IsEarlier=true"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException("dotnet did not start");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"the client of {before} does not build here:\n{output}");
        return Directory.EnumerateFiles(artifacts, "client-bench.dll", SearchOption.AllDirectories).Single(file => file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}"));
    }
}
