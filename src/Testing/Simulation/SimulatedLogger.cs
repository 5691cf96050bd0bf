using Microsoft.Extensions.Logging;

namespace Semel.Testing.Simulation;

/// <summary>Listens to what the broker's parts write: a line with an exception is of something that must not happen, whatever the disk does.</summary>
internal sealed class SimulatedLogger(SimulatedWorld world) : ILogger
{
    public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> text)
    {
        if (exception is null) return;
        world.Failed(exception as SimulationFailedException ?? new SimulationFailedException($"{text(state, exception)}: {exception.Message}"));
    }

    public bool IsEnabled(LogLevel level) => level >= LogLevel.Warning;
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
}
