using System.Diagnostics;
using Semel.Peers;
using Xunit.Abstractions;

namespace Semel.Compat.Tests;

/// <summary>A program of somebody who uses the client, compiled ahead of time, does all that a client does; a warning of the compiler would be an error.</summary>
public sealed class AotSampleTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>The whole program: client, codecs, the runtime.</summary>
    const long MostBytes = 15_000_000;

    readonly string _folder = Directory.CreateTempSubdirectory("semel-aot-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_program_that_was_compiled_ahead_of_time_produces_reads_in_a_group_and_runs_transactions()
    {
        var linker = Ran.Program(Path.Combine(Repository.Root, "src", "Cli", "Publishing", "can-link"), [], TimeSpan.FromMinutes(1));
        if (linker.ExitCode != 0)
        {
            output.WriteLine($"not compiled: {linker.Output}");
            return;
        }
        var began = Stopwatch.GetTimestamp();
        var published = Ran.Program("dotnet", ["publish", "samples/Aot", "-c", "Release", "-p:Native=true", "--artifacts-path", Path.Combine(_folder, "made"), "-o", _folder, "--nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false"],
            TimeSpan.FromMinutes(8), Repository.Root);
        Assert.True(published.ExitCode == 0, published.Output + published.Error);
        var program = Path.Combine(_folder, "semel-aot-sample");
        var size = new FileInfo(program).Length;
        output.WriteLine($"{size} bytes, made in {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        Assert.InRange(size, 1, MostBytes);

        await using var broker = await Semel.Testing.InProcessBroker.StartAsync();
        var ran = Ran.Program(program, [broker.BootstrapServers], TimeSpan.FromMinutes(2));
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
        Assert.Equal("100 records, sum 9900", ran.Output.Trim());
    }
}
