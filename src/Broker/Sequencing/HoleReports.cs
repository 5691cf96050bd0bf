using Microsoft.Extensions.Logging;

namespace Semel.Broker.Sequencing;

/// <summary>Writes one line for each hole of a log, however often readers come to it. Thread safe.</summary>
internal sealed class HoleReports(string logName, ILogger logger)
{
    readonly Lock _gate = new();
    HashSet<long>? _told;

    /// <param name="reason">With file, offsets on both sides, and remedy.</param>
    public void Report(long startOffset, string reason)
    {
        lock (_gate)
        {
            if (!(_told ??= []).Add(startOffset)) return;
        }
        Broker.Log.LogHasHole(logger, logName, reason);
    }
}
