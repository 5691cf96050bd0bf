using Microsoft.Extensions.Logging;
using Semel.Log;

namespace Semel.Broker.Topics;

/// <summary>Removing logs that nobody wants any more: what cannot be removed is told, and tried again at the next start.</summary>
internal static class LogRemoval
{
    public static void TryDelete(this ILogStore store, string name, ILogger logger)
    {
        try
        {
            store.Delete(name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Broker.Log.LogNotDeleted(logger, name, exception);
        }
    }
}
