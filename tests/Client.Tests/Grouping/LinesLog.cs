using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Semel.Client.Tests.Grouping;

/// <summary>Keeps every line that was logged.</summary>
internal sealed class LinesLog : ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Line)> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, $"{formatter(state, exception)}{(exception is null ? "" : $" {exception}")}"));

    public override string ToString() => string.Join('\n', Lines.Select(static line => line.Line));
}
