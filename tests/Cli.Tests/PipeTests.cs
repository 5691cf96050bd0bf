using Semel.Cli.Arguments;
using Semel.Cli.Output;

namespace Semel.Cli.Tests;

/// <summary>A file that the user names may be a pipe without a writer: the program still ends when it is told to.</summary>
public sealed class PipeTests
{
    static readonly CancellationToken Stopped = new(canceled: true);

    [Theory]
    [InlineData("topics", "list", "--client-config", "PIPE")]
    [InlineData("produce", "-t", "x", "--client-config", "PIPE")]
    [InlineData("consume", "-t", "x", "--client-config", "PIPE")]
    [InlineData("serve", "--in-memory", "--listen", "127.0.0.1:0", "--config", "PIPE")]
    [InlineData("demo", "PIPE")]
    public async Task A_command_that_waits_for_a_writer_ends_when_it_is_told_to(params string[] arguments)
    {
        if (!NamedPipe.CanBeMade) return;
        using var pipe = new NamedPipe();
        var result = await RunResult.OfAsync([.. arguments.Select(word => word.Replace("PIPE", pipe.Path))], "", null, null, Stopped);
        Assert.Equal(ExitCode.Interrupted, result.ExitCode);
    }

    [Fact]
    public async Task Opening_ends_when_it_is_told_to()
    {
        if (!NamedPipe.CanBeMade) return;
        using var pipe = new NamedPipe();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => InputFile.OpenAsync(pipe.Path, Stopped));
    }

    [Fact]
    public async Task The_demonstration_does_not_wait_for_the_end_of_its_input_when_it_is_told_to_end()
    {
        using var stop = new CancellationTokenSource();
        await using var error = new StringWriter();
        var terminal = new Terminal { Input = new SilentStream(stop), Output = new OutputText(Stream.Null), Error = error, WorkingDirectory = Path.GetTempPath(), Environment = new Dictionary<string, string>() };
        Assert.Equal(ExitCode.Interrupted, await CommandLine.RunAsync(["demo", "-"], terminal, stop.Token));
    }

    /// <summary>Interrupts the command when it is read, and never answers, as a terminal at which nobody types.</summary>
    sealed class SilentStream(CancellationTokenSource stop) : MemoryStream
    {
        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_pipe_or_a_device_is_no_segment_file()
    {
        if (!NamedPipe.CanBeMade) return;
        using var pipe = new NamedPipe();
        foreach (var path in (string[])[pipe.Path, "/dev/zero"])
        {
            var result = await RunResult.OfAsync("log", "dump", path);
            Assert.Equal(ExitCode.Usage, result.ExitCode);
            Assert.Contains($"{path} is a pipe, a socket or a device", result.Error);
        }
    }
}
