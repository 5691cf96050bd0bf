namespace Semel.Cli;

/// <summary>A command ends early: what went wrong, what to do about it, and the exit code that says so. Thrown only within this assembly and caught at its edge.</summary>
public sealed class CommandException(ExitCode exitCode, string message, string? remedy = null, Exception? inner = null) : Exception(message, inner)
{
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>A sentence that says what to do; null when the message says it all.</summary>
    public string? Remedy { get; } = remedy;

    public static CommandException Usage(string message, string? remedy = null) => new(ExitCode.Usage, message, remedy);
}
