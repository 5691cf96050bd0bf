using System.Collections;
using Microsoft.Win32.SafeHandles;

namespace Semel.Cli.Output;

/// <summary>Everything a command sees of the process it runs in, so that a test can run it in its own.</summary>
public sealed class Terminal
{
    public required Stream Input { get; init; }

    public required OutputText Output { get; init; }

    /// <summary>Messages, warnings and progress: never what a script would read.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Somebody watches <see cref="Error"/>: progress may overwrite its own line.</summary>
    public bool ErrorIsInteractive { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public string FullPath(string path) => Path.GetFullPath(path, WorkingDirectory);

    public string? Variable(string name) => Environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public void Warn(string message) => Error.WriteLine($"semel: {message}");

    /// <param name="remedy">What to do about it, with or without its full stop; null when the message says it.</param>
    public void Warn(string message, string? remedy)
    {
        Warn(message);
        if (remedy is not null) Error.WriteLine($"       {remedy.TrimEnd('.')}.");
    }

    public static Terminal OfThisProcess() => new()
    {
        Input = Console.OpenStandardInput(),
        Output = new OutputText(StandardOutput()),
        Error = Console.Error,
        ErrorIsInteractive = !Console.IsErrorRedirected,
        WorkingDirectory = Directory.GetCurrentDirectory(),
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? ""),
    };

    // The console's own stream swallows a broken pipe, and then a consumer piped into `head` would run for ever; a file stream reports it.
    // A file is different: there a file stream keeps a position of its own, and what another process appends to the same file would be overwritten.
    static Stream StandardOutput()
    {
        if (OperatingSystem.IsWindows()) return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
