using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Semel.Cli.Output;

namespace Semel.Cli.Serve;

/// <summary>
/// Writes each line of the broker's log at once, as text or as one JSON object, so that nothing is lost when the process is killed. Thread safe.
/// </summary>
public sealed class LineLoggerFactory(Terminal terminal, LogLevel lowest, bool asJson) : ILoggerFactory, ILogger
{
    /// <summary>The line that says the broker serves: the text on standard output says it already.</summary>
    const int ServingEvent = 100;

    readonly Lock _gate = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("the lines go to standard error only");

    public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || (eventId.Id == ServingEvent && !asJson)) return;
        var message = formatter(state, exception);
        var now = terminal.Time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var line = asJson ? Json(now, logLevel, eventId, message, exception) : $"{now} {Word(logLevel)} [{eventId.Id}] {message}{(exception is null ? "" : $"\n{exception}")}";
        lock (_gate) terminal.Error.WriteLine(line);
    }

    public void Dispose()
    {
    }

    static string Json(string now, LogLevel level, EventId eventId, string message, Exception? exception)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("event", eventId.Id);
            json.WriteString("time", now);
            json.WriteString("level", level.ToString());
            json.WriteString("message", message);
            if (exception is not null) json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    static string Word(LogLevel level) => level switch { LogLevel.Information => "INFO ", LogLevel.Warning => "WARN ", LogLevel.Error or LogLevel.Critical => "ERROR", _ => "DEBUG" };
}
