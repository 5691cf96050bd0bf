using Microsoft.Extensions.Logging;

namespace Semel.Broker.Hosting;

/// <summary>
/// Lets no failure of whoever writes the lines into the broker: a log file on the full disk of which it tells must not end a turn, a timer or the process.
/// </summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is nowhere to say it.
        }
    }

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);
}
