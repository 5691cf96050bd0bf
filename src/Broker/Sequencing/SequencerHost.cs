using Microsoft.Extensions.Logging;
using Semel.Log;
using Semel.Protocol;

namespace Semel.Broker.Sequencing;

/// <summary>What all sequencers of a broker share: where the logs are, who opens them, what wakes them, the clock and the broker's own log.</summary>
internal sealed record SequencerHost(ILogStore Store, TimeProvider Time, OpeningThreads Openings, Deadlines Deadlines, ILogger Logger)
{
    /// <summary>The clock that machines are told and give their deadlines in.</summary>
    public Instant Now => Deadlines.Now;

    public static SequencerHost Of(ILogStore store, TimeProvider time, ILogger logger) =>
        new(store, time, new OpeningThreads(), new Deadlines(time, () => new Instant(time.GetUtcNow().ToUnixTimeMilliseconds()), logger), logger);
}
