using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Semel.Cli.Output;
using Semel.Peers;

namespace Semel.Cli.Tests;

/// <summary>One command line: what it printed and how it ended. It runs in this process, or as one of its own where a native program is to be tested.</summary>
public sealed partial record RunResult(ExitCode ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<RunResult> OfAsync(params string[] arguments) => OfAsync(arguments, input: "", environment: null, workingDirectory: null, CancellationToken.None);

    public static Task<RunResult> WithInputAsync(string input, params string[] arguments) => OfAsync(arguments, input, environment: null, workingDirectory: null, CancellationToken.None);

    public static Task<RunResult> OfAsync(string[] arguments, string input, Dictionary<string, string>? environment, string? workingDirectory, CancellationToken stop) =>
        TestedProgram.Native is { } program ? OfProcessAsync(program, arguments, input, environment ?? [], workingDirectory ?? Path.GetTempPath(), stop)
            : OfThisProcessAsync(arguments, input, environment ?? [], workingDirectory ?? Path.GetTempPath(), stop);

    /// <param name="stop">Interrupts it, as Ctrl-C does.</param>
    static async Task<RunResult> OfProcessAsync(string program, string[] arguments, string input, Dictionary<string, string> environment, string workingDirectory, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SEMEL_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (ReadAsync(process.StandardOutput.BaseStream), ReadAsync(process.StandardError.BaseStream));
        using var interruption = stop.Register(() => Kill(process.Id, Interrupt));
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), CancellationToken.None);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without having read all of it.
        }
        await process.WaitForExitAsync(CancellationToken.None);
        return new RunResult((ExitCode)process.ExitCode, await output, await error);
    }

    static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, new UTF8Encoding(false));
        return await reader.ReadToEndAsync();
    }

    const int Interrupt = 2;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    static async Task<RunResult> OfThisProcessAsync(string[] arguments, string input, Dictionary<string, string> environment, string workingDirectory, CancellationToken stop)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter();
        var terminal = new Terminal
        {
            Input = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Output = new OutputText(output),
            Error = TextWriter.Synchronized(error),
            WorkingDirectory = workingDirectory,
            Environment = environment,
        };
        var exitCode = await CommandLine.RunAsync(arguments, terminal, stop);
        return new RunResult(exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}
