using System.Globalization;
using System.Text;
using Semel.Machines.Partition;
using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Partition;

/// <summary>
/// A history of transactions in one partition, out of a seed: producers of both protocols with a coordinator that decides, batches that were admitted and come late, markers that are lost,
/// repeated, late, or of a coordinator that was replaced, plain batches, restarts. Again and again a reader of committed records must see exactly what was committed.
/// </summary>
internal sealed class TransactionHistory
{
    const int Producers = 4, Steps = 250, LookEvery = 5;

    readonly TestPartition _partition;
    readonly Random _random;
    readonly Producer[] _producers;
    /// <summary>Whether the record's transaction was committed; null while that is not decided.</summary>
    readonly Dictionary<int, Transaction?> _transactionOf = [];
    /// <summary>What comes later than it should.</summary>
    readonly List<Action> _late = [];
    int _nextRecord, _coordinatorEpoch = 5;
    long _lastStable;

    TransactionHistory(int seed, PlantedFault fault)
    {
        _random = new Random(seed);
        _partition = new TestPartition(fault: fault);
        _producers = [.. Enumerable.Range(0, Producers).Select(number => new Producer { Id = 10 + number, IsSecond = number % 2 == 0 })];
    }

    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Violation(int seed, PlantedFault fault)
    {
        var history = new TransactionHistory(seed, fault);
        try
        {
            history.Run();
            return null;
        }
        catch (ViolationException violation)
        {
            return violation.Message;
        }
    }

    sealed class ViolationException(string message) : Exception(message);

    sealed class Transaction
    {
        public bool? Committed { get; set; }
        public HashSet<int> Acknowledged { get; } = [];
    }

    sealed class Producer
    {
        public required long Id { get; init; }
        public required bool IsSecond { get; init; }
        public short Epoch { get; set; }
        public int Sequence { get; set; }
        public Transaction? Open { get; set; }
        /// <summary>The newest coordinator that ended a transaction of this producer here.</summary>
        public int EndedBy { get; set; } = -1;
    }

    void Run()
    {
        for (var step = 0; step < Steps; step++)
        {
            Step(_producers[_random.Next(Producers)]);
            if (step % LookEvery == 0) Look();
        }
        while (_late.Count > 0) BringLate();
        foreach (var producer in _producers)
            if (producer.Open is not null) End(producer, commit: true, isFence: false);
        Look();
        Hold(_partition.Machine.View.OpenTransactions.Count == 0, "a transaction is open at the end");
        Hold(_partition.Lso == _partition.EndOffset, "the last stable offset does not come to the end");
    }

    void Step(Producer producer)
    {
        _partition.Now += TimeSpan.FromMilliseconds(10);
        switch (_random.Next(20))
        {
            case < 10:
                Write(producer);
                break;
            case < 14 when producer.Open is not null:
                End(producer, commit: _random.Next(2) == 0, isFence: false);
                break;
            case 14 when producer.Open is not null:
                End(producer, commit: false, isFence: true);
                break;
            case 15:
                // Another coordinator takes over.
                _coordinatorEpoch++;
                break;
            case 16:
                Restart();
                break;
            case 17:
                _partition.Append(TestBatch.Of(-1, -1, -1, value: NewRecord(null).ToString(CultureInfo.InvariantCulture)));
                break;
            default:
                if (_late.Count > 0) BringLate();
                break;
        }
    }

    int NewRecord(Transaction? transaction)
    {
        _transactionOf.Add(_nextRecord, transaction);
        return _nextRecord++;
    }

    void Write(Producer producer)
    {
        var transaction = producer.Open ??= new Transaction();
        var record = NewRecord(transaction);
        var batch = TestBatch.Of(producer.Id, producer.Epoch, producer.Sequence, transactional: true, value: record.ToString(CultureInfo.InvariantCulture));
        var guard = 0L;
        if (!_partition.Machine.View.OpenTransactions.IsOpen(new(producer.Id), new(producer.Epoch)))
        {
            var begun = _partition.Begin(batch, producer.IsSecond);
            Hold(begun.Error == ErrorCode.None && begun.Decision != SequenceDecision.Duplicate, $"a producer in order may not write: {begun}");
            guard = begun.Guard;
            if (_random.Next(8) == 0)
            {
                // Admitted and then held up: the client gives it up, and aborts.
                _late.Add(() => Late(transaction, record, batch, guard, producer.IsSecond));
                End(producer, commit: false, isFence: _random.Next(2) == 0);
                return;
            }
        }
        var reply = _partition.Append(batch, guard, producer.IsSecond);
        Hold(reply.Error == ErrorCode.None, $"a producer in order may not write: {reply}");
        producer.Sequence++;
        transaction.Acknowledged.Add(record);
    }

    void Late(Transaction transaction, int record, byte[] batch, long guard, bool second)
    {
        var reply = _partition.Append(batch, guard, second);
        if (reply.Error == ErrorCode.None && reply.Decision != SequenceDecision.Duplicate) transaction.Acknowledged.Add(record);
    }

    /// <summary>The coordinator decides, and tells the partition until it has heard.</summary>
    /// <param name="isFence">By a timeout: the epoch is raised, and the client begins anew in the one after that.</param>
    void End(Producer producer, bool commit, bool isFence)
    {
        producer.Open!.Committed = commit;
        producer.Open = null;
        var raises = producer.IsSecond || isFence;
        var marker = new EndMarker(new(producer.Id), new((short)(producer.Epoch + (raises ? 1 : 0))), commit, _coordinatorEpoch, (short)(producer.IsSecond ? 2 : 1));
        for (var times = _random.Next(5) == 0 ? 2 : 1; times > 0; times--)
        {
            var reply = Tell(marker);
            Hold(reply.Error == ErrorCode.None, $"the end of a transaction is refused: {reply}");
        }
        producer.EndedBy = _coordinatorEpoch;
        // One whose answer was lost comes once more, after its transaction is long over; under the first protocol only one of an older epoch can be told from the next one's.
        if (raises && _random.Next(3) == 0) _late.Add(() => Tell(marker));
        if (!raises) return;
        producer.Epoch += (short)(isFence ? 2 : 1);
        producer.Sequence = 0;
    }

    PartitionReply Tell(in EndMarker marker) => _partition.Turn(PartitionCommand.EndTransaction(marker))[0];

    void Restart()
    {
        if (_random.Next(2) == 0) _partition.RestartCleanly();
        else _partition.RestartWithoutSnapshot();
        // The coordinator that was replaced does not know yet, and aborts what is not its own any more: where the new one was heard already it is not listened to.
        foreach (var producer in _producers)
            if (producer.Open is not null && producer.EndedBy == _coordinatorEpoch)
                Tell(new(new(producer.Id), new((short)(producer.Epoch + (producer.IsSecond ? 1 : 0))), Commit: false, _coordinatorEpoch - 1, (short)(producer.IsSecond ? 2 : 1)));
    }

    void BringLate()
    {
        var at = _random.Next(_late.Count);
        var late = _late[at];
        _late.RemoveAt(at);
        late();
    }

    /// <summary>What a client does with what it is given: whole batches below the last stable offset, without those of the transactions that are named as aborted.</summary>
    void Look()
    {
        Hold(_partition.Lso >= _lastStable, "the last stable offset went back");
        _lastStable = _partition.Lso;
        var seen = new HashSet<int>();
        var aborted = new Queue<AbortedTransaction>(_partition.Machine.View.AbortedTransactions.Between(0, _partition.Lso));
        var skipped = new HashSet<ProducerId>();
        foreach (var (bytes, _) in _partition.Log)
        {
            var header = TestBatch.Header(bytes);
            if (header.BaseOffset >= _partition.Lso) break;
            while (aborted.TryPeek(out var next) && next.FirstOffset <= header.LastOffset) skipped.Add(aborted.Dequeue().ProducerId);
            if (header.Attributes.IsControl)
            {
                if (ControlRecord.Read(bytes).Type == ControlRecordType.Abort) skipped.Remove(header.ProducerId);
                continue;
            }
            if (header.Attributes.IsTransactional && skipped.Contains(header.ProducerId)) continue;
            using var records = new RecordBatchReader(bytes);
            while (records.MoveNext()) Seen(int.Parse(Encoding.UTF8.GetString(records.Value), CultureInfo.InvariantCulture), seen);
        }
        if (_partition.Lso < _partition.EndOffset) return;
        foreach (var (record, transaction) in _transactionOf)
            if (transaction is { Committed: true } && transaction.Acknowledged.Contains(record)) Hold(seen.Contains(record), "a committed record is not seen");
    }

    void Seen(int record, HashSet<int> seen)
    {
        Hold(seen.Add(record), "a record is seen twice");
        Hold(_transactionOf[record] is not { } transaction || (transaction.Committed == true && transaction.Acknowledged.Contains(record)), "a record is seen that was not committed");
    }

    static void Hold(bool holds, string otherwise)
    {
        if (!holds) throw new ViolationException(otherwise);
    }
}
