using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Semel.Client.Tests.Consuming;

/// <summary>Keeps the exceptions that were logged.</summary>
internal sealed class RecordingLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<Exception> Failures { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("it keeps everything itself");
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null) Failures.Enqueue(exception);
    }

    public void Dispose() { }
}
