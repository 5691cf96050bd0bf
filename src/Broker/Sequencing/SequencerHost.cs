using Microsoft.Extensions.Logging;
using Semel.Log;
using Semel.Machines.Turn;

namespace Semel.Broker.Sequencing;

/// <summary>What all sequencers of a broker share: where the logs are, who opens them, what wakes them, the clock and the broker's own log.</summary>
internal sealed record SequencerHost(ILogStore Store, TimeProvider Time, OpeningThreads Openings, Deadlines Deadlines, ILogger Logger)
{
    /// <summary>Told that parts of the log of a state machine may have been sealed, so that it may be compacted. Never waits.</summary>
    public Action<IReadableLog>? PartsSealed { get; init; }

    /// <summary>What machines are told; their deadlines are by the steady clock of the two.</summary>
    public Moment Now => Time.Moment();

    public static SequencerHost Of(ILogStore store, TimeProvider time, ILogger logger) =>
        new(store, time, new OpeningThreads(), new Deadlines(time, logger), logger);
}
