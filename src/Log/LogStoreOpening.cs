namespace Semel.Log;

/// <summary>For callers to whom a log that is not there is one that was never made.</summary>
public static class LogStoreOpening
{
    /// <summary>Opens the log, and makes it when there never was one. One that the store knows and does not find is not made anew.</summary>
    /// <exception cref="LogMissingException">There was one, and nobody deleted it.</exception>
    /// <exception cref="LogDamagedException">Something below the durable mark is damaged; the log stays closed and untouched.</exception>
    public static ILog OpenOrCreate(this ILogStore store, string name, LogOptions options)
    {
        try
        {
            return store.Open(name, options);
        }
        catch (LogMissingException)
        {
            return store.Create(name, options);
        }
    }
}
