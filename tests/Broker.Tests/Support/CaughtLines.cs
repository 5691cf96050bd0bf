using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Semel.Broker.Tests.Support;

/// <summary>The lines that a broker wrote, and a way to wait for one.</summary>
internal sealed class CaughtLines : ILoggerFactory, ILogger
{
    readonly ConcurrentQueue<(int Id, string Text)> _lines = [];
    readonly SemaphoreSlim _written = new(0);

    public IReadOnlyCollection<(int Id, string Text)> All => _lines;

    public async Task<string> WaitForAsync(int id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            foreach (var line in _lines)
                if (line.Id == id) return line.Text;
            await _written.WaitAsync(patience.Token);
        }
    }

    public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> text)
    {
        _lines.Enqueue((id.Id, text(state, exception)));
        _written.Release();
    }

    public ILogger CreateLogger(string categoryName) => this;
    public bool IsEnabled(LogLevel level) => true;
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
    public void AddProvider(ILoggerProvider provider) { }
    public void Dispose() { }
}
