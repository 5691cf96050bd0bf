using Microsoft.Extensions.Logging;

namespace Semel.Compat.Confluent;

/// <summary>The log of the client below as lines of this side. Without a handler warnings and worse go to standard error, as librdkafka's do.</summary>
sealed class LogBridge(string name, Action<LogMessage> handler) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Lines(name, categoryName[(categoryName.LastIndexOf('.') + 1)..], handler);
    public void AddProvider(ILoggerProvider provider) { }
    public void Dispose() { }

    sealed class Lines(string name, string facility, Action<LogMessage> handler) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= (handler is null ? LogLevel.Warning : LogLevel.Information);
        public IDisposable BeginScope<TState>(TState state) where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception exception, Func<TState, Exception, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var text = formatter(state, exception);
            (handler ?? Loggers.ConsoleLogger)(new LogMessage(name, LevelOf(logLevel), facility.ToUpperInvariant(), exception is null ? text
                : $"{text}: {exception}"));
        }

        static SyslogLevel LevelOf(LogLevel level) => level switch
        {
            LogLevel.Critical => SyslogLevel.Critical,
            LogLevel.Error => SyslogLevel.Error,
            LogLevel.Warning => SyslogLevel.Warning,
            LogLevel.Information => SyslogLevel.Info,
            _ => SyslogLevel.Debug,
        };
    }
}
