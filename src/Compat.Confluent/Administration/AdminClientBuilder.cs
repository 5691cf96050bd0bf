namespace Semel.Compat.Confluent;

/// <summary>Makes admin clients. Not thread safe.</summary>
public class AdminClientBuilder
{
    public AdminClientBuilder(IEnumerable<KeyValuePair<string, string>> config) => Config = config;

    protected internal IEnumerable<KeyValuePair<string, string>> Config { get; set; }
    protected internal Action<IAdminClient, Error> ErrorHandler { get; set; }
    protected internal Action<IAdminClient, LogMessage> LogHandler { get; set; }
    protected internal Action<IAdminClient, string> StatisticsHandler { get; set; }
    protected internal Action<IProducer<Null, Null>, string> OAuthBearerTokenRefreshHandler { get; set; }

    /// <summary>Taken; an admin client has nothing to count.</summary>
    public AdminClientBuilder SetStatisticsHandler(Action<IAdminClient, string> statisticsHandler) =>
        Once(StatisticsHandler, () => StatisticsHandler = statisticsHandler);
    /// <summary>Told what goes wrong beside calls, on any thread; most of it passes.</summary>
    public AdminClientBuilder SetErrorHandler(Action<IAdminClient, Error> errorHandler) => Once(ErrorHandler, () => ErrorHandler = errorHandler);
    /// <summary>Told log lines, on any thread; without it warnings and worse go to standard error.</summary>
    public AdminClientBuilder SetLogHandler(Action<IAdminClient, LogMessage> logHandler) => Once(LogHandler, () => LogHandler = logHandler);
    /// <summary>Refused when the client is built: tokens are given by the configuration of the client below.</summary>
    public AdminClientBuilder SetOAuthBearerTokenRefreshHandler(Action<IProducer<Null, Null>, string> oAuthBearerTokenRefreshHandler) =>
        Once(OAuthBearerTokenRefreshHandler, () => OAuthBearerTokenRefreshHandler = oAuthBearerTokenRefreshHandler);

    AdminClientBuilder Once(object had, Action set)
    {
        if (had is not null) throw new InvalidOperationException("this was given to the builder before: give it once");
        set();
        return this;
    }

    /// <exception cref="ArgumentException">The configuration is refused; the message names the keys and the remedy.</exception>
    public virtual IAdminClient Build()
    {
        if (OAuthBearerTokenRefreshHandler is not null) throw Credentials.Refused();
        AdminClient built = null;
        var (error, log) = (ErrorHandler, LogHandler);
        return built = new AdminClient(Config, error is null ? null : told => error(built, told), log is null ? null : told => log(built, told));
    }
}

/// <summary>Makes admin clients for the cluster of a client that is there, with its configuration.</summary>
public class DependentAdminClientBuilder
{
    public DependentAdminClientBuilder(Handle handle) => Handle = handle;

    public Handle Handle { get; set; }

    /// <exception cref="InvalidOperationException">The handle is no client's.</exception>
    public virtual IAdminClient Build() => Handle?.Owner is { } owner ? new AdminClient(owner.Config, null, null)
        : throw new InvalidOperationException("the handle is not a client's: take the Handle of one that a builder made");
}
