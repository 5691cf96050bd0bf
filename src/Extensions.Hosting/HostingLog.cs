using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Semel.Extensions.Hosting;

/// <summary>Every line of this assembly.</summary>
internal static partial class HostingLog
{
    /// <summary>A container without logging writes none.</summary>
    public static ILogger Of(IServiceProvider services) => Loggers(services).CreateLogger("Semel.Extensions.Hosting");

    public static ILoggerFactory Loggers(IServiceProvider services) => (ILoggerFactory?)services.GetService(typeof(ILoggerFactory)) ?? NullLoggerFactory.Instance;

    [LoggerMessage(5000, LogLevel.Information, "{Kind} '{Name}' is closed")]
    public static partial void Closed(ILogger logger, ClientKind kind, string name);

    [LoggerMessage(5001, LogLevel.Error, "{Kind} '{Name}' could not be closed in time: raise HostOptions.ShutdownTimeout, or lower close.timeout.ms")]
    public static partial void NotClosed(ILogger logger, Exception failure, ClientKind kind, string name);

    [LoggerMessage(5002, LogLevel.Error, "Reading stops: the record at {Position} could not be handled. It is not committed, and comes again after a restart; override OnFailureAsync to go on")]
    public static partial void HandlerFailed(ILogger logger, Exception failure, string position);

    [LoggerMessage(5003, LogLevel.Warning, "The record at {Position} could not be handled and is passed over, as OnFailureAsync says")]
    public static partial void RecordPassed(ILogger logger, Exception failure, string position);

    [LoggerMessage(5004, LogLevel.Error, "Reading stops: {Reason}")]
    public static partial void ReadingFailed(ILogger logger, Exception failure, string reason);

    [LoggerMessage(5005, LogLevel.Warning, "Settings in {Path} are of no client that was added: add one of that name, or remove them")]
    public static partial void SettingsOfNobody(ILogger logger, string path);
}
