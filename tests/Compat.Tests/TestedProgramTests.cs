using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>A test that needs the native program; the test command makes it where it can, and in CI it must be there.</summary>
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute() => Skip = TestedProgram.Native is not null || PeersFolder.AreRequired ? null : "no native program is tested: this machine cannot link one, or the tests were not started by ./test";
}

public class TestedProgramTests
{
    [NativeFact]
    public void The_program_that_real_clients_meet_is_native()
    {
        var (file, arguments) = TestedProgram.Command("--version");
        var header = new byte[4];
        using (var stream = File.OpenRead(file)) stream.ReadExactly(header);
        Assert.Equal([0x7f, (byte)'E', (byte)'L', (byte)'F'], header);
        // Alone in its folder: what starts .NET's runtime has its library beside it.
        Assert.Equal([file], Directory.EnumerateFiles(Path.GetDirectoryName(file)!));
        var ran = Ran.Program(file, arguments, TimeSpan.FromMinutes(1), environment: new Dictionary<string, string?> { ["PATH"] = "", ["DOTNET_ROOT"] = "" });
        Assert.True(ran.ExitCode == 0 && ran.Output.StartsWith("semel ", StringComparison.Ordinal), ran.Output + ran.Error);
    }
}
