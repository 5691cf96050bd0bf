using Microsoft.Extensions.Logging;
using Semel.Broker.Door;
using Semel.Broker.Sequencing;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Protocol;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>Tells the broker's log why records could not be read, and gives the code that the reader is told. Thread safe.</summary>
internal sealed class ReadJournal(TimeProvider time, ILogger logger)
{
    readonly LineLimiter _lines = new(time);

    public ErrorCode Failed(Partition partition, long offset, Exception failure)
    {
        switch (failure)
        {
            case LogHoleException hole:
                partition.Reader.ReportHole(hole);
                return ErrorCode.CorruptMessage;
            case ObjectDisposedException:
                // The log was closed meanwhile, which somebody else tells.
                return ErrorCode.KafkaStorageError;
            default:
                Write(partition, offset, LogTrouble.Sentence(failure));
                return ErrorCode.KafkaStorageError;
        }
    }

    /// <summary>The log gave nothing at an offset below its end, where every offset has a batch.</summary>
    public ErrorCode NothingGiven(Partition partition, long offset, long bound)
    {
        Write(partition, offset,
            $"the log {partition.Reader.LogName} gave nothing there, although its records reach to offset {bound}. Please report this; the files can be looked at with 'semel log dump'.");
        return ErrorCode.KafkaStorageError;
    }

    void Write(Partition partition, long offset, string reason)
    {
        if (_lines.MayWrite(out var suppressed)) Broker.Log.ReadFailed(logger, partition.Name, offset, reason, suppressed);
    }
}
