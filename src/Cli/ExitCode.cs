namespace Semel.Cli;

/// <summary>How a command ended, for scripts. The numbers are part of the interface: they never change their meaning.</summary>
public enum ExitCode
{
    Success = 0,
    Failed = 1,
    Usage = 2,
    CannotConnect = 3,
    Refused = 4,
    Damaged = 5,
    CannotListen = 6,
    CannotUseFolder = 7,
    NotClosed = 8,
    Internal = 70,
    Interrupted = 130,
    Terminated = 143,
}

/// <summary>A sentence for each exit code: what `semel help exit-codes` prints.</summary>
public static class ExitCodes
{
    public static readonly IReadOnlyList<(ExitCode Code, string Meaning)> All =
    [
        (ExitCode.Success, "everything was done"),
        (ExitCode.Failed, "the work failed, or failed in part: some records or topics were not done, or not in the given time"),
        (ExitCode.Usage, "the command line, a setting or an input file cannot be understood; nothing was done"),
        (ExitCode.CannotConnect, "no broker answers at the given address"),
        (ExitCode.Refused, "the broker answered and refused"),
        (ExitCode.Damaged, "damaged data was found, or a partition is offline"),
        (ExitCode.CannotListen, "serve: the address cannot be listened on, for example because another process has the port"),
        (ExitCode.CannotUseFolder, "serve: the data folder cannot be used: locked by another process, read-only, or not a folder"),
        (ExitCode.NotClosed, "serve: stopped, but the data folder could not be closed in order, for example because its device is full or fails; what was acknowledged is in its files, and the next start recovers it from them"),
        (ExitCode.Internal, "a fault of this program; please report it with the text it printed"),
        (ExitCode.Interrupted, "interrupted by Ctrl-C (serve ends with 0 then)"),
        (ExitCode.Terminated, "ended by SIGTERM (serve ends with 0 then)"),
    ];
}
