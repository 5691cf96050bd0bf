using Semel.Client.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>
/// A coordinator, its partitions and a group's offsets, as small as the two protocols allow: what Kafka decides about requests of transactions, without what
/// ours does beyond it. Late requests of the first protocol are taken for what their epoch says, as KAFKA-17754 has it.
/// </summary>
internal sealed class VirtualTransactions(int partitions)
{
    internal sealed record Entry(ProducerBatch Batch, ProducerIdentity Identity, int Sequence, int Count)
    {
        /// <summary>Null while its transaction is open.</summary>
        public bool? IsCommitted { get; set; }
    }

    enum Phase { Empty, Ongoing, Committed, Aborted }

    readonly List<Entry>[] _logs = [.. Enumerable.Range(0, partitions).Select(static _ => new List<Entry>())];
    readonly Dictionary<int, short> _epochs = [];
    readonly HashSet<int> _participants = [];
    readonly Dictionary<TopicPartition, long> _pending = [];
    readonly Dictionary<TopicPartition, long> _committed = [];
    Phase _phase;
    ProducerIdentity _current = ProducerIdentity.None, _last = ProducerIdentity.None;
    bool _groupAdded, _isTimedOut;
    TimeSpan _openSince;

    public IReadOnlyList<Entry> Log(int partition) => _logs[partition];
    public long? Committed(TopicPartition partition) => _committed.TryGetValue(partition, out var offset) ? offset : null;
    public bool IsPending => _phase == Phase.Ongoing;

    /// <summary>The coordinator's own abort of what is open for too long.</summary>
    public void ExpireAt(TimeSpan now, TimeSpan timeout)
    {
        if (_phase != Phase.Ongoing || now - _openSince < timeout) return;
        End(commit: false);
        (_last, _current, _isTimedOut) = (_current, _current.Bumped(), true);
    }

    public CoordinatorAnswer Ask(CoordinatorRequest request, TimeSpan now) => request switch
    {
        InitProducerRequest init => Init(init),
        AddPartitionsRequest add => Add(add, now),
        AddOffsetsRequest add => AddGroup(add, now),
        CommitOffsetsRequest commit => Offsets(commit, now),
        EndTransactionRequest { TransactionVersion: >= 2 } end => EndRaising(end),
        EndTransactionRequest end => EndPlain(end),
        _ => throw new InvalidOperationException(),
    };

    CoordinatorAnswer Init(InitProducerRequest init)
    {
        if (init.Identity.IsNone)
        {
            if (_phase == Phase.Ongoing)
            {
                End(commit: false);
                _current = _current.Bumped();
            }
            (_phase, _last) = (Phase.Empty, ProducerIdentity.None);
            return CoordinatorAnswer.Grant(_current = _current.IsNone ? TransactionScript.Identity(7, 0) : _current.Bumped());
        }
        if (init.Identity == _current && _phase == Phase.Ongoing)
        {
            // The holder asks while its own transaction is open: it is fenced, and told so when it asks again.
            End(commit: false);
            (_last, _current) = (ProducerIdentity.None, _current.Bumped());
            return CoordinatorAnswer.Of(ErrorCode.ConcurrentTransactions);
        }
        if (init.Identity == _current)
        {
            (_last, _phase) = (_current, Phase.Empty);
            return CoordinatorAnswer.Grant(_current = _current.Bumped());
        }
        return init.Identity == _last && _phase != Phase.Ongoing ? CoordinatorAnswer.Grant(_current) : CoordinatorAnswer.Of(ErrorCode.ProducerFenced);
    }

    bool Open(ProducerIdentity identity, TimeSpan now)
    {
        if (identity != _current) return false;
        if (_phase == Phase.Ongoing) return true;
        (_phase, _openSince, _isTimedOut) = (Phase.Ongoing, now, false);
        return true;
    }

    CoordinatorAnswer Add(AddPartitionsRequest add, TimeSpan now)
    {
        var code = Open(add.Identity, now) ? ErrorCode.None : ErrorCode.ProducerFenced;
        if (code == ErrorCode.None) _participants.UnionWith(add.Partitions.Select(static partition => partition.Partition));
        return TransactionScript.Every(add, code);
    }

    CoordinatorAnswer AddGroup(AddOffsetsRequest add, TimeSpan now)
    {
        if (!Open(add.Identity, now)) return CoordinatorAnswer.Of(ErrorCode.ProducerFenced);
        _groupAdded = true;
        return CoordinatorAnswer.Of(ErrorCode.None);
    }

    CoordinatorAnswer Offsets(CommitOffsetsRequest commit, TimeSpan now)
    {
        if (commit.TransactionVersion >= 2 ? !Open(commit.Identity, now) : commit.Identity != _current || !_groupAdded || _phase != Phase.Ongoing)
            return TransactionScript.Every(commit, ErrorCode.InvalidProducerEpoch);
        _groupAdded = true;
        foreach (var offset in commit.Offsets) _pending[offset.Partition] = offset.Offset;
        return TransactionScript.Every(commit, ErrorCode.None);
    }

    CoordinatorAnswer EndPlain(EndTransactionRequest end)
    {
        if (end.Identity != _current) return CoordinatorAnswer.Of(ErrorCode.ProducerFenced);
        if (_phase == Phase.Ongoing) End(end.IsCommit);
        else if (_phase != (end.IsCommit ? Phase.Committed : Phase.Aborted)) return CoordinatorAnswer.Of(ErrorCode.InvalidTxnState);
        return CoordinatorAnswer.Of(ErrorCode.None);
    }

    CoordinatorAnswer EndRaising(EndTransactionRequest end)
    {
        if (end.Identity == _current)
        {
            if (_phase != Phase.Ongoing && end.IsCommit) return CoordinatorAnswer.Of(ErrorCode.InvalidTxnState);
            End(end.IsCommit);
            (_last, _current) = (_current, _current.Bumped());
            return CoordinatorAnswer.Grant(_current);
        }
        if (end.Identity != _last || _phase is not (Phase.Committed or Phase.Aborted)) return CoordinatorAnswer.Of(ErrorCode.ProducerFenced);
        if (end.IsCommit == (_phase == Phase.Committed)) return CoordinatorAnswer.Grant(_current);
        return CoordinatorAnswer.Of(end.IsCommit && _isTimedOut ? ErrorCode.TransactionAbortable : ErrorCode.InvalidTxnState);
    }

    void End(bool commit)
    {
        foreach (var partition in _participants)
            foreach (var entry in _logs[partition])
                entry.IsCommitted ??= commit;
        if (commit)
            foreach (var (partition, offset) in _pending) _committed[partition] = offset;
        _participants.Clear();
        _pending.Clear();
        (_groupAdded, _phase, _isTimedOut) = (false, commit ? Phase.Committed : Phase.Aborted, false);
    }

    /// <summary>One batch of a Produce request: what is there already is acknowledged, what is of another transaction is refused.</summary>
    public PartitionAnswer Produce(StampedBatch stamped, bool adds, TimeSpan now)
    {
        var (partition, log) = (stamped.Batch.Partition.Partition, _logs[stamped.Batch.Partition.Partition]);
        if (log.Exists(entry => entry.Identity == stamped.Identity && entry.Sequence == stamped.BaseSequence)) return PartitionAnswer.Appended(0);
        if (stamped.Identity != _current) return PartitionAnswer.Refused(ErrorCode.InvalidProducerEpoch);
        if (!adds && (_phase != Phase.Ongoing || !_participants.Contains(partition))) return PartitionAnswer.Refused(ErrorCode.InvalidTxnState);
        var isSameEpoch = _epochs.TryGetValue(partition, out var epoch) && epoch == stamped.Identity.Epoch.Value;
        var expected = isSameEpoch && log.LastOrDefault(entry => entry.Identity == stamped.Identity) is { } last ? last.Sequence + last.Count : 0;
        if (stamped.BaseSequence != expected) return PartitionAnswer.Refused(ErrorCode.OutOfOrderSequenceNumber);
        if (adds)
        {
            Open(stamped.Identity, now);
            _participants.Add(partition);
        }
        _epochs[partition] = stamped.Identity.Epoch.Value;
        log.Add(new Entry(stamped.Batch, stamped.Identity, stamped.BaseSequence, stamped.Batch.RecordCount));
        return PartitionAnswer.Appended(log.Count - 1);
    }
}
