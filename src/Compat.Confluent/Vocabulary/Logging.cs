namespace Semel.Compat.Confluent;

/// <summary>How grave a log line is, as syslog numbers it.</summary>
public enum SyslogLevel
{
    Emergency = 0,
    Alert = 1,
    Critical = 2,
    Error = 3,
    Warning = 4,
    Notice = 5,
    Info = 6,
    Debug = 7,
}

/// <summary>Whose numbers a level is told in.</summary>
public enum LogLevelType
{
    SysLogLevel = 1,
    MicrosoftExtensionsLogging = 2,
    SystemDiagnostics = 3,
}

/// <summary>One line of a client's log.</summary>
public class LogMessage
{
    public LogMessage(string name, SyslogLevel level, string facility, string message)
    {
        Name = name;
        Level = level;
        Facility = facility;
        Message = message;
    }

    /// <summary>The client's.</summary>
    public string Name { get; }
    public SyslogLevel Level { get; }
    /// <summary>What of the client wrote it.</summary>
    public string Facility { get; }
    public string Message { get; }

    /// <summary>The level in the numbers of Microsoft.Extensions.Logging.LogLevel or System.Diagnostics.TraceLevel.</summary>
    public int LevelAs(LogLevelType type) => type switch
    {
        LogLevelType.SysLogLevel => (int)Level,
        LogLevelType.MicrosoftExtensionsLogging => Level switch
        {
            SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => 5,
            SyslogLevel.Error => 4,
            SyslogLevel.Warning => 3,
            SyslogLevel.Notice or SyslogLevel.Info => 2,
            _ => 1,
        },
        LogLevelType.SystemDiagnostics => Level switch
        {
            <= SyslogLevel.Error => 1,
            SyslogLevel.Warning => 2,
            SyslogLevel.Notice or SyslogLevel.Info => 3,
            _ => 4,
        },
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "it is none of the three"),
    };
}

/// <summary>Where log lines can go.</summary>
public static class Loggers
{
    /// <summary>Standard error, as librdkafka writes it.</summary>
    public static void ConsoleLogger(LogMessage logInfo)
    {
        var now = DateTimeOffset.UtcNow;
        Console.Error.WriteLine($"%{(int)logInfo.Level}|{now.ToUnixTimeSeconds()}.{now.Millisecond:000}|{logInfo.Name}|{logInfo.Facility}| {logInfo.Message}");
    }
}
