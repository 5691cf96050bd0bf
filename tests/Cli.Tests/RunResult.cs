using System.Text;
using Semel.Cli.Output;

namespace Semel.Cli.Tests;

/// <summary>One command line run in this process: what it printed and how it ended.</summary>
public sealed record RunResult(ExitCode ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<RunResult> OfAsync(params string[] arguments) => OfAsync(arguments, input: "", environment: null, workingDirectory: null, CancellationToken.None);

    public static Task<RunResult> WithInputAsync(string input, params string[] arguments) => OfAsync(arguments, input, environment: null, workingDirectory: null, CancellationToken.None);

    public static async Task<RunResult> OfAsync(string[] arguments, string input, Dictionary<string, string>? environment, string? workingDirectory, CancellationToken stop)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter();
        var terminal = new Terminal
        {
            Input = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Output = new OutputText(output),
            Error = TextWriter.Synchronized(error),
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
            Environment = environment ?? [],
        };
        var exitCode = await CommandLine.RunAsync(arguments, terminal, stop);
        return new RunResult(exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}
