using Microsoft.Extensions.Logging;

namespace Semel.Client;

/// <summary>Makes admin clients. The configuration is checked by <see cref="Build"/>, which connects to nothing. Not thread safe.</summary>
public sealed class AdminClientBuilder(IEnumerable<KeyValuePair<string, string>> config)
{
    ILoggerFactory? _loggers;
    TimeProvider? _time;

    /// <summary>Where the client's log goes; without it, none is written.</summary>
    public AdminClientBuilder UseLoggerFactory(ILoggerFactory factory)
    {
        _loggers = factory;
        return this;
    }

    /// <summary>The clock of every timer.</summary>
    public AdminClientBuilder UseTimeProvider(TimeProvider time)
    {
        _time = time;
        return this;
    }

    /// <summary>Checks the configuration and makes an admin client of it. May be called again for another one.</summary>
    /// <exception cref="KafkaConfigException">The configuration is refused; the message names the keys and the remedy.</exception>
    public IAdminClient Build() => new AdminClient(config, _loggers, _time);
}
