using Semel.Broker.Handlers.Cluster;
using Semel.Broker.Topics;
using Semel.Log;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;

namespace Semel.Broker.Handlers.Fetch;

/// <summary>One partition of a fetch: what was asked, and its row in the answer. Used by one fetch at a time.</summary>
internal sealed class FetchRow(FetchRequest.FetchPartition asked, Partition? partition, ErrorCode missing, ReadJournal journal)
{
    /// <summary>What a row takes beside its records: the objects of question and answer, about, and the least that a read rents.</summary>
    public const int RowBytes = 512 + 4096;

    LogRead _read = LogRead.Empty;

    public Partition? Partition => partition;
    public FetchResponse.PartitionData Response { get; private set; } = new();

    /// <summary>What the partition had appended before this row was read: the difference tells a waiting fetch how much has come since.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>Below it every transaction was decided when this row was read; and whether one was open above it.</summary>
    public long LastStableOffset { get; private set; }
    public bool HasUndecided { get; private set; }

    public int Length => _read.Bytes.Length;

    /// <summary>What the row takes in memory until it is released.</summary>
    public int HeldBytes => _read.HeldBytes + RowBytes;

    /// <summary>The most bytes of records that were asked for.</summary>
    public int WantedBytes => Math.Max(0, asked.PartitionMaxBytes);
    /// <summary>The client's log and this one part before the offset that it asked for, as its last record's epoch tells (KIP-595).</summary>
    public bool Diverges { get; private set; }
    public bool IsRefused => Response.ErrorCode != ErrorCode.None;

    /// <summary>Has the partition's log opened, if that has to be waited for; null when it is open, offline or not there.</summary>
    public Task? Open()
    {
        if (partition is null) return null;
        var opening = partition.Reader.OpenAsync();
        return opening.IsCompleted ? null : opening.AsTask();
    }

    /// <summary>Reads what the isolation level may see. Nothing is given beyond <paramref name="maxBytes"/>, except one batch when <paramref name="mayExceed"/>.</summary>
    public void Read(IsolationLevel isolation, int maxBytes, bool mayExceed)
    {
        Release();
        Diverges = false;
        // In a fetch, every negative epoch means that the client has none, as in Kafka.
        var error = missing != ErrorCode.None ? missing : BrokerNode.CheckLeaderEpoch(Math.Max(asked.CurrentLeaderEpoch, -1));
        if (error == ErrorCode.None) error = ReadLog(isolation, maxBytes, mayExceed);
        if (error != ErrorCode.None) Response = Refused(error);
    }

    ErrorCode ReadLog(IsolationLevel isolation, int maxBytes, bool mayExceed)
    {
        var reader = partition!.Reader;
        AppendedBytes = reader.AppendedBytes;
        if (reader.View is not { } view || reader.Log is not { } log) return ErrorCode.KafkaStorageError;
        (LastStableOffset, HasUndecided) = (view.LastStableOffset, view.LastStableOffset < view.HighWatermark);
        // There is one epoch, so only an offset beyond the end can be another log's.
        if (asked.LastFetchedEpoch > BrokerNode.LeaderEpoch || asked.FetchOffset < view.LogStartOffset) return ErrorCode.OffsetOutOfRange;
        Diverges = asked.LastFetchedEpoch == BrokerNode.LeaderEpoch && asked.FetchOffset > view.HighWatermark;
        if (!Diverges && asked.FetchOffset > view.HighWatermark) return ErrorCode.OffsetOutOfRange;
        var bound = isolation == IsolationLevel.ReadCommitted ? view.LastStableOffset : view.HighWatermark;
        try
        {
            if (asked.FetchOffset < bound && (maxBytes > 0 || mayExceed))
            {
                _read = log.Read(asked.FetchOffset, bound, Math.Max(0, Math.Min(maxBytes, asked.PartitionMaxBytes)));
                // Answered with nothing, a reader would ask for the same again and stand still for ever.
                if (Length == 0) return journal.NothingGiven(partition, asked.FetchOffset, bound);
            }
            // A log gives one batch whatever its size; one that is too large for this place is left for a fetch in which it comes first.
            if (Length > maxBytes && !mayExceed) Release();
        }
        catch (OffsetOutOfRangeException)
        {
            return ErrorCode.OffsetOutOfRange;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return journal.Failed(partition, asked.FetchOffset, exception);
        }
        Response = new FetchResponse.PartitionData
        {
            PartitionIndex = asked.Partition,
            HighWatermark = view.HighWatermark,
            LastStableOffset = view.LastStableOffset,
            LogStartOffset = view.LogStartOffset,
            AbortedTransactions = isolation == IsolationLevel.ReadCommitted ? AbortedOf(view.AbortedTransactions) : null,
            Records = _read.Bytes,
        };
        if (Diverges) Response.DivergingEpoch = new() { Epoch = BrokerNode.LeaderEpoch, EndOffset = view.HighWatermark };
        return ErrorCode.None;
    }

    /// <summary>What the reader has to leave out of the records that it is given.</summary>
    List<FetchResponse.AbortedTransaction> AbortedOf(AbortedTransactions all) => all.Count == 0 || Length == 0 ? []
        : [.. all.Between(asked.FetchOffset, NextOffset(_read.Bytes.Span)).Select(aborted => new FetchResponse.AbortedTransaction { ProducerId = aborted.ProducerId, FirstOffset = aborted.FirstOffset })];

    static long NextOffset(ReadOnlySpan<byte> batches)
    {
        var next = 0L;
        while (RecordBatchHeader.TryRead(batches, out var header) && header.SizeInBytes <= batches.Length)
        {
            next = header.NextOffset;
            batches = batches[(int)header.SizeInBytes..];
        }
        return next;
    }

    FetchResponse.PartitionData Refused(ErrorCode error) => new()
    {
        PartitionIndex = asked.Partition,
        ErrorCode = error,
        HighWatermark = -1,
        AbortedTransactions = null,
        Records = ReadOnlyMemory<byte>.Empty,
    };

    /// <summary>Gives the bytes back: after they were sent, or because they are to be read again.</summary>
    public void Release()
    {
        _read.Dispose();
        _read = LogRead.Empty;
    }
}
